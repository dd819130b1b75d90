export { type ChecksumAlgorithm, checksumTrailer, createChecksum } from './checksum.ts';
export { type ChunkSeed, ChunkSigner } from './chunk-signer.ts';
export { AwsChunkedDecoder, FramingError } from './decoder.ts';
export { AwsChunkedEncoder, CHUNK_BYTES, encodedLength } from './encoder.ts';
