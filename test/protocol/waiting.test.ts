import { expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../src/config/index.ts';
import { RequestStream } from '../../src/ext-proc/request-stream.ts';
import { Allowance, Signer } from '../../src/signer/index.ts';
import type { Credentials } from '../../src/signing/index.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { received } from '../support/ext-proc-codec.ts';
import { requestHeaders } from '../support/ext-proc-messages.ts';
import { ROUTE } from '../support/in-process-signer.ts';
import { UNASKED_CALL, UNOBSERVED_VERDICTS } from '../support/unobserved.ts';

const unanswered = new Promise<Credentials>(() => undefined);
const signer = new Signer({
  resolver: new RouteConfigResolver(DEFAULT_SERVER_CONFIG),
  credentials: { credentialsFor: () => unanswered, evict: () => undefined },
  allowance: new Allowance(undefined),
  now: () => new Date(),
  observer: UNOBSERVED_VERDICTS,
});

it("keeps nothing of Envoy's message for as long as its request waits for STS", async () => {
  const call = { ...UNASKED_CALL, initialMetadata: JSON.stringify(ROUTE) };
  const stream = new RequestStream(signer, call, () => undefined);
  const ask = () => {
    const message = received(requestHeaders());
    return { answer: stream.answer(message), message: new WeakRef(message) };
  };
  const { answer, message } = ask();
  expect(answer).toBeInstanceOf(Promise);
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(message.deref()).toBeUndefined();
  expect(stream.isDecided).toBe(false);
});
