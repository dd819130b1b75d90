export { loadMethod } from './load-method.ts';
export {
  type Metadata,
  OVERWRITE_IF_EXISTS_OR_ADD,
  type Struct,
  type StructValue,
  type WireHeader,
} from './messages.ts';
export { configOfCall, configOfMetadata, tracerOf } from './metadata.ts';
export { type OpenStream, OpenStreams, type StreamPlace } from './open-streams.ts';
export { headerEntry, type RequestView, viewOf } from './request-view.ts';
