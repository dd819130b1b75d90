export { ErrorCode } from './codes.ts';
export { encodeHeaders } from './hpack/encoder.ts';
export type { Http2Limits } from './limits.ts';
export type { RequestHeaders } from './request-headers.ts';
export { ServerConnection } from './server-connection.ts';
export type { ServerStream } from './server-stream.ts';
export type { StreamHandler } from './stream-handler.ts';
