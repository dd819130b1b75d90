import type { PayloadPlan, RequestObserver, SignedBy, SigningTask, StreamingBody } from '../signer/index.ts';
import type { HeldBody } from './held-bytes.ts';
import type { ProcessingResponse } from './messages.ts';

export type StreamingPlan = Extract<PayloadPlan, { kind: 'streaming' }>;
export type WholeBodyPlan = Extract<PayloadPlan, { kind: 'whole body' }>;

/** Where a stream stands, with what it needs to go on from there. */
export type State =
  /** Nothing has come yet. */
  | { is: 'opened' }
  /** The headers are answered, and Envoy holds the request back until its body is answered too. */
  | { is: 'awaiting body'; task: SigningTask; plan: WholeBodyPlan; signedForEmptyBody: SignedBy }
  /** Nothing is answered yet: of a body that passes through, all is kept until its end. */
  | { is: 'holding body'; task: SigningTask; plan: WholeBodyPlan; held: HeldBody }
  /** The headers are signed; the body is, chunk by chunk, as it passes. */
  | { is: 'streaming body'; body: StreamingBody; signedBy: SignedBy }
  /** Signed or let through; what comes now goes on as it is. */
  | { is: 'decided'; signedBy?: SignedBy }
  /** The last answer is given, a refusal for one; what comes now was sent before Envoy knew. */
  | { is: 'ended' };

export type HoldingBody = Extract<State, { is: 'holding body' }>;

/** What is done beside signing, if anything. */
export interface StreamOptions {
  traceRequest?: NonNullable<RequestObserver['traceRequest']>;
  /** Whether Envoy is told what became of the request. */
  dynamicMetadata?: boolean;
}

export interface Answer {
  /** To be sent first, in order, where a message takes more than one answer. */
  before?: ProcessingResponse[];
  response: ProcessingResponse;
  /** The stream is to end, with OK, behind this answer. */
  last?: boolean;
}

/** The peer broke the protocol's order; the stream has to end with a status that is not OK. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}
