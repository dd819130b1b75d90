export { EXT_PROC_DEFINITION, EXT_PROC_SERVICE } from './codec.ts';
export { extProcHandlers } from './service.ts';
