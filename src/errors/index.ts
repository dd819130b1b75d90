export { FileError } from './file-error.ts';
export * from './signer-error.ts';
export { struckOut } from './struck-out.ts';
export * from './table.ts';
