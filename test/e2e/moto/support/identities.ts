const USER = 'gateway';
const ROLE = 'writer';
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
  const iam = (action: string, parameters: Record<string, string>) => callIam(port, action, parameters);
  const userArn = element(await iam('CreateUser', { UserName: USER }), 'Arn');
  const trust = [{ Effect: 'Allow', Principal: { AWS: userArn }, Action: 'sts:AssumeRole' }];
  const role = { RoleName: ROLE, AssumeRolePolicyDocument: policy(trust) };
  const roleArn = element(await iam('CreateRole', role), 'Arn');

  const work = [
    { Effect: 'Allow', Action: SERVICES.map((service) => `${service}:*`), Resource: '*' },
    { Effect: 'Deny', Action: 'dynamodb:DeleteTable', Resource: '*' },
  ];
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn };
  const PolicyName = 'work';
  await iam('PutRolePolicy', { RoleName: ROLE, PolicyName, PolicyDocument: policy(work) });
  await iam('PutUserPolicy', { UserName: USER, PolicyName, PolicyDocument: policy([...work, assume]) });

  const key = await iam('CreateAccessKey', { UserName: USER });
  const user = { accessKeyId: element(key, 'AccessKeyId'), secretAccessKey: element(key, 'SecretAccessKey') };
  return { user, userArn, roleArn };
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
