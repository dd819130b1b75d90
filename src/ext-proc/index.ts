export { EXT_PROC_DEFINITION, EXT_PROC_SERVICE } from './codec.ts';
export { HeldBytes } from './held-bytes.ts';
export { type ExtProcOptions, extProcHandlers } from './service.ts';
