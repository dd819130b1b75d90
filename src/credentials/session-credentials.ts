import { unreadableAnswer } from './sts-errors.ts';
import type { ExpiringCredentials } from './types.ts';

/**
 * The credentials of a role session, of what an answer of STS held.
 * @param expiresAt milliseconds since the epoch
 * @throws CredentialsError SIGV4_STS_UNAVAILABLE where any is missing
 */
export function sessionCredentials(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
  expiresAt: number | undefined,
): ExpiringCredentials {
  if (!accessKeyId || !secretAccessKey || !sessionToken || expiresAt === undefined || !Number.isFinite(expiresAt)) {
    throw unreadableAnswer();
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}
