import { describe, expect, it } from 'vitest';
import { rejectionOf } from '../../../src/signer/verdict.ts';

describe('rejectionOf', () => {
  it.each([
    [403, 'InvalidSignatureException', 'InvalidSignature'],
    [403, 'MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
    [400, 'ExpiredTokenException:http://internal.amazon.com/coral/com.amazon.coral.service/', 'ExpiredToken'],
    [403, 'SignatureDoesNotMatch', 'SignatureDoesNotMatch'],
  ])('%i %s speaks of the signature', (status, errorType, code) => {
    expect(rejectionOf({ status, errorType })).toBe(code);
  });

  it.each([
    [403, 'AccessDeniedException'],
    [403, undefined],
    [200, 'ExpiredTokenException'],
    [500, 'ExpiredTokenException'],
    [403, '__proto__'],
    [Number.NaN, 'ExpiredToken'],
  ])('%s %s does not', (status, errorType) => {
    expect(rejectionOf({ status, errorType })).toBeUndefined();
  });
});
