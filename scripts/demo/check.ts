import type { AwsRecord } from './journal.ts';
import type { Observation } from './play.ts';
import type { Scene, SignedExpectation } from './scenes.ts';

const SCOPE = /^\d{8}\/us-east-1\/execute-api\/aws4_request$/;
const MUST_BE_SIGNED = ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];

/** The headers of the client's that must not reach AWS as they were sent. */
export const REPLACED = ['authorization', 'x-amz-date', 'x-amz-security-token'];

export interface CheckContext {
  /** The access key that a scene was signed with, by its number. */
  keyOf: (scene: number) => string | undefined;
  /** A signer that ran before may have the workload's role in its cache. */
  mayHaveCachedRole: boolean;
}

/** Everything that did not go as the scene says, a sentence each. None: all is well. */
export function deviations(scene: Scene, seen: Observation, context: CheckContext): string[] {
  const wrong: string[] = [];
  const expect = (what: string, actual: unknown, expected: unknown) => {
    if (actual !== expected) wrong.push(`${what}: expected ${expected}, saw ${actual}`);
  };
  expect('status', seen.answer.status, scene.status);
  expect('code', seen.code, scene.code);
  if (scene.status === 503) expect('retry-after', seen.answer.headers['retry-after'], '1');
  const calls = seen.sts.map(({ action, outcome }) => `${action} ${outcome}`).join(', ') || 'no call';
  const cached = context.mayHaveCachedRole && scene.signed?.role && !scene.signed.subject && calls === 'no call';
  const due = typeof scene.sts === 'string' ? 'no call' : `${scene.sts.action} ${scene.sts.outcome}`;
  if (!cached) expect('sts', calls, due);
  expect('requests that reached aws', seen.awsStarted, scene.signed || scene.via === 'aws' ? 1 : 0);

  const [record] = seen.aws;
  if (scene.signed)
    wrong.push(...(record ? signatureFaults(scene.signed, scene, seen, record, context) : ['no request at aws']));
  else if (record?.signed) wrong.push('aws took a request that was not to be signed');
  return wrong;
}

function signatureFaults(
  due: SignedExpectation,
  scene: Scene,
  { sent, token }: Observation,
  { method, path, body, headers, signed, refusal }: AwsRecord,
  { keyOf }: CheckContext,
): string[] {
  if (!signed) return [`aws refused the signature: ${refusal}`];
  const carriesToken = token !== undefined && Object.values(headers).some((value) => value.includes(token));
  const key = signed.accessKeyId;
  const known = due.sameKeyAs && keyOf(due.sameKeyAs);
  const checks: [sentence: string, holds: boolean][] = [
    [`the principal is ${signed.principal}`, signed.principal === sessionArn(due.role)],
    [`the web identity is ${signed.subject}`, signed.subject === due.subject],
    [`the scope is ${signed.scope}`, SCOPE.test(signed.scope)],
    [`the host is ${headers.host}`, headers.host === due.host],
    [`the request is ${method} ${path}`, method === scene.method && path === scene.path],
    ['the body is another', body === (scene.body ?? '')],
    [`only ${signed.headers} are signed`, MUST_BE_SIGNED.every((name) => signed.headers.includes(name))],
    ["the caller's token reached aws", !carriesToken],
    ["a header of the client's reached aws", REPLACED.every((name) => !sent[name] || sent[name] !== headers[name])],
    ['another access key than before', due.sameKeyAs === undefined || key === known],
    ["somebody else's access key", due.sameKeyAs !== undefined || key !== keyOf(2)],
  ];
  return checks.filter(([, holds]) => !holds).map(([sentence]) => sentence);
}

function sessionArn(roleArn: string): string {
  return `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/demo`;
}
