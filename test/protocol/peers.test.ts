import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExtAuthzClient } from '../support/ext-authz-client.ts';
import { requestHeaders } from '../support/ext-proc-messages.ts';
import {
  type InProcessSigner,
  routeMetadata,
  startInProcess,
  WORKLOAD_ENVIRONMENT,
} from '../support/in-process-signer.ts';

let signer: InProcessSigner;
let asked: string[];
beforeEach(() => {
  for (const [name, value] of Object.entries(WORKLOAD_ENVIRONMENT)) vi.stubEnv(name, value);
  asked = [];
});
afterEach(async () => {
  await signer.close();
  vi.unstubAllEnvs();
});

async function start(names: readonly string[] | undefined): Promise<void> {
  signer = await startInProcess({
    server: { allow: [{ peers: ['spiffe://mesh.test/a'] }] },
    peerAt(address) {
      asked.push(address);
      return names && { names };
    },
  });
}

const metadata = routeMetadata();
const checked = () => new ExtAuthzClient(signer.address);

describe('a peer', () => {
  it.each([
    [['spiffe://mesh.test/a'], 'request_headers', 0],
    [['spiffe://mesh.test/b'], 'immediate_response', 403],
  ])('named %j gets what allow gives it, by both protocols', async (names, response, code) => {
    await start(names);
    expect((await signer.client.open({ metadata }).ask(requestHeaders())).response).toBe(response);
    const client = checked();
    const { denied_response } = await client.check({}, metadata);
    expect(Number(denied_response?.status?.code ?? 0)).toBe(code);
    client.close();
    for (const address of asked) expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(asked).toHaveLength(2);
  });

  it('that nobody knows is refused by both', async () => {
    await start(undefined);
    expect((await signer.client.open({ metadata }).send(requestHeaders()).status()).code).toBe(status.UNAUTHENTICATED);
    const client = checked();
    await expect(client.check({}, metadata)).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    client.close();
  });
});
