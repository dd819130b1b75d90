export { contentLength, isGrpc, isUpgrade } from './body.ts';
export type { Outcome, RequestObserver, RequestReport } from './observer.ts';
export { type Admission, type RequestMutation, Signer, type SignerParts, type SigningTask } from './signer.ts';
