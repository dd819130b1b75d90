import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExtAuthzClient } from '../support/ext-authz-client.ts';
import { requestHeaders } from '../support/ext-proc-messages.ts';
import {
  type InProcessSigner,
  routeMetadata,
  startInProcess,
  stubWorkloadEnvironment,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
beforeEach(() => {
  stubWorkloadEnvironment();
});
afterEach(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

async function start(names: readonly string[]): Promise<void> {
  signer = await startInProcess({ server: { allow: [{ peers: ['spiffe://mesh.test/a'] }] }, peer: { names } });
}

const metadata = routeMetadata();

describe('a peer', () => {
  it.each([
    [['spiffe://mesh.test/a'], 'request_headers', 0],
    [['spiffe://mesh.test/b'], 'immediate_response', 403],
  ])('named %j gets what allow gives it, by both protocols', async (names, response, code) => {
    await start(names);
    expect((await signer.client.open({ metadata }).ask(requestHeaders())).response).toBe(response);
    const client = new ExtAuthzClient(signer.address);
    const { denied_response } = await client.check({}, metadata);
    expect(Number(denied_response?.status?.code ?? 0)).toBe(code);
    client.close();
  });
});
