import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import { type SignerProcess, startSigner } from '../../support/signer-process.ts';
import { type ClientRun, runClients } from './support/clients.ts';
import { type Entrance, gatewayConfig, listenerName, PLACEMENTS, SERVICES, type Service } from './support/gateway.ts';
import { type Moto, startMoto } from './support/moto.ts';

const SESSION = 'gateway-session';

let moto: Moto;
let signer: SignerProcess;
let misconfigured: SignerProcess;
let envoy: Envoy;

beforeAll(async () => {
  moto = await startMoto();
  const { user } = moto;
  [signer, misconfigured] = await Promise.all([
    startSigner({ env: signerEnvironment(user.accessKeyId, user.secretAccessKey) }),
    startSigner({ env: signerEnvironment(user.accessKeyId, 'not-the-secret-of-this-user') }),
  ]);
  envoy = await startEnvoy({ config: gatewayConfig(entrances(), moto.port) });
});

afterAll(async () => {
  await Promise.all([envoy, signer, misconfigured, moto].map((process) => process?.close()));
});

function signerEnvironment(AWS_ACCESS_KEY_ID: string, AWS_SECRET_ACCESS_KEY: string): Record<string, string> {
  return { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${moto.port}` };
}

function entrances(): Entrance[] {
  const assumed = { credential_source: 'workload', aws_assume_role_arn: moto.roleArn, session_name: SESSION };
  return PLACEMENTS.flatMap((placement) => [
    { placement, identity: 'user', signerPort: signer.listenPort },
    { placement, identity: 'role', signerPort: signer.listenPort, fields: assumed },
    { placement, identity: 'user-misconfigured', signerPort: misconfigured.listenPort },
    { placement, identity: 'role-misconfigured', signerPort: misconfigured.listenPort, fields: assumed },
  ]);
}

type Through = Pick<Entrance, 'placement' | 'identity'>;

/** What boto3 makes of the services behind an entrance of Envoy, or straight at moto. */
function clients(
  through: Through | 'direct',
  run: Omit<ClientRun, 'endpoints'>,
  services: readonly Service[] = SERVICES,
) {
  const port = (service: Service) =>
    through === 'direct' ? moto.port : envoy.listenerPorts.get(listenerName(through, service));
  return runClients({
    ...run,
    endpoints: Object.fromEntries(services.map((service) => [service, `http://127.0.0.1:${port(service)}`])),
  });
}

const done = { done: true };
const refused = (status: number, code: unknown, message: unknown = expect.any(String)) => ({
  refused: { status, code, message },
});

const ODD_KEYS = [
  'plain.txt',
  'folder/with space.txt',
  'a+b+c.txt',
  'ünï/日本語/😀.txt',
  'k=v/x==y=.txt',
  'literal%41.txt',
  'literal%2Fslash.txt',
  'double//slash.txt',
  'a/../b.txt',
  'a/./b.txt',
  'tail/',
  '!$&\'()*,;:@~[]{}|^`"<>.txt',
  'question?mark#hash.txt',
];

const s3Work = {
  keys: Object.fromEntries(ODD_KEYS.map((key) => [key, done])),
  listed: expect.toSatisfy((listed: string[]) => [...listed].sort().join() === [...ODD_KEYS].sort().join()),
  prefixed: 1,
  large: true,
  disposition: 'attachment; filename="a b+c&d.bin"',
  tail: [253, 254, 255],
  parts: 'the only part'.length,
  deleted: ODD_KEYS.length + 2,
  left: [],
};

const matrix: Through[] = PLACEMENTS.flatMap((placement) =>
  ['user', 'role'].map((identity) => ({ placement, identity })),
);

