export { EXT_AUTHZ_SERVICE, loadExtAuthzService } from './codec.ts';
export { extAuthzHandlers } from './service.ts';
