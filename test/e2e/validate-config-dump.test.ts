import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Finding, validate } from '../../src/validate/index.ts';
import { type Envoy, startEnvoy } from '../support/envoy.ts';
import { selfSignedCertificate } from './support/certificate.ts';

const INSTALL_MS = 180_000;
const EXAMPLES = ['downstream-filter', 'upstream-filter', 'dynamic-forward-proxy', 'streaming'] as const;
const caPem = selfSignedCertificate(['unused.example']).cert;

/** Mistakes that Envoy loads all the same: each takes a text of the example's and puts another in its place. */
const MISTAKES: Record<(typeof EXAMPLES)[number], [string, string][]> = {
  'downstream-filter': [
    ['failure_mode_allow: false', 'failure_mode_allow: true'],
    ['message_timeout: 5s', 'message_timeout: 0.3s'],
    ['max_message_timeout: 10s', 'max_message_timeout: 1s'],
    ['request_body_mode: BUFFERED', 'request_body_mode: NONE'],
    ['disallow_all: true', 'disallow_all: false'],
    [
      '{cluster: aws-lambda-url, ',
      '{cluster: aws-lambda-url, prefix_rewrite: /x/, host_rewrite_literal: other.example, ',
    ],
    ['aws_service: lambda', 'aws_servise: lambda'],
    ['max_requests: 65536, ', ''],
    ['auto_sni_san_validation: true', 'auto_sni_san_validation: false'],
  ],
  'upstream-filter': [
    ['normalize_path: false', 'normalize_path: true'],
    ['merge_slashes: false', 'merge_slashes: true'],
    ['credential_source: workload', 'credential_source: caller'],
    ['- {key: x-aws-request-signing-bin, value', '- {key: x-aws-request-signing, value'],
    ['- xds.route_metadata\n', '- xds.virtual_host_name\n'],
    ['disallow_is_error: true', 'disallow_is_error: false'],
  ],
  'dynamic-forward-proxy': [
    ['allowed_hosts: ["*.s3.eu-west-1.amazonaws.com"]', 'signed_headers: [x-team]'],
    ['{cluster: targets-plain}', '{cluster: targets-tls}'],
    ['override_target_protocol: https', 'override_target_protocol: http'],
  ],
  streaming: [
    ['allow_content_length_header: true', 'allow_content_length_header: false'],
    ['normalize_path: false', 'normalize_path: true'],
    [
      'name: uploads-bucket\n',
      'name: uploads-bucket\n                          request_headers_to_remove: [content-type]\n',
    ],
    ['grpc_health_check: {service_name: envoy.service.ext_proc.v3.ExternalProcessor}', 'http_health_check: {path: /}'],
  ],
};

/** What is found of what, wherever it stands: a config_dump has other lines and another order. */
function essence({ rule, severity, message, fix }: Finding): string {
  return `${severity} ${rule}: ${message.replace(/ \(and \d+ more like it\)$/, '')} / ${fix}`;
}

describe.each(EXAMPLES)('envoy/%s.yaml', (name) => {
  const text = readFileSync(new URL(`../../envoy/${name}.yaml`, import.meta.url), 'utf8');
  const broken = MISTAKES[name].reduce((config, [right, wrong]) => {
    if (!config.includes(right)) throw new Error(`${name}.yaml does not hold ${right}`);
    return config.replace(right, wrong);
  }, text);

  describe.each([
    ['as it is', text],
    ['with mistakes', broken],
  ])('%s', (state, yaml) => {
    let envoy: Envoy;
    let dump: string;
    beforeAll(async () => {
      // The system's bundle may not be there; what it is called is not looked at.
      const config = JSON.stringify(parse(yaml)).replaceAll(
        '{"filename":"/etc/ssl/certs/ca-certificates.crt"}',
        JSON.stringify({ inline_string: caPem }),
      );
      envoy = await startEnvoy({ config });
      const response = await fetch(`http://127.0.0.1:${envoy.adminPort}/config_dump`);
      dump = await response.text();
    }, INSTALL_MS);
    afterAll(() => envoy?.close());

    it('is found the same in the bootstrap and in the config_dump of the Envoy that runs it', () => {
      // Without the anchors of YAML, which are one place for several.
      const bootstrap = JSON.stringify(parse(yaml), null, 2);
      const ofBootstrap = validate({ files: [{ name: 'bootstrap.json', text: bootstrap }] });
      const ofDump = validate({ files: [{ name: 'config_dump.json', text: dump }] });
      expect(ofDump.findings.map(essence).sort()).toEqual(ofBootstrap.findings.map(essence).sort());
      expect(ofDump.checked).toEqual(ofBootstrap.checked);
      if (state === 'as it is') expect(ofDump.findings).toEqual([]);
      else expect(ofDump.findings.length).toBeGreaterThanOrEqual(2);
    });

    it('names a line and a path that the config_dump has', () => {
      const lines = dump.split('\n');
      for (const { line, path } of validate({ files: [{ name: 'config_dump.json', text: dump }] }).findings) {
        expect(path).toMatch(/^configs\[\d+\]\.(?:static_listeners|static_clusters)\[\d+\]/);
        const last = path.split(/[.[]/).at(-1)?.replace(/\W+$/, '') ?? '';
        expect(lines[line - 1]).toMatch(/^\d+$/.test(last) ? /[{"]/ : new RegExp(`"${last}"`));
      }
    });
  });
});
