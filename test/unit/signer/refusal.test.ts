import { describe, expect, it } from 'vitest';
import type { RefusalStyle } from '../../../src/config/index.ts';
import { ConfigError, CredentialsError, type StsRefusal, TokenError } from '../../../src/errors/index.ts';
import { refusalOf } from '../../../src/signer/refusal.ts';

const ARN = 'arn:aws:iam::123456789012:role/a';
const STS: StsRefusal = {
  roleArn: ARN,
  status: 400,
  response: { Error: { Code: 'InvalidIdentityToken', Message: 'no', Type: 'Sender' }, RequestId: 'r' },
};
const refused = new TokenError('SIGV4_TOKEN_INVALID', 'not accepted', { sts: STS });
const unavailable = new CredentialsError('SIGV4_STS_UNAVAILABLE', 'not reached');
const KONG_MESSAGE = "Error fetching STS credentials. Enable 'return_aws_sts_error' in config for details.";

const answer = (error: Parameters<typeof refusalOf>[0], style?: Partial<RefusalStyle>) => {
  const { status, body } = refusalOf(error, { kong: false, stsError: false, ...style });
  return { status, body: JSON.parse(body) };
};

describe('a refusal', () => {
  it('is its code and message, and nothing of STS', () => {
    expect(answer(refused)).toEqual({ status: 401, body: { message: 'not accepted', code: 'SIGV4_TOKEN_INVALID' } });
    expect(JSON.stringify(refusalOf(refused))).not.toContain(ARN);
  });

  it('is STS’s own with return_aws_sts_error', () => {
    expect(answer(refused, { stsError: true })).toEqual({
      status: 400,
      body: { message: `Unable to assume role [${ARN}]`, code: 'SIGV4_TOKEN_INVALID', stsResponse: STS.response },
    });
    expect(answer(unavailable, { stsError: true }).status).toBe(503);
  });

  it.each([refused, unavailable])('is the plugin’s in Kong’s mode: %s', (error) => {
    expect(answer(error, { kong: true })).toEqual({ status: 401, body: { message: KONG_MESSAGE } });
  });

  it('is the plugin’s in Kong’s mode with return_aws_sts_error', () => {
    expect(answer(refused, { kong: true, stsError: true })).toEqual({
      status: 400,
      body: { message: `Unable to assume role [${ARN}]`, stsResponse: STS.response },
    });
    expect(answer(unavailable, { kong: true, stsError: true }).status).toBe(503);
  });

  it('that is not of STS has its own status in Kong’s mode, and no code in its body', () => {
    const invalid = new ConfigError('SIGV4_CONFIG_INVALID', 'wrong');
    expect(answer(invalid, { kong: true })).toEqual({ status: 500, body: { message: 'wrong' } });
    const missing = new TokenError('SIGV4_TOKEN_MISSING', 'none');
    expect(answer(missing, { kong: true })).toEqual({ status: 401, body: { message: 'none' } });
  });

  it('says by its headers what it is, when to come again, and what a 401 expects', () => {
    expect(refusalOf(unavailable).headers).toEqual([
      ['content-type', 'application/json'],
      ['retry-after', '1'],
      ['x-amzn-errortype', 'SIGV4_STS_UNAVAILABLE'],
    ]);
    expect(refusalOf(refused, { kong: false, stsError: true }).headers.map(([name]) => name)).not.toContain(
      'www-authenticate',
    );
    expect(refusalOf(unavailable, { kong: true, stsError: false }).headers).toContainEqual([
      'www-authenticate',
      'Bearer',
    ]);
  });
});
