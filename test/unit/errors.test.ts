import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  asSignerError,
  ConfigError,
  CredentialsError,
  ERROR_TABLE,
  type ErrorDefinition,
  InternalError,
  RequestError,
  SignerError,
  TokenError,
} from '../../src/errors/index.ts';

const definitions: [string, ErrorDefinition][] = Object.entries(ERROR_TABLE);

/** The rows `| CODE | status | when |` of the docs' table. */
async function documentedErrors(): Promise<[string, number, string][]> {
  const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\|\s*`?(SIGV4_\w+)`?\s*\|\s*(\d{3})\s*\|\s*(.*?)\s*\|\s*$/gm);
  return [...rows].map(([, code = '', status, when = '']) => [code, Number(status), when]);
}

describe('the table of errors', () => {
  it('has as many codes as it had when this was last looked at', () => {
    expect(definitions).toHaveLength(24);
  });

  it('is the one in the docs, row by row', async () => {
    expect(await documentedErrors()).toEqual(definitions.map(([code, { status, when }]) => [code, status, when]));
  });

  it.each(definitions)('%s has a status that its family can have', (code, { family, status, retryAfterSeconds }) => {
    expect(code).toMatch(/^SIGV4_[A-Z_]+$/);
    const statuses = {
      config: [500, 403],
      request: [400, 411, 413, 500, 503],
      token: [401],
      credentials: [403, 500, 503],
      internal: [500],
    };
    expect(statuses[family]).toContain(status);
    expect(retryAfterSeconds !== undefined).toBe(status === 503);
  });
});

describe('the classes', () => {
  it.each([
    ['ConfigError', new ConfigError('SIGV4_CONFIG_INVALID', 'm'), 500],
    ['RequestError', new RequestError('SIGV4_PROCESSING_MODE', 'm'), 500],
    ['TokenError', new TokenError('SIGV4_TOKEN_MISSING', 'm'), 401],
    ['CredentialsError', new CredentialsError('SIGV4_STS_UNAVAILABLE', 'm'), 503],
    ['InternalError', new InternalError(new Error('x')), 500],
  ])('%s bears its name, its status and no cause that was not given', (name, error, status) => {
    expect(error).toBeInstanceOf(SignerError);
    expect(error).toMatchObject({ name, status });
    expect(String(error)).toBe(`${name}: ${error.message}`);
    expect(error.retryAfterSeconds).toBe(status === 503 ? 1 : undefined);
  });

  it('keeps what a defect was in the cause alone', () => {
    const cause = new TypeError('arn:aws:iam::1:role/secret');
    const error = asSignerError(cause);
    expect(error).toMatchObject({ code: 'SIGV4_INTERNAL', status: 500, cause });
    expect(error.message).not.toContain('arn:');
    for (const thrown of ['text', undefined, null, 7]) expect(asSignerError(thrown).code).toBe('SIGV4_INTERNAL');
  });

  it('leaves a SignerError as it is', () => {
    const error = new TokenError('SIGV4_TOKEN_EXPIRED', 'm');
    expect(asSignerError(error)).toBe(error);
  });
});
