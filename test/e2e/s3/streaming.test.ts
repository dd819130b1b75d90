import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureEnvoy } from '../../../scripts/tools.ts';
import { run } from '../../../scripts/venv.ts';
import { selfSignedCertificate } from '../support/certificate.ts';
import { type ClientRequest, type ClientResponse, send } from '../support/client.ts';
import { Http2Request } from '../support/http2-client.ts';
import { base64Crc32, clientFramed, FRAMINGS } from './support/aws-chunked.ts';
import { streamingExample, streamingExampleConfig } from './support/example.ts';
import type { Entrance } from './support/gateway.ts';
import { stored } from './support/objects.ts';
import { SeededBytes } from './support/seeded-bytes.ts';
import { canStream, startWorld, versitygw, type World } from './support/world.ts';

const KIB = 1024;
const CHUNK = 64 * KIB;
const INSTALL_MS = 180_000;
const SYSTEM_CA = '/etc/ssl/certs/ca-certificates.crt';
/** The bucket of the example. */
const BUCKET = 'uploads';

describe.skipIf(versitygw === undefined || !canStream)('envoy/streaming.yaml', () => {
  let world: World;
  let port: number;
  beforeAll(async () => {
    world = await startWorld([], { config: streamingExampleConfig });
    port = world.envoy.listenerPorts.get('gateway') ?? 0;
    expect((await send(port, { method: 'PUT' })).status).toBe(200);
  });
  afterAll(() => world?.close());

  const put = (key: string, request: ClientRequest) => send(port, { method: 'PUT', path: `/${key}`, ...request });
  const head = async (key: string) => {
    const headers = [['X-Amz-Checksum-Mode', 'ENABLED']] as const;
    return (await send(port, { method: 'HEAD', path: `/${key}`, headers })).headers;
  };

  it('is valid as users copy it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'example-'));
    const file = join(folder, 'envoy.yaml');
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, selfSignedCertificate(['unused.example']).cert);
    const text = readFileSync(streamingExample, 'utf8');
    writeFileSync(file, existsSync(SYSTEM_CA) ? text : text.replaceAll(SYSTEM_CA, ca));
    const { ok, output } = await run(await ensureEnvoy(), ['--mode', 'validate', '-c', file]);
    rmSync(folder, { recursive: true });
    expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining('OK') });
    expect(output).not.toMatch(/\[(warning|error|critical)\]|deprecated/i);
  });

  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 1024 * KIB + 7])(
    'uploads %i bytes of a client that signs nothing, and S3 keeps the checksum of the route',
    async (size) => {
      const body = new SeededBytes(size).read(size);
      expect(await put(`plain-${size}`, { body })).toMatchObject({ status: 200 });
      expect(stored(world, BUCKET, `plain-${size}`)?.equals(body)).toBe(true);
      expect(await head(`plain-${size}`)).toMatchObject({
        'x-amz-checksum-crc64nvme': expect.stringMatching(/^.{11}=$/),
      });
    },
  );

  describe.each(FRAMINGS)('takes a body apart that the client framed as %s', (framing) => {
    it.each([
      { size: 10, chunk: CHUNK },
      { size: CHUNK, chunk: 8 * KIB },
      { size: 300 * KIB + 1, chunk: CHUNK },
      { size: 300 * KIB + 1, chunk: 128 * KIB },
      { size: 100 * KIB, chunk: 8 * KIB },
    ])('$size bytes in chunks of $chunk', async ({ size, chunk }) => {
      const data = new SeededBytes(size).read(size);
      const key = `framed-${framing.toLowerCase()}-${size}-${chunk}`;
      expect(await put(key, clientFramed(data, framing, chunk))).toMatchObject({ status: 200 });
      expect(stored(world, BUCKET, key)?.equals(data)).toBe(true);
      const checksum = (await head(key))['x-amz-checksum-crc32'];
      expect(checksum).toBe(framing.endsWith('-TRAILER') ? base64Crc32(data) : undefined);
    });
  });

  it("lets S3 refuse a body that is not what the client's own trailer says", async () => {
    for (const size of [10, 200 * KIB]) {
      const data = new SeededBytes(size).read(size);
      const framed = clientFramed(data, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', CHUNK);
      framed.body.writeUInt8(framed.body.readUInt8(9) ^ 1, 9);
      expect(await put(`altered-${size}`, framed)).toMatchObject({
        status: 400,
        body: expect.stringContaining('BadDigest'),
      });
      expect(stored(world, BUCKET, `altered-${size}`)).toBeUndefined();
    }
  });

  it.each([undefined, { 'x-trailer': '1' }])('takes a body in HTTP/2 DATA, behind it %o', async (trailers) => {
    for (const size of [1000, 200 * KIB]) {
      const data = new SeededBytes(size).read(size);
      const key = `h2-${size}-${trailers !== undefined}`;
      const headers = { ':method': 'PUT', ':path': `/${key}`, 'content-length': String(size) };
      const request = new Http2Request(port, headers, trailers);
      request.stream.write(data.subarray(0, 700));
      request.stream.end(data.subarray(700));
      expect(await request.response).toMatchObject({ status: 200 });
      request.close();
      expect(stored(world, BUCKET, key)?.equals(data)).toBe(true);
    }
  });

  it("keeps the client's own encoding beside the frames", async () => {
    const body = new SeededBytes(1).read(100 * KIB);
    expect((await put('encoded', { body, headers: [['Content-Encoding', 'gzip']] })).status).toBe(200);
    expect((await head('encoded'))['content-encoding']).toBe('aws-chunked,gzip');
  });

  it('holds what S3 takes in no frames: a list of keys to delete, longer than a chunk', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `gone/${index}-${'x'.repeat(100)}`);
    await put(keys[0] ?? '', { body: 'here' });
    const list = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('');
    const body = `<Delete><Quiet>true</Quiet>${list}</Delete>`;
    expect(body.length).toBeGreaterThan(CHUNK);
    const headers = [['X-Amz-Checksum-CRC32', base64Crc32(Buffer.from(body))]] as const;
    expect(await send(port, { method: 'POST', path: '/?delete', headers, body })).toMatchObject({ status: 200 });
    expect(stored(world, BUCKET, keys[0] ?? '')).toBeUndefined();
  });

  it.each([
    { what: 'in HTTP chunks', headers: [['Transfer-Encoding', 'chunked']] as const },
    { what: 'framed, of no length', headers: [['X-Amz-Content-Sha256', FRAMINGS[0]]] as const },
  ])('answers 411 to a body $what', async ({ headers }) => {
    const response = await put('no-length', { headers, body: 'some' });
    expectRefusal(response, 411, 'SIGV4_LENGTH_REQUIRED');
    expect(stored(world, BUCKET, 'no-length')).toBeUndefined();
  });

  it.each([
    { what: 'shorter', announced: (size: number) => size + 1 },
    { what: 'longer', announced: (size: number) => size - 1 },
  ])('refuses a framed body that is $what than it says', async ({ what, announced }) => {
    for (const size of [1000, 200 * KIB]) {
      const data = new SeededBytes(size).read(size);
      const { headers, body } = clientFramed(data, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', CHUNK);
      const lied = headers.map(([name, value]): [string, string] => [
        name,
        name === 'X-Amz-Decoded-Content-Length' ? String(announced(size)) : value,
      ]);
      expectRefusal(await put(`${what}-${size}`, { headers: lied, body }), 400, 'SIGV4_AWS_CHUNKED_BODY');
      expect(stored(world, BUCKET, `${what}-${size}`)).toBeUndefined();
    }
  });
});

