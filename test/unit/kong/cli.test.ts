import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG, HOST } from './support.ts';

const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'kong');

function run(args: readonly string[], input: string | object = '') {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const { PATH } = process.env;
  const options = { cwd: FIXTURES, input: text, env: { PATH }, encoding: 'utf8' as const };
  return spawnSync(process.execPath, [MAIN, 'kong', ...args], options);
}

function kong(route: object, plugins: readonly object[] = [{ name: 'aws-request-signing', config: CONFIG }]) {
  const services = [{ name: 's', url: `https://${HOST}`, plugins, routes: [{ paths: ['/r'], ...route }] }];
  return { _format_version: '3.0', services };
}

describe('sigv4-extproc kong', () => {
  it('prints YAML, and says on standard error what to look at', () => {
    const { status, stdout, stderr } = run(['seed.yaml']);
    expect(status).toBe(0);
    expect(stdout).toContain('static_resources:');
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/^note: seed\.yaml: services\[0\]\.routes\[1\]\.plugins\[0\]: /);
  });

  it('reads standard input, and is silent where there is nothing to say', () => {
    const { status, stdout, stderr } = run(['-'], kong({ name: 'r' }));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).not.toMatch(/To look at|Not carried over/);
  });

  it('prints the metadata alone', () => {
    const { status, stdout } = run(['--metadata-only', '-'], kong({ name: 'r' }));
    expect(status).toBe(0);
    expect(stdout).toMatch(/\nr:\n {2}filter_metadata:\n {4}aws-request-signing:\n {6}compat: kong\n/);
    expect(stdout).not.toContain('cluster');
  });

  it('prints what it can, and ends with 1 where something is left out', () => {
    const { status, stdout, stderr } = run(['left-out.json']);
    expect(status).toBe(1);
    expect(stdout).toContain('# Not carried over:');
    expect(stderr).toMatch(/^error: left-out\.json: /);
  });

  it.each<[string, string[], string | object, string]>([
    ['nothing to convert', ['-'], kong({}, []), 'nothing to convert'],
    ['no such file', ['nowhere.yaml'], '', 'nowhere.yaml: cannot be read (ENOENT)'],
    ['another file', ['-'], 'a: 1\n', 'not a Kong declarative config'],
    ['no file', [], '', 'missing required argument'],
    ['an unknown option', ['--nope', '-'], '', '--nope'],
  ])('with %s prints nothing and ends with 1', (_, args, input, says) => {
    const { status, stdout, stderr } = run(args, input);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('lets no name of the file leave its comment, or reach a terminal as it is', () => {
    const name = 'a\nadmin: {}\u001b[31m\u2028\u202e';
    const { stdout, stderr } = run(
      ['-'],
      kong({ name, methods: ['GET'] }, [{ name: 'aws-request-signing', config: CONFIG }, { name: `key-auth${name}` }]),
    );
    for (const text of [stdout, stderr]) {
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\u2028]/u);
      expect(text).not.toMatch(/^admin: \{\}/m);
    }
  });
});
