import type { HttpAnswer } from './post-form.ts';
import { sessionCredentials } from './session-credentials.ts';
import { StsErrorAnswer } from './sts-error-answer.ts';
import type { ExpiringCredentials } from './types.ts';
import { childOf, readXml, type XmlElement } from './xml.ts';

/** RFC 3339, as strictly as the SDK reads it; `Date.parse` alone takes much else. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:[-+]\d\d:\d\d|Z)$/i;

/**
 * The credentials in an answer to AssumeRoleWithWebIdentity. What XML holds them goes by the SDK's reading: any root, any
 * order, no prefixes.
 * @throws StsErrorAnswer; Error, CredentialsError for what cannot be read
 */
export function credentialsIn({ status, requestId, body }: HttpAnswer): ExpiringCredentials {
  if (status >= 300) throw errorOf(status, requestId, body.length > 0 ? readXml(body) : undefined);
  const result = childOf(readXml(body), 'AssumeRoleWithWebIdentityResult');
  const credentials = childOf(result, 'Credentials');
  return sessionCredentials(
    ownText(credentials, 'AccessKeyId'),
    ownText(credentials, 'SecretAccessKey'),
    ownText(credentials, 'SessionToken'),
    timeOf(childOf(credentials, 'Expiration')?.text),
  );
}

/** Gateways answer without an error's elements, too. */
function errorOf(status: number, requestId: string | undefined, root: XmlElement | undefined): StsErrorAnswer {
  const error = childOf(root, 'Error') ?? childOf(childOf(root, 'Errors'), 'Error');
  const code = childOf(error, 'Code')?.text ?? (status === 404 ? 'NotFound' : 'Unknown');
  const message = childOf(error, 'Message') ?? childOf(root, 'Message');
  return new StsErrorAnswer(code, message?.text || 'Unknown', { status, requestId });
}

/** A copy: V8 would keep the whole document for each of its parts. */
function ownText(parent: XmlElement | undefined, name: string): string {
  return Buffer.from(childOf(parent, name)?.text ?? '').toString();
}

function timeOf(text = ''): number {
  return TIME.test(text) ? Date.parse(text.toUpperCase()) : Number.NaN;
}
