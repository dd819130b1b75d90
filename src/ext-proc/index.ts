export { HeldBytes } from './held-bytes.ts';
export { EXT_PROC_SERVICE, type ExtProcOptions, extProcMethods } from './service.ts';
