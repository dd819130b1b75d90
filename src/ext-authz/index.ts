export { EXT_AUTHZ_SERVICE, loadCheckCodec } from './codec.ts';
export { extAuthzMethods } from './service.ts';
