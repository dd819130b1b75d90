import type { Identity } from '../config/index.ts';
import { type Credentials, percentDecode } from '../signing/index.ts';
import type { AwsAnswer } from './aws-answer.ts';
import { parseCanonicalRequest } from './canonical-lines.ts';
import { InputError } from './client-request.ts';

/** The keys of AWS's own examples and of its signing test suite. */
const EXAMPLE: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const EXAMPLE_SESSION_TOKEN = 'example-session-token';

export type CredentialChoice = 'example' | 'env';

/**
 * The credentials to explain with: never the route's role's, as no STS is called. The keys that a role gives come with
 * a session token, so the example of them has one.
 * @throws InputError where the environment holds none
 */
export function credentialsToExplainWith(
  choice: CredentialChoice,
  identity: Identity,
  env: Readonly<Record<string, string | undefined>>,
): Credentials {
  if (choice === 'example')
    return identity.role || identity.chain.length > 0 ? { ...EXAMPLE, sessionToken: EXAMPLE_SESSION_TOKEN } : EXAMPLE;
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new InputError('--credentials env needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment');
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/**
 * The credentials as far as AWS saw them: which key id and token a request was signed with is no difference of canonical
 * form, so that both are taken from AWS's answer where it shows them.
 */
export function asAwsSaw(credentials: Credentials, answer: AwsAnswer): Credentials {
  const { query = '', headers } = parseCanonicalRequest(answer.canonicalRequest ?? '') ?? {};
  const parameter = (name: string) => new RegExp(`(?:^|&)${name}=([^&]*)`).exec(query)?.[1];
  const credential = parameter('X-Amz-Credential');
  const accessKeyId = credential && percentDecode(credential).split('/')[0];
  const queryToken = parameter('X-Amz-Security-Token');
  const sessionToken = headers?.get('x-amz-security-token') ?? (queryToken && percentDecode(queryToken));
  return { ...credentials, ...(accessKeyId && { accessKeyId }), ...(sessionToken && { sessionToken }) };
}
