export { buffers } from './buffer-pool.ts';
export { MalformedMessageError, Reader } from './reader.ts';
export { emptyObject, type JsonObject, readStruct } from './struct.ts';
export { BackwardWriter } from './writer.ts';
