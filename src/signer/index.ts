export { decodeBody, withDecodedBody } from './decoded-body.ts';
export type { Outcome, RequestObserver, RequestReport } from './observer.ts';
export { type BodyDelivery, type PayloadPlan, planPayload } from './payload-plan.ts';
export type { PreparedRequest } from './prepare.ts';
export { type Admission, type RequestMutation, Signer, type SignerParts, type SigningTask } from './signer.ts';
export {
  type StreamingBody,
  streamingPayloadHash,
  streamingTrailer,
  withStreamingHeaders,
} from './streaming-body.ts';
export type { Rejection, SignedBy, Verdict, VerdictObserver } from './verdict.ts';
