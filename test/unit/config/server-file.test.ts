import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SERVER_CONFIG, loadServerFile, ServerFileError } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';

function problemsOf(text: string): readonly string[] {
  try {
    parseServerFile(text, 'server.yaml');
  } catch (error) {
    if (error instanceof ServerFileError) return error.problems;
    throw error;
  }
  return [];
}

describe('a good file', () => {
  it.each(['', '# nothing\n', '{}', 'null'])('%j is the defaults', (text) => {
    expect(parseServerFile(text, 'f')).toEqual(DEFAULT_SERVER_CONFIG);
  });

  it('says all that can be said', () => {
    const config = parseServerFile(
      `
listen: unix:/run/sigv4.sock
admin: 127.0.0.1:9902
log: {level: debug}
unconfigured: pass
sts_timeout: 1.5
cache: {max_entries: 10}
defaults: &base
  aws_region: eu-west-1
profiles:
  lambda: {aws_service: lambda, payload: signed}
  same: *base
`,
      'f',
    );
    expect(config).toMatchObject({
      listen: 'unix:/run/sigv4.sock',
      admin: '127.0.0.1:9902',
      logLevel: 'debug',
      unconfigured: 'pass',
      stsTimeoutMs: 1500,
      cache: { maxEntries: 10, maxEntriesPerCaller: 1000 },
      defaults: { origin: 'defaults', fields: { aws_region: 'eu-west-1' } },
    });
    expect(config.profiles.get('lambda')).toEqual({
      origin: 'profile',
      fields: { aws_service: 'lambda', payload: 'signed' },
    });
    expect(config.profiles.get('same')?.fields).toEqual({ aws_region: 'eu-west-1' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('may be JSON', () => {
    expect(parseServerFile('{"unconfigured": "pass"}', 'f').unconfigured).toBe('pass');
  });

  it('may leave service and region to the routes', () => {
    expect(problemsOf('profiles: {a: {payload: unsigned}}')).toEqual([]);
  });
});

describe('a bad file names file, line and field', () => {
  it.each<[string, string, string[]]>([
    ['a syntax error', 'listen: a\nadmin: [\n', ['server.yaml:3: ']],
    ['a tab', 'defaults:\n\taws_region: x\n', ['server.yaml:2: ']],
    ['an unknown field', 'listen: a\nlisen: b\n', ['server.yaml:2: lisen is not a known field']],
    ['an unknown nested field', 'log:\n  levl: info\n', ['server.yaml:2: log.levl is not a known field']],
    ['a wrong type', 'listen: 7\n', ['server.yaml:1: listen must be a string']],
    ['a wrong word', 'log:\n  level: loud\n', ['server.yaml:2: log.level must be one of trace, ']],
    [
      'a wrong type in a profile',
      'profiles:\n  a:\n    aws_region: eu-west-1\n    duration_seconds: long\n',
      ['server.yaml:4: profiles.a.duration_seconds must be a number'],
    ],
    [
      'an unknown field in a profile',
      'profiles:\n  a:\n    aws_regoin: eu-west-1\n',
      ['server.yaml:3: profiles.a.aws_regoin is not a known field'],
    ],
    [
      'a wrong list item',
      'defaults:\n  signed_headers:\n    - accept\n    - host\n',
      ['server.yaml:4: defaults.signed_headers[1] must not be'],
    ],
    ['a number out of range', 'sts_timeout: 0\n', ['server.yaml:1: sts_timeout must be at least 0.1']],
    ['a duplicate key', 'defaults:\n  aws_region: a\n  aws_region: b\n', ['server.yaml:3: ']],
    ['a profile without content', 'profiles:\n  a:\n', ['server.yaml:2: profiles.a must be an object']],
    ['a list', '- a\n', ['server.yaml:1: the file must be an object']],
    ['a text', 'hello\n', ['server.yaml:1: the file must be an object']],
    ['two documents', 'listen: a\n---\nadmin: b\n', ['server.yaml:2: ']],
    [
      'several at once',
      'listen: 1\nadmin: 2\nprofiles: {a: {payload: x}}\n',
      ['server.yaml:1: listen', 'server.yaml:2: admin', 'server.yaml:3: profiles.a.payload'],
    ],
    [
      'a contradiction in a layer',
      'defaults: {sign_host: a.test, use_altered_target: true}\n',
      ['server.yaml:1: defaults is invalid: '],
    ],
    [
      'a contradiction of a profile and the defaults',
      'defaults: {aws_region: eu-west-1, payload: unsigned}\nprofiles:\n  a: {aws_service: lambda}\n',
      ['server.yaml:3: profiles.a is invalid: '],
    ],
    [
      'a merge key, which YAML 1.2 does not know',
      'defaults: &a {payload: signed}\nprofiles:\n  b:\n    <<: *a\n',
      ['server.yaml:'],
    ],
  ])('%s', (_, text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(expected.length);
    for (const [index, start] of expected.entries()) {
      expect(problems[index]?.startsWith(start), `${problems[index]} starts ${start}`).toBe(true);
    }
  });

  it('never repeats a value of a field', () => {
    const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
    for (const text of [`listen: {a: ${secret}}`, `unconfigured: ${secret}`, `defaults: {payload: ${secret}}`]) {
      expect(problemsOf(text).join()).toMatch(/^server.yaml:1: /);
      expect(problemsOf(text).join()).not.toContain(secret);
    }
  });

  it.each([
    ['an alias of nothing', 'defaults: *nope\n'],
    [
      'aliases that grow without bounds',
      'defaults:\n  signed_headers: &a [x,x,x,x,x,x,x,x,x]\n  allowed_hosts: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n  profile: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n  aws_profile: [*c,*c,*c,*c]\n',
    ],
  ])('%s is a problem of the file', (_, text) => {
    expect(problemsOf(text)).toHaveLength(1);
    expect(problemsOf(text)[0]).toMatch(/^server\.yaml:\d+: /);
  });

  it('a field whose value stands below it is named by its own line', () => {
    expect(problemsOf('defaults:\n  aws_rgion:\n    x: 1\n')[0]).toMatch(/^server\.yaml:2: /);
    expect(
      problemsOf(
        'defaults: {aws_region: eu-west-1}\nprofiles:\n  a:\n    aws_service: lambda\n    payload: unsigned\n',
      )[0],
    ).toMatch(/^server\.yaml:3: /);
  });

  it('sts_timeout is whole milliseconds, whatever its fraction', () => {
    for (const seconds of [2.01, 1.005, 0.1111]) {
      expect(parseServerFile(`sts_timeout: ${seconds}`, 'f').stsTimeoutMs).toBe(Math.round(seconds * 1000));
    }
  });

  it('a profile within a profile, which would be ignored, is refused', () => {
    expect(problemsOf('profiles: {a: {profile: b}, b: {payload: signed}}')).not.toEqual([]);
  });
});

describe('loadServerFile', () => {
  it('reads a file, and says which one it cannot read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'server-file-'));
    try {
      const path = join(folder, 'server.yaml');
      await writeFile(path, 'unconfigured: pass\n');
      expect(await loadServerFile(path)).toMatchObject({ unconfigured: 'pass' });
      await expect(loadServerFile(join(folder, 'absent'))).rejects.toMatchObject({
        problems: [`${join(folder, 'absent')}: cannot be read (ENOENT)`],
      });
      await expect(loadServerFile(folder)).rejects.toThrow(ServerFileError);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
