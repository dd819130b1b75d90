import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ensureEnvoy } from '../../scripts/tools.ts';
import { run } from '../../scripts/venv.ts';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import { type Service, type StandIn, startService, startStandIn } from '../stand-in/index.ts';
import { type Envoy, startEnvoy } from '../support/envoy.ts';
import { testedEnvoyVersions } from '../support/envoy-versions.ts';
import { type SignerProcess, startSigner } from '../support/signer-process.ts';
import { type Certificate, selfSignedCertificate } from './support/certificate.ts';
import { type ClientRequest, send } from './support/client.ts';
import { type Bootstrap, connectionManager, type Route } from './support/example-config.ts';
import { expectNothingUpstream, expectRefusal, onlyAccepted } from './support/expect.ts';
import { route } from './support/gateway.ts';

const INSTALL_MS = 180_000;
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';
const versions = testedEnvoyVersions();
const example = join(import.meta.dirname, '..', '..', 'envoy', 'dynamic-forward-proxy.yaml');
const workload = { aws_region: 'eu-west-1', aws_service: 'execute-api', credential_source: 'workload' };
const body = '{"order": 7}';

let certificate: Certificate;
let standIn: StandIn;
let plain: Service;
let tls: Service;
let signer: SignerProcess;
beforeAll(async () => {
  // A name that no resolver has to be asked for, and that 127.0.0.1 is not covered by.
  certificate = selfSignedCertificate(['localhost']);
  standIn = await startStandIn({ users: [DEMO_WORKLOAD], service: { tls: certificate } });
  tls = standIn.service;
  plain = await startService({ store: standIn.store });
  signer = await startSigner({
    env: { AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId, AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey },
  });
});
afterAll(async () => {
  await signer.close();
  await plain.close();
  await standIn.close();
});
beforeEach(() => {
  tls.reset();
  plain.reset();
});

describe.each(versions)('dynamic-forward-proxy.yaml on Envoy %s', (version) => {
  let binary: string;
  let envoy: Envoy;
  beforeAll(async () => {
    binary = await ensureEnvoy({ version });
    envoy = await startEnvoy({ config: configWith(routes()), version });
  }, INSTALL_MS);
  afterAll(() => envoy.close());
  const ask = (request: ClientRequest) => send(envoy.listenerPorts.get('gateway') ?? 0, request);

  it('is valid as users copy it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'example-'));
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, certificate.cert);
    const text = readFileSync(example, 'utf8');
    await writeFile(join(folder, 'envoy.yaml'), existsSync(SYSTEM_CA) ? text : text.replaceAll(SYSTEM_CA, ca));
    const { ok, output } = await run(binary, ['--mode', 'validate', '-c', join(folder, 'envoy.yaml')]);
    await rm(folder, { recursive: true });
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('OK') });
    expect(output).not.toMatch(/\[(warning|error|critical)\]|deprecated/i);
  });

  const requests: ClientRequest[] = [{ method: 'GET' }, { method: 'POST', body }];
  const targets = [
    { path: '/tls/', host: 'localhost', service: () => tls },
    { path: '/plain/', host: 'localhost', service: () => plain },
    { path: '/address/', host: '127.0.0.1', service: () => plain },
  ];
  const cases = targets.flatMap((target) => requests.map((request) => ({ ...target, request })));

  it.each(cases)('leads $request.method $path to the host and port that the route names', async (target) => {
    const { path, host, service, request } = target;
    expect((await ask({ ...request, path: `${path}7?x=1`, host: 'client.example' })).status).toBe(200);
    const received = onlyAccepted(service());
    expect(received.header('host')).toBe(`${host}:${service().port}`);
    expect(received.url).toBe(`${path}7?x=1`);
    expect(received.body.toString()).toBe(request.body ?? '');
    expectNothingUpstream(service() === tls ? plain : tls);
  });

  it('leads to the host that the client names, where the route allows it', async () => {
    const host = `localhost:${tls.port}`;
    expect((await ask({ path: '/named/', host })).status).toBe(200);
    expect(onlyAccepted(tls).header('host')).toBe(host);
  });

  it('resolves no host that the route does not allow', async () => {
    const response = await ask({ path: '/named/', host: `127.0.0.1:${plain.port}` });
    expectRefusal(response, plain, 403, 'SIGV4_HOST_NOT_ALLOWED');
    const hosts = await envoy.stats('^dns_cache\\.targets\\.');
    const added = hosts.get('dns_cache.targets.host_added');
    await ask({ path: '/named/', host: 'nowhere.invalid' });
    expect((await envoy.stats('^dns_cache\\.targets\\.')).get('dns_cache.targets.host_added')).toBe(added);
    expect(added).toBeDefined();
  });

  it.each([
    { wrong: 'a name that is not in the certificate', path: '/wrong-name/' },
    { wrong: 'a target without TLS behind the cluster that has it', path: '/not-tls/' },
  ])('sends nothing to $wrong', async ({ path }) => {
    expect((await ask({ path, host: 'client.example' })).status).toBe(503);
    expectNothingUpstream(tls);
    expectNothingUpstream(plain);
  });
});

it('sends nothing to a target whose certificate is of another authority', async () => {
  const other = selfSignedCertificate(['localhost']);
  const envoy = await startEnvoy({ config: configWith(routes(), other.cert) });
  const response = await send(envoy.listenerPorts.get('gateway') ?? 0, { path: '/tls/', host: 'client.example' });
  await envoy.close();
  expect(response.status).toBe(503);
  expectNothingUpstream(tls);
});

function routes(): Route[] {
  const to = (host: string, { port }: Service, protocol: string) => ({
    ...workload,
    ...{ override_target_host: host, override_target_port: port, override_target_protocol: protocol },
  });
  const overTls = { cluster: 'targets-tls' };
  const inPlain = { cluster: 'targets-plain' };
  return [
    route('/tls/', to('localhost', tls, 'https'), overTls),
    route('/plain/', to('localhost', plain, 'http'), inPlain),
    route('/address/', to('127.0.0.1', plain, 'http'), inPlain),
    route('/named/', { ...workload, use_altered_target: true, allowed_hosts: ['localhost:*'] }, overTls),
    route('/wrong-name/', to('127.0.0.1', tls, 'https'), overTls),
    route('/not-tls/', to('localhost', plain, 'http'), overTls),
  ];
}

/** The example with other routes, the signer's address and the trusted authority; all else as users copy it. */
function configWith(all: Route[], ca = certificate.cert): Bootstrap {
  const config: Bootstrap = parse(readFileSync(example, 'utf8'));
  connectionManager(config).route_config.virtual_hosts = [{ name: 'all', domains: ['*'], routes: all }];
  for (const cluster of config.static_resources.clusters) {
    const trust = cluster.transport_socket?.typed_config.common_tls_context.validation_context;
    if (trust !== undefined) trust.trusted_ca = { inline_string: ca };
    const endpoint = cluster.load_assignment?.endpoints[0]?.lb_endpoints[0]?.endpoint;
    if (endpoint) endpoint.address = { socket_address: { address: '127.0.0.1', port_value: signer.listenPort } };
  }
  return config;
}
