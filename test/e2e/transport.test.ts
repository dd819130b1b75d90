import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SignerOptions, type SignerProcess, startSigner } from '../support/signer-process.ts';
import { newAuthority } from './support/certificate.ts';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-real-secret' };

let folder: string;
let tls: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transport-'));
  const { cert, key } = newAuthority().issue({ dnsNames: ['signer.test'] });
  tls = { cert_file: join(folder, 'tls.crt'), key_file: join(folder, 'tls.key') };
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  await writeFile(join(folder, 'ca.crt'), newAuthority().cert);
  await writeFile(join(folder, 'token'), 'open-sesame\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withSigner<T>(options: SignerOptions, use: (signer: SignerProcess) => Promise<T>): Promise<T> {
  const signer = await startSigner({ ...options, env: { ...KEYS, ...options.env } });
  try {
    return await use(signer);
  } finally {
    await signer.close();
  }
}

const started = (options: SignerOptions) => withSigner(options, async ({ listen }) => listen);

describe('beyond loopback', () => {
  const listen = '0.0.0.0:0';

  it.each([
    ['nothing that keeps others out', {}],
    ['a certificate of its own alone', { config: () => ({ tls }) }],
    ['a variable that says no', { env: { SIGV4_EXTPROC_INSECURE: 'false' } }],
  ])('it does not start with %s', async (_, { config, ...options }: { config?: () => object; env?: object }) => {
    const text = config && { config: JSON.stringify(config()) };
    await expect(started({ listen, ...(options as SignerOptions), ...text })).rejects.toThrow(
      /error: listen: 0\.0\.0\.0 is reached from beyond this machine, and whoever reaches it .* role of this service\. Set tls with client_ca_file/,
    );
  });

  it.each([
    ['--insecure', { args: ['--insecure'] }],
    ['insecure: true', { config: 'insecure: true' }],
    ['the variable', { env: { SIGV4_EXTPROC_INSECURE: 'true' } }],
  ])('it starts with %s', async (_, options) => {
    expect(await started({ listen, ...options })).toMatch(/^0\.0\.0\.0:\d+$/);
  });

  it('it starts with an authority of clients', async () => {
    const config = JSON.stringify({ tls: { ...tls, client_ca_file: join(folder, 'ca.crt') } });
    expect(await started({ listen, config })).toMatch(/^0\.0\.0\.0:\d+$/);
  });
});

describe('a unix socket', () => {
  it.each([
    [[], undefined],
    [['--workers', '2'], undefined],
    [[], "socket_mode: '0660'"],
  ])('has the mode that is asked for (%j, %s)', async (args, config) => {
    const path = join(folder, 's.sock');
    const mode = config === undefined ? ['--socket-mode', '0660'] : [];
    await withSigner({ listen: `unix:${path}`, args: [...args, ...mode], ...(config && { config }) }, async () => {
      expect(((await stat(path)).mode & 0o777).toString(8)).toBe('660');
    });
  });

  it('is not for TLS', async () => {
    const refused = started({ listen: `unix:${join(folder, 't.sock')}`, config: JSON.stringify({ tls }) });
    await expect(refused).rejects.toThrow('tls is for TCP; a unix socket is kept by its socket_mode and its folder');
  });
});

describe('the admin port', () => {
  const get = async ({ adminPort }: SignerProcess, path: string, authorization?: string) =>
    (await fetch(`http://127.0.0.1:${adminPort}${path}`, { headers: authorization ? { authorization } : {} })).status;

  it('wants its token for all but the probes', () =>
    withSigner({ args: ['--admin-token-file', join(folder, 'token')] }, async (signer) => {
      for (const path of ['/healthz', '/readyz']) expect(await get(signer, path)).toBe(200);
      for (const path of ['/metrics', '/', '/healthz/../metrics']) expect(await get(signer, path)).toBe(401);
      expect(await get(signer, '/metrics', 'Bearer open-sesame')).toBe(200);
      expect(await get(signer, '/metrics', `Basic ${btoa('operator:open-sesame')}`)).toBe(200);
      for (const wrong of ['Bearer open-sesam', 'Bearer ', 'open-sesame', `Basic ${btoa('open-sesame:')}`]) {
        expect(await get(signer, '/metrics', wrong)).toBe(401);
      }
    }));

  it('shows its probes alone beyond loopback without a token', () =>
    withSigner({ args: ['--admin', '0.0.0.0:0'] }, async (signer) => {
      expect([await get(signer, '/readyz'), await get(signer, '/metrics')]).toEqual([200, 403]);
    }));
});

describe('a peer that does not begin', () => {
  /** The reasons that were logged, of connections refused at some step. */
  const reasons = (signer: SignerProcess, step: string): string[] =>
    signer
      .output()
      .split('\n')
      .filter((line) => line.includes(`connection refused: no ${step}`))
      .map((line) => JSON.parse(line).reason);

  it('is refused at once where it speaks HTTP/1.1', () =>
    withSigner({}, async (signer) => {
      const socket = connect(signer.listenPort, '127.0.0.1').resume();
      socket.write('GET / HTTP/1.1\r\n\r\n');
      await once(socket, 'close');
      await vi.waitUntil(() => reasons(signer, 'HTTP/2 preface').length > 0);
      expect(reasons(signer, 'HTTP/2 preface')).toEqual(['no connection of HTTP/2']);
    }));

  it('has 10 s to say HTTP/2’s preface, and as long for the handshake of TLS', () =>
    withSigner({ config: JSON.stringify({ tls }) }, async (signer) => {
      const silent = connect(signer.listenPort, '127.0.0.1').resume();
      const shaken = connectTls({
        port: signer.listenPort,
        host: '127.0.0.1',
        ALPNProtocols: ['h2'],
        rejectUnauthorized: false,
      });
      shaken.resume();
      silent.on('error', () => undefined);
      shaken.on('error', () => undefined);
      await Promise.all([once(silent, 'close'), once(shaken, 'close')]);
      await vi.waitUntil(() => reasons(signer, 'HTTP/2 preface').length > 0);
      expect(reasons(signer, 'HTTP/2 preface')).toEqual(['no preface in time']);
      expect(reasons(signer, 'TLS handshake')).toEqual(['TLS handshake timeout']);
    }));
});
