const USER = 'gateway';
const ROLE = 'writer';
/** The one that moto takes requests to be of. */
const ACCOUNT = '123456789012';
const SERVICES = ['dynamodb', 'sqs', 's3', 'sns', 'kms'];

export interface KeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Identities {
  user: KeyPair;
  userArn: string;
  roleArn: string;
}

/** Makes a user and a role, to each of which all is allowed but `dynamodb:DeleteTable`; the user may assume the role. */
export async function setUpIdentities(port: number): Promise<Identities> {
  const work = [
    { Effect: 'Allow', Action: SERVICES.map((service) => `${service}:*`), Resource: '*' },
    { Effect: 'Deny', Action: 'dynamodb:DeleteTable', Resource: '*' },
  ];
  const { arn: userArn, keys: user } = await createUser(port, USER, [...work, mayAssume(ROLE)]);
  const roleArn = await createRole(port, ROLE, [userArn], work);
  return { user, userArn, roleArn };
}

/** The statement of an identity's own policy about a role. */
export function mayAssume(role: string, Effect: 'Allow' | 'Deny' = 'Allow'): object {
  return { Effect, Action: 'sts:AssumeRole', Resource: `arn:aws:iam::${ACCOUNT}:role/${role}` };
}

/** Makes a user with a policy and a key pair. Only before moto checks. */
export async function createUser(
  port: number,
  UserName: string,
  statements: object[],
): Promise<{ arn: string; keys: KeyPair }> {
  const arn = element(await callIam(port, 'CreateUser', { UserName }), 'Arn');
  await callIam(port, 'PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument: policy(statements) });
  const key = await callIam(port, 'CreateAccessKey', { UserName });
  const keys = { accessKeyId: element(key, 'AccessKeyId'), secretAccessKey: element(key, 'SecretAccessKey') };
  return { arn, keys };
}

/**
 * Makes a role with a policy, whose trust policy lets principals assume it, on a condition. Only before moto checks.
 * @returns its ARN
 */
export async function createRole(
  port: number,
  RoleName: string,
  principals: string[],
  statements: object[],
  Condition?: object,
): Promise<string> {
  const who = { Effect: 'Allow', Principal: { AWS: principals }, Action: 'sts:AssumeRole' };
  const trust = [{ ...who, ...(Condition && { Condition }) }];
  const role = { RoleName, AssumeRolePolicyDocument: policy(trust) };
  const arn = element(await callIam(port, 'CreateRole', role), 'Arn');
  await callIam(port, 'PutRolePolicy', { RoleName, PolicyName: 'own', PolicyDocument: policy(statements) });
  return arn;
}

async function callIam(port: number, action: string, parameters: Record<string, string>): Promise<string> {
  // Moto knows the service by the credential scope, and checks no signature yet.
  const authorization =
    'AWS4-HMAC-SHA256 Credential=setup/20260101/us-east-1/iam/aws4_request, SignedHeaders=, Signature=';
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { authorization }, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${action} answered ${answer.status}: ${text}`);
  return text;
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`no ${name} in ${xml}`);
  return text;
}

function policy(statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
