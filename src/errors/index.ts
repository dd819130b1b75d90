export * from './signer-error.ts';
export * from './table.ts';
