import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const SOURCE = new URL('../../../src/', import.meta.url).href;
const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
const SESSION = `IQoJb3JpZ2lu//+${'Ab3/+x'.repeat(30)}==`;

/** What a fresh process writes to its standard output when `code` runs with `log`, the classes of errors and `TOKEN`. */
async function logged(code: string, level = 'info'): Promise<{ text: string; line: Record<string, unknown> }> {
  const script = `
    import { createLogger } from '${SOURCE}server/log.ts';
    import { CredentialsError, InternalError, TokenError } from '${SOURCE}errors/index.ts';
    const TOKEN = '${TOKEN}', SESSION = '${SESSION}';
    const log = createLogger('${level}');
    ${code}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script]);
  return { text: stdout, line: JSON.parse(stdout.split('\n')[0] || '{}') as Record<string, unknown> };
}

describe('the log', () => {
  it('is one JSON line with time, level and message', async () => {
    const { line } = await logged(`log.info({ listen: 'x' }, 'ready')`);
    expect(line).toMatchObject({ level: 30, msg: 'ready', listen: 'x', time: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(line).not.toHaveProperty('hostname');
  });

  it('keeps to its level', async () => {
    expect((await logged(`log.info('quiet'); log.debug('quiet')`, 'warn')).text).toBe('');
    expect((await logged(`log.fatal('quiet')`, 'silent')).text).toBe('');
  });

  it.each(['token', 'authorization', 'secretAccessKey', 'sessionToken'])('strikes out %s', async (name) => {
    const { text } = await logged(`log.info({ ${name}: 'secret-1', inner: { ${name}: 'secret-2' } }, 'm')`);
    expect(text).not.toContain('secret-');
    expect(text.match(/\[redacted\]/g)).toHaveLength(2);
  });

  it('shows why a request was refused: code, message and cause, without stacks', async () => {
    const { line } = await logged(
      `log.warn({ err: new CredentialsError('SIGV4_STS_UNAVAILABLE', 'down', { cause: Object.assign(new Error('refused'), { $metadata: {} }) }) }, 'm')`,
    );
    expect(line.err).toEqual({
      name: 'CredentialsError',
      message: 'down',
      cause: { name: 'Error', message: 'refused' },
    });
  });

  it('shows the stack of a defect', async () => {
    const { line } = await logged(`log.error({ err: new InternalError(new TypeError('x is not y')) }, 'm')`);
    expect(line.err).toMatchObject({ cause: { name: 'TypeError', stack: expect.stringContaining('x is not y') } });
  });

  it.each([
    [
      'a JWT in a cause’s message',
      "new TokenError('SIGV4_TOKEN_INVALID', 'm', { cause: new Error('bad token ' + TOKEN) })",
    ],
    ['a JWT in a cause’s cause', "new InternalError(new Error('a', { cause: new Error('sent <' + TOKEN + '>') }))"],
    ['a JWT in a thrown text', "new InternalError('no ' + TOKEN)"],
    ['a JWT in a URL', "new InternalError(new Error('POST /?WebIdentityToken=' + TOKEN + '&x=1'))"],
    ['a bearer value', "new InternalError(new Error('authorization: Bearer ' + TOKEN))"],
    ['a session token', "new InternalError(new Error('x-amz-security-token: ' + SESSION))"],
    ['a JWT without a signature', "new InternalError(new Error(TOKEN.split('.').slice(0, 2).join('.')))"],
  ])('strikes out %s', async (_, error) => {
    const { text } = await logged(`log.error({ err: ${error} }, 'm')`);
    for (const part of [...TOKEN.split('.'), SESSION.slice(20, 60)]) expect(text).not.toContain(part);
    expect(text).toContain('[redacted]');
  });

  it('strikes out an opaque bearer token', async () => {
    const { text } = await logged(`log.error({ err: new Error('bearer opaque-1~2+3/4==') }, 'm')`);
    expect(text).not.toContain('opaque');
  });

  it('tells what an AggregateError holds, as of a refused connection', async () => {
    const { text } = await logged(
      `log.warn({ err: new CredentialsError('SIGV4_STS_UNAVAILABLE', 'm', { cause: new AggregateError([new Error('connect ECONNREFUSED 127.0.0.1:9')]) }) }, 'm')`,
    );
    expect(text).toContain('ECONNREFUSED');
  });

  it('writes an error that is its own cause', async () => {
    const { line } = await logged(`const e = new Error('round'); e.cause = e; log.error({ err: e }, 'm')`);
    expect(line).toMatchObject({ msg: 'm' });
  });
});
