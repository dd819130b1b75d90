import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ensureEnvoy } from '../../scripts/tools.ts';
import { run } from '../../scripts/venv.ts';
import { type Envoy, startEnvoy } from '../support/envoy.ts';
import {
  API_HOST,
  type Backends,
  BUCKET_HOST,
  FUNCTION_HOST,
  INVOICES_CALLER_ROLE,
  ORDERS_CALLER_ROLE,
  startBackends,
  webIdentity,
} from './support/backends.ts';
import { selfSignedCertificate } from './support/certificate.ts';
import { type ClientRequest, type ClientResponse, send } from './support/client.ts';
import { configAt } from './support/example-config.ts';
import { expectNothingUpstream, onlyAccepted, valuesOf } from './support/expect.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'kong');
const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
const REPORTS_CALLER_ROLE = 'arn:aws:iam::123456789012:role/reports-caller';
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';
const INSTALL_MS = 180_000;

/** The command's output, as users run it. */
function converted(file: string, input = ''): string {
  const args = [MAIN, 'kong', file === '-' ? file : join(FIXTURES, file)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', input });
  if (stdout === '') throw new Error(`the command printed nothing: ${stderr}`);
  return stdout;
}

describe.each(['1.36.4', '1.40.0'])('what the command prints, on Envoy %s', (version) => {
  let folder = '';
  let binary = '';
  beforeAll(async () => {
    binary = await ensureEnvoy({ version });
    folder = mkdtempSync(join(tmpdir(), 'kong-'));
    writeFileSync(join(folder, 'ca.pem'), selfSignedCertificate(['unused.example']).cert);
  }, INSTALL_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(readdirSync(FIXTURES).filter((name) => /\.(?:yaml|json)$/.test(name)))('of %s loads', async (file) => {
    const config = join(folder, 'envoy.yaml');
    writeFileSync(config, converted(file).replaceAll(SYSTEM_CA, join(folder, 'ca.pem')));
    const { ok, output } = await run(binary, ['--mode', 'validate', '-c', config]);
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('OK') });
    expect(output).not.toMatch(/\[(warning|error|critical)\]|deprecated/i);
  });
});

let backends: Backends;
beforeAll(async () => {
  backends = await startBackends({
    roles: (issuer) => [{ arn: REPORTS_CALLER_ROLE, trust: webIdentity(issuer) }],
  });
});
afterAll(() => backends.close());
beforeEach(() => backends.standIn.service.reset());

interface Converted {
  envoy: Envoy;
  ask: (request: ClientRequest) => Promise<ClientResponse>;
}

/** An Envoy that runs what the command printed, with nothing changed but addresses. */
async function startConverted(yaml: string): Promise<Converted> {
  const envoy = await startEnvoy({ config: configAt(yaml, backends.addresses) });
  return { envoy, ask: (request) => send(envoy.listenerPorts.get('gateway') ?? 0, request) };
}

describe("the examples of the plugin's page", () => {
  let gateway: Converted;
  beforeAll(async () => {
    gateway = await startConverted(converted('seed.yaml'));
  });
  afterAll(() => gateway.envoy.close());

  it("answer a refused token as the plugin does: with STS's own error where the route asks for it", async () => {
    const headers = [['Authorization', 'Bearer not.a.token']] as const;
    const generic = await gateway.ask({ path: '/reports', headers });
    expect({ ...generic, body: JSON.parse(generic.body) }).toMatchObject({
      status: 401,
      body: { message: "Error fetching STS credentials. Enable 'return_aws_sts_error' in config for details." },
    });
    const detailed = await gateway.ask({ path: '/orders', headers });
    expect({ ...detailed, body: JSON.parse(detailed.body) }).toMatchObject({
      status: 400,
      body: { message: `Unable to assume role [${ORDERS_CALLER_ROLE}]`, stsResponse: expect.anything() },
    });
    expectNothingUpstream(backends.standIn.service);
  });

  it.each([
    { path: '/invoices/7?b=2&a=1', url: '/7?b=2&a=1', host: FUNCTION_HOST, role: INVOICES_CALLER_ROLE },
    { path: '/invoices', url: '/', host: FUNCTION_HOST, role: INVOICES_CALLER_ROLE },
    { path: '/orders/7', url: '/7', host: API_HOST, role: ORDERS_CALLER_ROLE },
    { method: 'POST', path: '/orders/', body: '{}', url: '/', host: API_HOST, role: ORDERS_CALLER_ROLE },
  ])('sign $path as the caller, behind strip_path', async ({ url, host, role, ...request }) => {
    const token = await backends.bearer('alice');
    const { status } = await gateway.ask({ ...request, headers: [['Authorization', token]] });
    const received = onlyAccepted(backends.standIn.service);
    expect(status).toBe(200);
    expect(received).toMatchObject({ url, verdict: { principal: { roleArn: role, subject: 'alice' } } });
    expect(received.header('host')).toBe(host);
    // As the plugin does by default.
    expect(valuesOf(received, 'x-authorization')).toEqual([token]);
  });

  it('sign in the query where the plugin says so', async () => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    expect((await gateway.ask({ path: '/reports/2026/a.csv', headers })).status).toBe(200);
    const received = onlyAccepted(backends.standIn.service);
    expect(received.header('host')).toBe(BUCKET_HOST);
    expect(received.url).toMatch(/^\/2026\/a\.csv\?.*X-Amz-Signature=/);
    expect(received.header('authorization')).toBeUndefined();
  });

  it('let a request without a token out unsigned, with the host that the target has', async () => {
    expect((await gateway.ask({ path: '/orders/7' })).status).toBe(403);
    const [received] = backends.standIn.service.received;
    expect(received?.verdict).toMatchObject({ ok: false, reason: 'missing-authentication' });
    expect(received?.header('host')).toBe(API_HOST);
  });
});

