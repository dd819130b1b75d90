import type { VerdictObserver } from '../../src/signer/index.ts';

/** Hears what targets answer, and keeps nothing of it. */
export const UNOBSERVED_VERDICTS: VerdictObserver = { rejectedByAws: () => undefined, targetClock: () => undefined };