describe.skipIf(versitygw === undefined)('a payload mode that the filter cannot serve', () => {
  const modes = ['NONE', 'STREAMED', 'BUFFERED_PARTIAL', 'BUFFERED', 'FULL_DUPLEX_STREAMED'] as const;
  const served = { signed: ['BUFFERED'], streaming: ['FULL_DUPLEX_STREAMED'] };
  const needs = { signed: 'BUFFERED', streaming: 'FULL_DUPLEX_STREAMED' };
  const mismatches = (['signed', 'streaming'] as const).flatMap((payload) =>
    modes.filter((mode) => !served[payload].includes(mode)).map((mode) => ({ payload, mode })),
  );
  let world: World;
  beforeAll(async () => {
    world = await startWorld(
      mismatches.map(({ payload, mode }): Entrance => {
        const entrance = {
          name: `${payload}-${mode}`,
          placement: 'downstream',
          bodyMode: mode,
          fields: { payload },
        } as const;
        return canStream ? entrance : { ...entrance, allowContentLength: false };
      }),
    );
  });
  afterAll(() => world?.close());

  it.each(mismatches)('payload: $payload in $mode is refused, and says what to set', async ({ payload, mode }) => {
    const response = await send(world.port(`${payload}-${mode}`), { method: 'PUT', path: '/bucket/key', body: 'some' });
    expectRefusal(response, 500, 'SIGV4_PROCESSING_MODE');
    expect(response.body).toContain(`request_body_mode to ${needs[payload]}`);
    expect(await send(world.port(`${payload}-${mode}`), { path: '/' })).toMatchObject({ status: 200 });
  });
});

describe.skipIf(versitygw === undefined)('on Envoy 1.36, which has no allow_content_length_header', () => {
  const entrances: readonly Entrance[] = [
    { name: 'signed', placement: 'upstream', bodyMode: 'BUFFERED', fields: {} },
    { name: 'unsigned', placement: 'upstream', bodyMode: 'NONE', fields: { payload: 'unsigned' } },
    {
      ...{ name: 'streaming', placement: 'downstream', bodyMode: 'FULL_DUPLEX_STREAMED', allowContentLength: false },
      fields: { payload: 'streaming' },
    },
  ];
  let world: World;
  beforeAll(async () => {
    world = await startWorld(entrances, { envoyVersion: '1.36.4' });
    expect((await send(world.port('signed'), { method: 'PUT', path: '/bucket' })).status).toBe(200);
  }, INSTALL_MS);
  afterAll(() => world?.close());

  it.each(['signed', 'unsigned'])('payload: %s is as on newer ones', async (name) => {
    expect((await send(world.port(name), { method: 'PUT', path: `/bucket/${name}`, body: name })).status).toBe(200);
    expect(stored(world, 'bucket', name)?.toString()).toBe(name);
  });

  it('payload: streaming leaves without a length, which S3 refuses', async () => {
    const response = await send(world.port('streaming'), { method: 'PUT', path: '/bucket/key', body: 'some' });
    expect(response).toMatchObject({ status: 411, body: expect.stringContaining('<Code>MissingContentLength</Code>') });
    expect(stored(world, 'bucket', 'key')).toBeUndefined();
  });
});

function expectRefusal({ status, body }: ClientResponse, expected: number, code: string): void {
  expect({ status, body }).toEqual({ status: expected, body: expect.stringContaining(`"code":"${code}"`) });
}
