import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { type Certificate, newAuthority } from './support/certificate.ts';
import { send } from './support/client.ts';
import { underLoad } from './support/constant-load.ts';
import { type LiveGateway, startLiveGateway } from './support/live-gateway.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-real-secret' };
const SERVER = { dnsNames: ['signer.test'] };
const ORDERS = 'spiffe://mesh.test/ns/orders/sa/gateway';
const REPORTS = 'spiffe://mesh.test/ns/reports/sa/gateway';

const servers = newAuthority('servers');
const clients = newAuthority('clients');

let folder: string;
let signer: SignerProcess;

/** As Kubernetes mounts a secret: files are links into `..data`, which is a link that is turned to another folder. */
async function mount(version: string, { cert, key }: Certificate): Promise<void> {
  await mkdir(join(folder, version));
  await writeFile(join(folder, version, 'tls.crt'), cert);
  await writeFile(join(folder, version, 'tls.key'), key);
  await symlink(version, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, '..data'));
}

const logged = (text: string, times: number) =>
  expect.poll(() => signer.output().split(text).length - 1, { timeout: 10_000 }).toBe(times);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mtls-'));
  await mount('..1', servers.issue(SERVER));
  await symlink('..data/tls.crt', join(folder, 'tls.crt'));
  await symlink('..data/tls.key', join(folder, 'tls.key'));
  await writeFile(join(folder, 'clients.pem'), clients.cert);
  signer = await startSigner({
    env: KEYS,
    // Beyond loopback, as certificates allow it.
    listen: '0.0.0.0:0',
    config: JSON.stringify({
      tls: {
        cert_file: join(folder, 'tls.crt'),
        key_file: join(folder, 'tls.key'),
        client_ca_file: join(folder, 'clients.pem'),
        allowed_sans: ['spiffe://mesh.test/ns/*/sa/gateway', '*.gateways.test'],
      },
      allow: [
        { peers: [ORDERS], services: ['execute-api'] },
        { peers: [REPORTS, 'a.gateways.test'], services: ['s3'] },
      ],
    }),
  });
});
afterAll(async () => {
  await signer?.close();
  await rm(folder, { recursive: true, force: true });
});

async function withGateway<T>(client: Certificate | undefined, use: (live: LiveGateway) => Promise<T>): Promise<T> {
  const live = await startLiveGateway({ signers: [signer.listenPort], tls: { ca: servers.cert, ...client } });
  try {
    return await use(live);
  } finally {
    await live.close();
  }
}

const status = (client: Certificate | undefined) => withGateway(client, async ({ port }) => (await send(port)).status);

describe('Envoys with certificates', () => {
  it('may ask for what allow gives their names, and for nothing else', async () => {
    expect(await status(clients.issue({ uris: [ORDERS] }))).toBe(200);
    expect(await status(clients.issue({ uris: [REPORTS] }))).toBe(403);
    expect(await status(clients.issue({ dnsNames: ['A.gateways.test'], uris: [ORDERS] }))).toBe(200);
    expect(await status(clients.issue({ dnsNames: ['a.gateways.test'] }))).toBe(403);
  });

  it.each([
    ['no certificate', undefined],
    ['one of another authority', newAuthority('clients').issue({ uris: [ORDERS] })],
    ['a name that is not allowed', clients.issue({ uris: ['spiffe://mesh.test/ns/orders/sa/other'] })],
    ['a DNS name that looks like an allowed URI', clients.issue({ dnsNames: [ORDERS] })],
    ['no name', clients.issue({})],
  ])('are turned away with %s', async (_, client) => {
    expect(await status(client)).toBeGreaterThanOrEqual(500);
  });
});

it('does without new requests failing while its files change, and never uses a pair that does not fit', async () => {
  await withGateway(clients.issue({ uris: [ORDERS] }), async ({ port }) => {
    const { requests, failures } = await underLoad({ port, connections: 8 }, async () => {
      await mount('..2', servers.issue(SERVER));
      await logged('the TLS files have changed; new connections use them', 1);
      // In place, one file after the other: the pair between does not fit.
      const { cert, key } = servers.issue(SERVER);
      await writeFile(join(folder, '..2', 'tls.crt'), cert);
      await logged('the ones before stay in use', 1);
      expect(await status(clients.issue({ uris: [ORDERS] }))).toBe(200);
      await writeFile(join(folder, '..2', 'tls.key'), key);
      await logged('the TLS files have changed; new connections use them', 2);
      // Another authority of clients: those of the old one come in no more.
      const others = newAuthority('other clients');
      await writeFile(join(folder, 'clients.pem'), others.cert);
      await logged('the TLS files have changed; new connections use them', 3);
      expect(await status(others.issue({ uris: [ORDERS] }))).toBe(200);
      expect(await status(clients.issue({ uris: [ORDERS] }))).toBeGreaterThanOrEqual(500);
    });
    expect(failures).toEqual({});
    expect(requests).toBeGreaterThan(200);
  });
});
