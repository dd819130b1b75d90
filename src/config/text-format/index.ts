export { TextFormatError } from './error.ts';
export { type JsonObject, type JsonValue, parseMetadataText } from './metadata-text.ts';