describe("Kong's routes in Envoy", () => {
  let gateway: Converted;
  beforeAll(async () => {
    gateway = await startConverted(converted('routes.yaml'));
  });
  afterAll(() => gateway.envoy.close());

  it.each<[why: string, request: ClientRequest, url: string]>([
    ['the root', { path: '/' }, '/prod'],
    ['any path', { path: '/else//where/../7?q=/orders' }, '/prod/else/7?q=%2Forders'],
    ['a stripped prefix', { path: '/orders' }, '/prod'],
    ['what follows it', { path: '/orders/7?a=%2F' }, '/prod/7?a=%2F'],
    ['its slash', { path: '/orders/' }, '/prod/'],
    ['a prefix with a slash', { path: '/invoices/7' }, '/prod/7'],
    ['the longer prefix', { path: '/orders/archive/7' }, '/prod/7'],
    ['a prefix that is kept', { path: '/keep/7' }, '/prod/keep/7'],
    ['a regular expression', { path: '/v22/items' }, '/prod'],
    ['its end', { path: '/v22/items/7' }, '/prod/v22/items/7'],
    ['the first of two', { path: '/v1/items' }, '/prod/v1/items'],
    ['an alternative', { path: '/b/7' }, '/prod/7'],
    ['a base with a slash', { path: '/', host: 'reports.example.net' }, '/a/'],
    ['what follows it', { path: '/7', host: 'reports.example.net' }, '/a/7'],
    ['a kept prefix behind it', { path: '/keep', host: 'reports.example.net' }, '/a/keep'],
    ['a host', { path: '/host/7', host: 'b.example.com:8000' }, '/prod/7'],
    ['another host', { path: '/host/7', host: 'c.example.com' }, '/prod/host/7'],
  ])('%s: %o', async (_, request, url) => {
    const headers = [['Authorization', await backends.bearer('alice')]] as const;
    await gateway.ask({ ...request, headers });
    const [received] = backends.standIn.service.received;
    expect(received?.url).toBe(url);
    // Signed over that very path: the service has no other host.
    if (received?.header('host') === API_HOST) expect(received.verdict.ok).toBe(true);
  });
});

describe.each(['x-caller', 'x-the-token-of-the-calling-application'])('a token in the header %s', (header) => {
  it('is taken from there, and copied where the plugin says', async () => {
    const config = {
      ...{ aws_region: 'us-east-1', aws_service: 'execute-api', aws_assume_role_name: 'orders-caller' },
      ...{ aws_account_id: '123456789012', auth_header: header, preserve_auth_header_key: `${header}-copy` },
    };
    const routes = [{ name: 'r', paths: ['/r'], plugins: [{ name: 'aws-request-signing', config }] }];
    const file = { _format_version: '3.0', services: [{ name: 's', url: `https://${API_HOST}`, routes }] };
    const { envoy, ask } = await startConverted(converted('-', JSON.stringify(file)));
    const token = await backends.bearer('alice');
    const { status, body } = await ask({ path: '/r/7', headers: [[header, token]] });
    await envoy.close();
    expect({ status, body }).toMatchObject({ status: 200 });
    const received = onlyAccepted(backends.standIn.service);
    expect(received.header(header)).toBeUndefined();
    expect(received.header(`${header}-copy`)).toBe(token);
  });
});
