export { printable } from './comments.ts';
export { type Conversion, convertKong } from './convert.ts';
export { type Finding, textOf } from './findings.ts';
export { KongFileError } from './kong-file.ts';
export { type Rendered, renderEnvoy, renderMetadata } from './render.ts';
