import { describe, expect, it } from 'vitest';
import { RouteConfigResolver, type SigningConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { pathAtTarget, pathBehindFilter } from '../../../src/signer/rewritten-path.ts';
import { sign } from '../../../src/signing/index.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI' };

function configOf(strip_prefix: string, replace: string, more: object = {}): SigningConfig {
  const fields = { aws_region: 'eu-west-1', aws_service: 's3', rewrite_path: { strip_prefix, replace }, ...more };
  const resolver = new RouteConfigResolver(parseServerFile('', 'f'));
  return resolver.resolve({ initialMetadata: JSON.stringify(fields) }) as SigningConfig;
}

/** What Envoy's router does: as many bytes as the prefix has make way, whatever they are. */
const gateway = (strip: string, replace: string, path: string) => {
  const rewritten = replace + path.slice(strip.length);
  return rewritten.startsWith('/') ? rewritten : `/${rewritten}`;
};

describe('rewrite_path', () => {
  it.each([
    ['/s3/', '/', '/s3/a/b?c=d', '/a/b?c=d'],
    ['/', '/prod/', '/a', '/prod/a'],
    ['/', '/prod/', '/', '/prod/'],
    ['/s3', '', '/s3/a', '/a'],
    ['/s3', '', '/s3', '/'],
    ['/s3', '', '/s3?list-type=2', '/?list-type=2'],
    ['/s3', '/bucket', '/s3/%2F//..', '/bucket/%2F//..'],
  ])('%s → %j signs %s as %s', (strip, replace, path, signed) => {
    expect(pathAtTarget(configOf(strip, replace), path)).toBe(signed);
    expect(gateway(strip, replace, path)).toBe(signed);
  });

  it('leaves the path alone where there is none', () => {
    const config = configOf('/', '/', { rewrite_path: null });
    expect([pathAtTarget(config, '/a?b'), pathBehindFilter(config, '/a?b')]).toEqual(['/a?b', '/a?b']);
  });

  it.each([
    ['/s3/', '/', '/s3'],
    ['/s3/', '/', '/S3/a'],
    ['/s3/', '/', '/'],
    ['/s3/', '', '/s3/a'],
  ])('%s → %j refuses %s', (strip, replace, path) => {
    expect(() => pathAtTarget(configOf(strip, replace), path)).toThrow(
      expect.objectContaining({ code: 'SIGV4_CONFIG_INVALID', status: 500 }),
    );
  });

  it.each([
    ['s3', '/b/', '/x/ä b/c+d@e(1)%7e%2f//..?q=a+b&r=ü&s'],
    ['s3', '', '/x/a%20b?prefix=%41'],
    ['s3', '/b%40c/', '/x/@?'],
    ['execute-api', '/prod/@connections', '/x/a%3Db/../c?q=a+b'],
    ['execute-api', '/', '/x/a?q=ü'],
  ])('what leaves behind the gateway is what was signed: %s, %j, %s', (aws_service, replace, path) => {
    const prefix = replace.endsWith('/') ? '/x/' : '/x';
    for (const sign_query of [false, true]) {
      const config = configOf(prefix, replace, { aws_service, sign_query });
      const request = { method: 'GET', path: pathAtTarget(config, path), authority: 'a.test', headers: [] };
      const hash = 'UNSIGNED-PAYLOAD';
      const signed = sign(request, config, KEYS, hash, new Date());
      const goesOn = signed.path === undefined ? path : pathBehindFilter(config, signed.path);
      expect(goesOn.startsWith(prefix)).toBe(true);
      expect(gateway(prefix, replace, goesOn)).toBe(signed.path ?? request.path);
    }
  });

  it('takes no replacement for S3 that would leave in another encoding than it is signed', () => {
    for (const replace of ['/a@b/', '/%7e/', '/%2f/', '/a+b/']) {
      expect(() => configOf('/x/', replace)).toThrow(/rewrite_path.replace must be encoded/);
      expect(configOf('/x/', replace, { aws_service: 'execute-api' }).rewritePath).toEqual({
        stripPrefix: '/x/',
        replace,
      });
    }
  });
});
