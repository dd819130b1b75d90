import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASE, ROLE } from './support.ts';

const MAIN = new URL('../../../src/cli/main.ts', import.meta.url).pathname;
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAQRSTUVWXYZ234567', AWS_SECRET_ACCESS_KEY: 'secret-of-the-environment' };
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'explain-'));
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
  file('route.yaml', `aws-request-signing:\n  aws_region: eu-west-1\n  aws_service: execute-api\n`);
  file('caller.json', JSON.stringify({ ...BASE, ...ROLE }));
  file('list.yaml', '- a\n');
  file('server.yaml', 'unconfigured: pass\nprofiles: {orders: {aws_region: eu-west-1, aws_service: s3}}\n');
  file('bad.yaml', 'lisen: x\n');
  file('empty', '\n');
  file('request.http', 'GET / HTTP/1.1\nhost: a.test\n\n');
  file('moved.json', JSON.stringify({ canonicalRequest: 'GET\n/x\n\nhost:a.test\n\nhost\nUNSIGNED-PAYLOAD' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: readonly string[], { input = '', env = {} }: { input?: string; env?: object } = {}) {
  const { PATH } = process.env;
  const options = { cwd: folder, input, env: { PATH, ...env }, encoding: 'utf8' as const };
  return spawnSync(process.execPath, [MAIN, 'explain', ...args], options);
}

const ROUTE = ['--route', 'route.yaml', '--request', 'request.http'];

describe('sigv4-extproc explain', () => {
  it.each<[string, number, string[], { input?: string; env?: object }?]>([
    ['explains', 0, ROUTE],
    ['reads standard input', 0, ['--route', 'route.yaml', '--request', '-'], { input: 'GET /\nhost: a\n' }],
    ['takes a profile', 0, ['--config', 'server.yaml', '--profile', 'orders', '--request', 'request.http']],
    ['takes what passes', 0, ['--config', 'server.yaml', '--request', 'request.http']],
    ['takes keys of the environment', 0, [...ROUTE, '--credentials', 'env'], { env: KEYS }],
    ['understands other answers', 0, [...ROUTE, '--aws-answer', '-'], { input: '{"message":"Forbidden"}' }],
    ['finds a difference', 1, [...ROUTE, '--aws-answer', 'moved.json']],
    ['finds a refusal', 1, ['--route', 'caller.json', '--request', 'request.http']],
    ['finds an unknown profile', 1, ['--config', 'server.yaml', '--profile', 'x', '--request', 'request.http']],
  ])('%s: exit code %d', (_, code, args, options) => {
    const { status, stdout, stderr } = run(args, options);
    expect(stderr).toBe('');
    expect(status).toBe(code);
    expect(stdout).toMatch(/^Request, as the client sends it\n/);
    expect(stdout).not.toContain('\x1b');
  });

  it.each<[string, string, string[], { input?: string }?]>([
    ['no request', 'give the request', ['--route', 'route.yaml']],
    ['no route', "give the route's config", ['--request', 'request.http']],
    ['no such file', 'nowhere: cannot be read (ENOENT)', ['--route', 'nowhere', '--request', 'request.http']],
    ['a route that is none', 'aws-request-signing', ['--route', 'list.yaml', '--request', 'request.http']],
    ['a bad server file', 'lisen', ['--config', 'bad.yaml', '--request', 'request.http']],
    ['a profile of nothing', '--profile needs --config', [...ROUTE, '--profile', 'x']],
    ['a bad curl line', '--foo', ['--route', 'route.yaml', '--curl', 'curl --foo http://a']],
    ['both', 'cannot be used with', [...ROUTE, '--curl', 'curl http://a']],
    ['an empty answer', 'empty: holds no answer', [...ROUTE, '--aws-answer', 'empty']],
    ['standard input twice', 'only one of', ['--route', 'route.yaml', '--request', '-', '--aws-answer', '-']],
    ['no keys', 'AWS_ACCESS_KEY_ID', [...ROUTE, '--credentials', 'env']],
    ['a bad time', '--at', [...ROUTE, '--at', 'noon']],
    ['an unknown option', '--nope', [...ROUTE, '--nope']],
  ])('with %s says so: exit code 2', (_, says, args, options) => {
    const { status, stdout, stderr } = run(args, options);
    expect(stderr).toContain(says);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('prints JSON, without a secret in it', () => {
    const { stdout } = run([...ROUTE, '--credentials', 'env', '--format', 'json', '--at', '20261122T101112Z'], {
      env: KEYS,
    });
    const report = JSON.parse(stdout) as { outcome: string; signing: { stringToSign: string[]; signature: string } };
    expect(report.outcome).toBe('signed');
    expect(report.signing.stringToSign[1]).toBe('20261122T101112Z');
    expect(report.signing.signature).toMatch(/^[0-9a-f]{8}…$/);
    expect(stdout).not.toContain(KEYS.AWS_ACCESS_KEY_ID);
    expect(stdout).not.toContain(KEYS.AWS_SECRET_ACCESS_KEY);
  });
});
