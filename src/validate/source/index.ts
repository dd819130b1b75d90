export { ConfigNode } from './config-node.ts';
export { embeddedJson } from './embedded-json.ts';
export { readDocuments, UnreadableError } from './read-documents.ts';
