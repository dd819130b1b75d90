export { EXT_PROC_SERVICE, loadExtProcService } from './codec.ts';
export { extProcHandlers } from './service.ts';
