import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clock, CredentialSource } from '../../src/credentials/index.ts';
import type { Credentials } from '../../src/signing/index.ts';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import { type ExtAuthzBench, startExtAuthzBench } from '../support/ext-authz-bench.ts';
import { checkRequest } from '../support/ext-authz-client.ts';
import { routeMetadata } from '../support/in-process-signer.ts';
import { UNOBSERVED_CREDENTIALS } from '../support/unobserved.ts';

/** Gives credentials by what it is told to. */
class ToldSource extends CredentialSource {
  give: () => Credentials | Promise<Credentials> = () => DEMO_WORKLOAD;
  asked = Promise.withResolvers<void>();

  override credentialsFor(): Credentials | Promise<Credentials> {
    this.asked.resolve();
    return this.give();
  }
}

let source: ToldSource;
let bench: ExtAuthzBench;
beforeAll(async () => {
  source = new ToldSource({
    cache: { maxEntries: 10, maxEntriesPerCaller: 10 },
    stsTimeoutMs: 1000,
    observer: UNOBSERVED_CREDENTIALS,
    clock: new Clock(),
  });
  bench = await startExtAuthzBench({ credentials: source });
});
afterAll(() => bench.close());

describe('a check', () => {
  it('whose client goes away is reported as aborted, once', async () => {
    const gate = Promise.withResolvers<Credentials>();
    source.give = () => gate.promise;
    const { answer, cancel } = bench.envoy.send(checkRequest({}), routeMetadata());
    await source.asked.promise;
    expect(await bench.signer.openStreams()).toBe(1);
    cancel();
    await expect(answer).rejects.toThrow(/CANCELLED/);
    expect(await bench.signer.reported(1)).toMatchObject([{ outcome: 'aborted' }]);
    gate.resolve(DEMO_WORKLOAD);
    await bench.signer.streamsAre(0);
    expect(bench.signer.reports).toHaveLength(1);
  });

  it.each<[string, () => Credentials | Promise<Credentials>]>([
    [
      'throws',
      () => {
        throw new TypeError('secret detail');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('secret detail'))],
  ])('in which something of ours %s is denied', async (_what, give) => {
    source.give = give;
    const { status, body, json } = await bench.refused({});
    expect([status, json.code]).toEqual([500, 'SIGV4_INTERNAL']);
    expect(body).not.toContain('secret detail');
  });
});
