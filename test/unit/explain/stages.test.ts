import { describe, expect, it } from 'vitest';
import { headerOf } from '../../../src/explain/client-request.ts';
import { signingKey } from '../../../src/signing/index.ts';
import { CredentialStore, verify } from '../../stand-in/index.ts';
import { BASE, clientOf, explained, leaving, NOW, ROLE, signed } from './support.ts';

const USER = { arn: 'arn:aws:iam::123456789012:user/w', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'its-secret' };
const store = new CredentialStore([USER]);
const S3 = { aws_service: 's3' };
const FRAMED = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';
const FRAMED_HEADERS = [
  ['content-encoding', 'aws-chunked'],
  ['x-amz-decoded-content-length', '5'],
  ['x-amz-trailer', 'x-amz-checksum-crc32'],
] as const;

describe('the stages of what leaves', () => {
  const plain = clientOf({ path: '/a%20b//c/../d?b=2&a=1+1', headers: [['x-amz-meta-a', 'b\t c']] }, 'hello');
  it.each([
    ['in headers', {}, plain],
    ['of S3', S3, plain],
    ['in the query', { sign_query: true }, plain],
    ['of no body', {}, clientOf()],
    ['of an unsigned body', { ...S3, payload: 'unsigned' }, plain],
    ['with another host', { override_target_host: 'aws.test' }, plain],
    ['with a signed header of its own', { signed_headers: ['x-a'] }, clientOf({ headers: [['x-a', '1']] })],
    ['of a short body, streamed', { ...S3, payload: 'streaming' }, clientOf({ method: 'PUT', path: '/b/k' }, 'hello')],
  ])('%s are those that a verifier computes', async (_, fields, client) => {
    const { stages, mutation } = await signed(fields, client, { credentialsFor: () => USER });
    const { method, url, rawHeaders } = leaving(client, mutation);
    const verdict = verify(method, url, rawHeaders, client.body, store, NOW, { payload: 'either' });
    expect(verdict).toMatchObject({
      ok: true,
      canonicalRequest: stages.canonicalRequest,
      stringToSign: stages.stringToSign,
    });
  });

  it('of a body that the client framed are those of its data', async () => {
    const client = clientOf({ method: 'PUT', path: '/b/k', headers: [...FRAMED_HEADERS] }, FRAMED);
    const { stages, mutation, body } = await signed(S3, client, { credentialsFor: () => USER });
    const { method, url, rawHeaders } = leaving(client, mutation);
    const verdict = verify(method, url, rawHeaders, Buffer.from('hello'), store, NOW);
    expect(verdict).toMatchObject({ ok: true, canonicalRequest: stages.canonicalRequest });
    expect(body).toContain('aws-chunked');
  });

  it('of SigV4A end in the signature that is sent', async () => {
    const fields = { signing_algorithm: 'sigv4a', aws_sts_region: 'eu-west-1' };
    const { stages, mutation } = await signed(fields, clientOf());
    const { signature } = stages.signedRequest;
    expect(headerOf(mutation.set, 'authorization')).toContain(`Signature=${signature}`);
    expect(stages.canonicalRequest).toContain('x-amz-region-set:eu-west-1\n');
  });

  it('of a long body, streamed, go on with its first chunk', async () => {
    const data = 'a'.repeat(70_000);
    const client = clientOf({ method: 'PUT', path: '/b/k' }, data);
    const { chunk, stages, credentials } = await signed({ ...S3, payload: 'streaming' }, client);
    expect(chunk?.bytes).toBe(65_536);
    expect(chunk?.stringToSign.split('\n')[3]).toBe(stages.signedRequest.signature);
    const key = signingKey(credentials, '20261122', BASE.aws_region, 's3');
    expect(chunk?.signature).toBe(key.hex(chunk?.stringToSign ?? ''));
  });
});

describe('what is not signed', () => {
  it('is refused as the service refuses it', async () => {
    const refused = (fields: object, client = clientOf()) => explained(fields, client);
    expect(await refused(ROLE)).toMatchObject({ outcome: 'refused', error: { code: 'SIGV4_TOKEN_MISSING' } });
    expect(await refused({ nonsense: 1 })).toMatchObject({ error: { code: 'SIGV4_CONFIG_INVALID' } });
    const chunked = clientOf({ method: 'PUT', headers: [['transfer-encoding', 'chunked']] });
    expect(await refused({ ...S3, payload: 'streaming' }, chunked)).toMatchObject({
      error: { code: 'SIGV4_LENGTH_REQUIRED' },
      config: { service: 's3' },
    });
    const broken = clientOf({ method: 'PUT', headers: [...FRAMED_HEADERS] }, 'x');
    expect(await refused(S3, broken)).toMatchObject({ error: { code: 'SIGV4_AWS_CHUNKED_BODY' } });
  });

  it('is passed as the service passes it', async () => {
    const passed = await explained(
      { ...ROLE, on_missing_token: 'pass' },
      clientOf({ headers: [['x-authorization', 'a']] }),
    );
    expect(passed).toMatchObject({ outcome: 'passed', remove: ['x-authorization'] });
  });
});
