export { Allowance, type Peer, UNNAMED_PEER } from './allowance.ts';
export { declaredPayloadHash, isAwsChunked, isGrpc } from './body.ts';
export {
  type Outcome,
  outcomeOf,
  type RequestObserver,
  type RequestReport,
  type RequestTrace,
  STAGES,
  type Stage,
  type StageObserver,
} from './observer.ts';
export { type BodyDelivery, type PayloadPlan, planPayload } from './payload-plan.ts';
export { type Refusal, refusalOf } from './refusal.ts';
export { ReportOnce } from './report-once.ts';
export { pathAtTarget } from './rewritten-path.ts';
export { roleOf } from './role-of.ts';
export {
  type Admission,
  type Asker,
  type RequestMutation,
  Signer,
  type SignerParts,
  type SigningTask,
} from './signer.ts';
export type { StreamingBody } from './streaming-body.ts';
export type { Rejection, SignedBy, Verdict, VerdictObserver } from './verdict.ts';
