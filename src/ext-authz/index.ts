export { EXT_AUTHZ_SERVICE } from './codec.ts';
export { extAuthzMethods } from './service.ts';
