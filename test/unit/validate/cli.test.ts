import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from './support.ts';

const MAIN = join(REPOSITORY, 'src', 'cli', 'main.ts');
const CORPUS = join(REPOSITORY, 'test', 'corpus', 'validate');
const SECRET = 'wJalrXUtnFEMI-K7MDENG';
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'validate-'));
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'tree', 'deep'), { recursive: true });
  cpSync(join(CORPUS, 'right', 'downstream.yaml'), join(folder, 'right.yaml'));
  cpSync(join(CORPUS, 'wrong', 'failure-mode-allow.yaml'), join(folder, 'tree', 'deep', 'open.yml'));
  cpSync(join(CORPUS, 'wrong', 'mutation-rules-wide.yaml'), join(folder, 'warning.yaml'));
  cpSync(join(CORPUS, 'wrong', 'profile-unknown', 'envoy.yaml'), join(folder, 'profile.yaml'));
  file('tree/readme.txt', 'a: [');
  file('server.yaml', 'profiles: {ordres: {aws_region: us-east-1, aws_service: execute-api}}\n');
  file('deployment.yaml', 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n');
  file('broken.yaml', `listen: "${SECRET}\n`);
  file('header.yaml', `listen: |${SECRET}\n`);
  file('secret.yaml', secretive());
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Secrets where they do not belong, and where they do. */
function secretive(): string {
  return `http_filters:
  - name: sigv4
    typed_config:
      "@type": type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor
      grpc_service:
        envoy_grpc: {cluster_name: "sigv4 x"}
        initial_metadata: [{key: x-aws-request-signing, value: "${SECRET}%METADATA(ROUTE:x)%"}, {key: x-key, value: ${SECRET}}]
      failure_mode_allow: true
routes:
  - match: {prefix: /}
    route: {cluster: aws, host_rewrite_literal: ${SECRET}}
    request_headers_to_add: [{header: {key: authorization, value: "Bearer ${SECRET}"}}]
    metadata:
      filter_metadata:
        aws-request-signing: {aws_region: us-east-1, aws_service: s3, override_target_host: a.example}
  - match: {prefix: /b}
    route: {cluster: aws}
    metadata:
      filter_metadata:
        aws-request-signing: {aws_region: "${SECRET}", aws_service: 7, session_name: "${SECRET} ", external_id: ${SECRET}, duration_seconds: ${SECRET}}
---
aws_secret_access_key: ${SECRET}
unconfigured: ${SECRET}
`;
}

function run(args: readonly string[], input = '') {
  const { PATH } = process.env;
  const options = { cwd: folder, input, env: { PATH }, encoding: 'utf8' as const };
  return spawnSync(process.execPath, [MAIN, 'validate', ...args], options);
}

describe('sigv4-extproc validate', () => {
  it.each<[string, number, string[], string?]>([
    ['finds nothing in what is right', 0, ['right.yaml']],
    ['lets warnings pass', 0, ['warning.yaml']],
    ['fails for warnings with --strict', 1, ['--strict', 'warning.yaml']],
    ['takes what is right with --strict', 0, ['--strict', 'right.yaml']],
    ['takes the server alone with --strict', 0, ['--strict', 'server.yaml']],
    ['fails with --strict where it found nothing to look at', 1, ['--strict', 'deployment.yaml']],
    ['fails for errors', 1, ['right.yaml', 'tree/deep/open.yml']],
    ['looks into folders', 1, ['tree']],
    ['reads standard input', 1, ['-'], 'http_filters: [{name: sigv4, typed_config: {"@type": x/a.ext_proc.v3.E}}]'],
    ['does not judge profiles without the file', 0, ['profile.yaml']],
    ['finds the server among the files', 0, ['profile.yaml', 'server.yaml']],
    ['takes the server by its flag', 0, ['--config', 'server.yaml', 'profile.yaml']],
    ['passes other manifests over', 0, ['deployment.yaml']],
  ])('%s: exit code %d', (_, code, args, input) => {
    const { status, stdout, stderr } = run(args, input);
    expect(stderr).toBe('');
    expect(status).toBe(code);
    expect(stdout).toMatch(/\d+ errors?, \d+ warnings? \(\d+ files?, \d+ routes?, \d+ signers?\)\n$/);
    expect(stdout).not.toContain('\x1b');
  });

  it.each<[string, string, string[]]>([
    ['no file', "missing required argument 'file'", []],
    ['a file that is not there', 'nowhere.yaml: cannot be read (ENOENT)', ['nowhere.yaml']],
    ['a file that is no YAML', 'broken.yaml:2: is not YAML', ['right.yaml', 'broken.yaml']],
    ['a text that its parser would quote', 'header.yaml:1: is not YAML', ['header.yaml']],
    ['a server file that is no YAML', 'header.yaml:1: is not YAML', ['--config', 'header.yaml', 'right.yaml']],
    ['a server file that is not there', 'nowhere.yaml: cannot be read', ['--config', 'nowhere.yaml', 'right.yaml']],
    ['an unknown format', '--format', ['--format', 'xml', 'right.yaml']],
    ['an unknown option', '--nope', ['--nope', 'right.yaml']],
  ])('with %s says so: exit code 2', (_, says, args) => {
    const { status, stdout, stderr } = run(args);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain(SECRET);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('says what it did not look at', () => {
    expect(run(['profile.yaml']).stdout).toContain('note: 1 route takes its config from a profile');
    expect(run(['deployment.yaml']).stdout).toContain('note: Nothing that concerns signing was found');
  });

  it.each(['text', 'json', 'sarif', 'github'])('prints %s, and no secret of the files', (format) => {
    const { status, stdout, stderr } = run(['--format', format, 'secret.yaml']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(stdout).toContain('envoy/failure-mode-allow');
    expect(stdout).toContain('config/invalid');
    expect(stdout).toContain('config/server-file');
    expect(stdout).not.toContain(SECRET);
  });
});
