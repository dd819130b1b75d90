import { hash } from 'node:crypto';

const LONGEST = 64;
const SHORTEST = 2;

/**
 * A text made fit for RoleSessionName. One that had to be changed ends in `-` and 8 hex digits of the original's
 * SHA-256, so that two originals never become one name.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export function cleanSessionName(original: string): string {
  const cleaned = original.replaceAll(/[^\w+=,.@-]/g, '-');
  if (cleaned === original && cleaned.length >= SHORTEST && cleaned.length <= LONGEST) return original;
  const suffix = `-${hash('sha256', original).slice(0, 8)}`;
  return cleaned.slice(0, LONGEST - suffix.length) + suffix;
}

/** Of a role whose session has no name of its own. */
export function sessionNameOfRole(arn: string): string {
  return cleanSessionName(arn.slice(arn.lastIndexOf('/') + 1));
}
