import type { CredentialsObserver } from '../../src/credentials/index.ts';
import { HeldBytes } from '../../src/ext-proc/held-bytes.ts';
import type { GrpcCall } from '../../src/ext-proc/request-view.ts';
import { UNNAMED_PEER, type VerdictObserver } from '../../src/signer/index.ts';

/** Hears what targets answer, and keeps nothing of it. */
export const UNOBSERVED_VERDICTS: VerdictObserver = { rejectedByAws: () => undefined, targetClock: () => undefined };

export const UNOBSERVED_CREDENTIALS: CredentialsObserver = {
  stsCall: () => undefined,
  cacheLookup: () => undefined,
  refreshed: () => undefined,
};

/** A gRPC call that brings nothing, and whose peer needs no patience. */
export const UNASKED_CALL: GrpcCall = {
  initialMetadata: undefined,
  authority: undefined,
  peer: UNNAMED_PEER,
  held: new HeldBytes(Number.POSITIVE_INFINITY),
  askForTime: () => undefined,
};
