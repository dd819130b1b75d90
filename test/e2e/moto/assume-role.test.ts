import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';
import { type SignerProcess, startSigner } from '../../support/signer-process.ts';
import { type ClientRequest, send } from '../support/client.ts';
import { type Entrance, gatewayConfig, listenerName, PLACEMENTS, REGION, type Service } from './support/gateway.ts';
import { createRole, createUser, type KeyPair, mayAssume } from './support/identities.ts';
import { type Moto, startMoto } from './support/moto.ts';

const SESSION = 'gateway-session';

/** Users, by the role whose trust policy names them. */
const TRUST = {
  'role-of-ours': ['ours', 'ours-forbidden'],
  'role-of-the-stranger': ['stranger'],
  'role-with-external-id': ['ours'],
} as const;
const ROLES = ['role-of-ours', 'role-of-the-stranger', 'role-with-external-id'] as const;
const USERS = ['ours', 'ours-forbidden', 'stranger'] as const;
const EXTERNAL_ID = 'contract:4711';

type Role = (typeof ROLES)[number];
type User = (typeof USERS)[number];

/** Every user's own policy allows both roles, save the one that forbids: what else is refused, a trust policy refuses. */
const MAY_ASSUME = ROLES.map((role) => mayAssume(role));
const OWN_POLICIES: Record<User, object[]> = {
  ours: MAY_ASSUME,
  stranger: MAY_ASSUME,
  'ours-forbidden': [...MAY_ASSUME, mayAssume('role-of-ours', 'Deny')],
};

interface Way {
  placement: Entrance['placement'];
  user: User;
  role: Role;
  externalId?: string;
  may: boolean;
}

const CASES: readonly Omit<Way, 'placement'>[] = [
  { user: 'ours', role: 'role-of-ours', may: true },
  { user: 'ours', role: 'role-of-the-stranger', may: false },
  { user: 'ours-forbidden', role: 'role-of-ours', may: false },
  { user: 'stranger', role: 'role-of-ours', may: false },
  { user: 'stranger', role: 'role-of-the-stranger', may: true },
  { user: 'ours', role: 'role-with-external-id', externalId: EXTERNAL_ID, may: true },
  // Without any external id moto, other than AWS, does not ask for one.
  { user: 'ours', role: 'role-with-external-id', externalId: 'contract:4712', may: false },
];
const ways = PLACEMENTS.flatMap((placement) => CASES.map((way): Way => ({ placement, ...way })));

function identityOf({ user, role, externalId }: Way): string {
  return [user, 'as', role, externalId?.slice('contract:'.length)].filter(Boolean).join('-');
}

let moto: Moto;
const signers = new Map<User, SignerProcess>();
let envoy: Envoy;

beforeAll(async () => {
  const keys = new Map<User, KeyPair>();
  const roleArns = new Map<Role, string>();
  moto = await startMoto(async (port) => {
    const arns = new Map<User, string>();
    for (const name of USERS) {
      const user = await createUser(port, name, OWN_POLICIES[name]);
      arns.set(name, user.arn);
      keys.set(name, user.keys);
    }
    const work = [{ Effect: 'Allow', Action: ['dynamodb:*', 's3:*'], Resource: '*' }];
    for (const name of ROLES) {
      const principals = TRUST[name].map((user) => arns.get(user) ?? '');
      const condition = { StringEquals: { 'sts:ExternalId': EXTERNAL_ID } };
      const asked = name === 'role-with-external-id' ? condition : undefined;
      roleArns.set(name, await createRole(port, name, principals, work, asked));
    }
  });
  for (const [user, { accessKeyId, secretAccessKey }] of keys) {
    const own = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    signers.set(user, await startSigner({ env: { ...own, AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${moto.port}` } }));
  }
  const entrances = ways.map((way): Entrance => {
    const fields = {
      ...{ credential_source: 'workload', aws_assume_role_arn: roleArns.get(way.role) ?? '', session_name: SESSION },
      ...(way.externalId !== undefined && { external_id: way.externalId }),
    };
    const signerPort = signers.get(way.user)?.listenPort ?? 0;
    return { placement: way.placement, identity: identityOf(way), signerPort, fields };
  });
  envoy = await startEnvoy({ config: gatewayConfig(entrances, moto.port) });
});

afterAll(async () => {
  await Promise.all([envoy, ...signers.values(), moto].map((process) => process?.close()));
});

function ask(way: Way, service: Service, request: ClientRequest) {
  const entrance = { placement: way.placement, identity: identityOf(way) };
  return send(envoy.listenerPorts.get(listenerName(entrance, service)) ?? 0, request);
}

/** Bytes that an entrance has sent to moto, whatever the service. */
async function bytesSent(way: Way): Promise<number | undefined> {
  const name = `cluster.moto-${way.placement}-${identityOf(way)}.upstream_cx_tx_bytes_total`;
  return (await envoy.stats(`^${name.replaceAll('.', '\\.')}$`)).get(name);
}

const listTables: ClientRequest = {
  method: 'POST',
  headers: [
    ['X-Amz-Target', 'DynamoDB_20120810.ListTables'],
    ['Content-Type', 'application/x-amz-json-1.0'],
  ],
  body: '{}',
};
const whoAmI: ClientRequest = {
  method: 'POST',
  headers: [['Content-Type', 'application/x-www-form-urlencoded']],
  body: 'Action=GetCallerIdentity&Version=2011-06-15',
};
const createBucket = (name: string): ClientRequest => ({
  method: 'PUT',
  path: `/${name}`,
  body: `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
});

describe.each(ways.filter(({ may }) => may))(
  '$user as $role, whose trust policy names that user and the external id $externalId, $placement',
  (way) => {
    it('calls STS, DynamoDB and S3 as a session of the role', async () => {
      const bucket = `${identityOf(way)}-${way.placement}`;
      const arn = `arn:aws:sts::123456789012:assumed-role/${way.role}/${SESSION}`;
      expect(await ask(way, 'sts', whoAmI)).toMatchObject({ status: 200, body: expect.stringContaining(`${arn}<`) });
      expect(await ask(way, 'dynamodb', listTables)).toMatchObject({ status: 200, body: '{"TableNames": []}' });
      expect(await ask(way, 's3', createBucket(bucket))).toMatchObject({ status: 200 });
      expect(await ask(way, 's3', { method: 'PUT', path: `/${bucket}/key`, body: 'body' })).toMatchObject({
        status: 200,
      });
      expect(await ask(way, 's3', { path: `/${bucket}/key` })).toMatchObject({ status: 200, body: 'body' });
      expect(await bytesSent(way)).toBeGreaterThan(0);
    });
  },
);

describe.each(ways.filter(({ may }) => !may))(
  '$user may not assume $role, with the external id $externalId, $placement',
  (way) => {
    const bucket = `never-${identityOf(way)}-${way.placement}`;
    it.each<[Service, ClientRequest]>([
      ['dynamodb', listTables],
      ['s3', createBucket(bucket)],
      ['sts', whoAmI],
    ])('so that nothing reaches %s', async (service, request) => {
      const { status, body } = await ask(way, service, request);
      expect({ status, body: JSON.parse(body) }).toEqual({
        status: 500,
        body: { code: 'SIGV4_ROLE_ACCESS_DENIED', message: 'the workload may not assume the role' },
      });
      expect(await bytesSent(way)).toBe(0);
      expect(moto.output()).not.toContain(bucket);
    });
  },
);