describe.each(matrix)("boto3 with nobody's keys behind the $placement filter that signs as a $identity", (through) => {
  let results: Record<string, unknown>;
  beforeAll(async () => {
    results = await clients(through, { run: 'work', name: `${through.placement}-${through.identity}` });
  });
  const arn = () =>
    through.identity === 'user'
      ? moto.userArn
      : `${moto.roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${SESSION}`;

  it('is the identity of the route to STS', () => {
    expect(results.sts).toEqual({ arn: arn() });
  });

  it("works with DynamoDB as far as the identity's policy goes", () => {
    const denial = `User: ${arn()} is not authorized to perform: dynamodb:DeleteTable`;
    const forbidden = refused(403, 'AccessDenied', denial);
    expect(results.dynamodb).toEqual({ note: 3000, found: 1, left: 0, forbidden });
  });

  it('sends, receives and deletes in SQS', () => {
    expect(results.sqs).toEqual({ received: ['grüße & <more>'], left: ['0', '0'] });
  });

  it('publishes a form in SNS, whose host is signed as the client sent it', () => {
    expect(results.sns).toEqual({ published: true, listed: true });
  });

  it("encrypts and decrypts in KMS, whose host is Envoy's own rewrite", () => {
    expect(results.kms).toEqual({ opened: 'geheim ✓' });
  });

  it('keeps objects in S3, whatever their keys', () => {
    expect(results.s3).toEqual(s3Work);
  });
});

it('serves a client that signs nothing at all', async () => {
  const run = { run: 'work', name: 'unsigned', keys: null } as const;
  const { s3, sqs } = await clients({ placement: 'downstream', identity: 'user' }, run, ['s3', 'sqs']);
  expect(s3).toEqual(s3Work);
  expect(sqs).toEqual({ received: ['grüße & <more>'], left: ['0', '0'] });
});

const PROBES: Record<Service, string[]> = {
  sts: ['get_caller_identity'],
  dynamodb: ['list_tables', 'delete_table'],
  sqs: ['list_queues', 'create_queue'],
  sns: ['list_topics', 'create_topic'],
  kms: ['list_keys', 'create_key'],
  s3: ['list_buckets', 'create_bucket', 'put_object', 'get_object', 'delete_object'],
};

function allRefused(answer: (service: Service) => object, services: readonly Service[] = SERVICES): object {
  const probes = (service: Service) => PROBES[service].map((name) => [name, answer(service)]);
  return Object.fromEntries(services.map((service) => [service, Object.fromEntries(probes(service))]));
}

describe('what the checks of moto are worth', () => {
  it("refuses nobody's keys without the gateway", async () => {
    const results = await clients('direct', { run: 'probe', name: 'nobody' });
    const code = (service: Service) => (service === 's3' ? 'InvalidAccessKeyId' : 'InvalidClientTokenId');
    expect(results).toEqual(allRefused((service) => refused(403, code(service))));
  });

  it("refuses the user's own key with another secret without the gateway", async () => {
    const keys = [moto.user.accessKeyId, 'not-the-secret-of-this-user', null] as const;
    const results = await clients('direct', { run: 'probe', name: 'direct', keys });
    expect(results).toEqual(allRefused(() => refused(403, 'SignatureDoesNotMatch')));
  });

  it.each(PLACEMENTS)('refuses all that a signer with a wrong secret signs in the %s filter', async (placement) => {
    const through = { placement, identity: 'user-misconfigured' };
    const results = await clients(through, { run: 'probe', name: `misconfigured-${placement}` });
    expect(results).toEqual(allRefused(() => refused(403, 'SignatureDoesNotMatch')));
  });

  it.each(PLACEMENTS)('gives no role to a signer with a wrong secret in the %s filter', async (placement) => {
    const through = { placement, identity: 'role-misconfigured' };
    // Of the signer's own answers boto3 reads the message in JSON services, and nothing in XML ones.
    const results = await clients(through, { run: 'probe', name: 'no-role' }, ['dynamodb', 'kms']);
    expect(results).toEqual(
      allRefused(() => refused(503, '503', expect.stringContaining('workload')), ['dynamodb', 'kms']),
    );

    const object = `/no-role-${placement}/key`;
    const port = envoy.listenerPorts.get(listenerName(through, 's3'));
    const answer = await fetch(`http://127.0.0.1:${port}${object}`, { method: 'PUT', body: 'body' });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({ code: 'SIGV4_NO_WORKLOAD_CREDENTIALS', message: expect.any(String) });
    expect(moto.output()).not.toContain(object);
  });
});
