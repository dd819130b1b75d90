export { type GrpcLimits, GrpcServer, type GrpcServerOptions } from './grpc-server.ts';
export { Health } from './health.ts';
export type { Metadata } from './metadata.ts';
export {
  type CallHandler,
  type Method,
  type MethodCodec,
  type UnaryHandler,
  type UnaryMethod,
  unary,
  withHeadroom,
} from './method.ts';
export type { ServerCall } from './server-call.ts';
export { Status, StatusError } from './status.ts';
