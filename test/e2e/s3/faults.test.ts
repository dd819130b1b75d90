import { once } from 'node:events';
import { type ClientRequest as Outgoing, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/client.ts';
import type { PassingRequest, TamperingProxy } from '../support/tampering-proxy.ts';
import { clientFramed } from './support/aws-chunked.ts';
import type { Entrance } from './support/gateway.ts';
import { openStreams, stored } from './support/objects.ts';
import { SeededBytes } from './support/seeded-bytes.ts';
import { canStream, startWorld, versitygw, type World } from './support/world.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BODY = new SeededBytes(7).read(200 * KIB);

const ENTRANCES: readonly Entrance[] = [
  { name: 'signed', placement: 'upstream', bodyMode: 'BUFFERED', bufferLimit: 4 * MIB, fields: {} },
  {
    ...{ name: 'streaming', placement: 'downstream', bodyMode: 'FULL_DUPLEX_STREAMED' },
    fields: { payload: 'streaming', trailer_checksum: 'crc32c' },
  },
];

describe.skipIf(versitygw === undefined || !canStream)('between the signer and an S3 server that verifies', () => {
  let world: World;
  let proxy: TamperingProxy;
  beforeAll(async () => {
    world = await startWorld(ENTRANCES, { proxied: true });
    proxy = world.proxy as TamperingProxy;
    expect((await send(world.port('signed'), { method: 'PUT', path: '/bucket' })).status).toBe(200);
  });
  afterAll(() => world?.close());
  afterEach(() => {
    proxy.tamper = undefined;
  });

  const put = (entrance: string, key: string) =>
    send(world.port(entrance), { method: 'PUT', path: `/bucket/${key}`, body: BODY });
  const received = (tamper: (passing: PassingRequest) => void) => {
    proxy.tamper = tamper;
  };

  it.each(['signed', 'streaming'])('nothing changed is accepted: %s', async (entrance) => {
    expect((await put(entrance, entrance)).status).toBe(200);
    expect(stored(world, 'bucket', entrance)?.equals(BODY)).toBe(true);
  });

  it.each([
    { what: 'a byte of the body', entrance: 'signed', at: () => 3, code: 'XAmzContentSHA256Mismatch' },
    { what: "a byte of the first chunk's data", at: (body: Buffer) => body.indexOf('\r\n') + 2 },
    { what: "a byte of the last chunk's data", at: (body: Buffer) => body.lastIndexOf('\r\n0;chunk-signature=') - 1 },
    { what: "the first chunk's signature", at: (body: Buffer) => body.indexOf('chunk-signature=') + 20 },
    { what: "the second chunk's signature", at: (body: Buffer) => body.indexOf('chunk-signature=', 200) + 20 },
    { what: "the empty chunk's signature", at: (body: Buffer) => body.lastIndexOf('chunk-signature=') + 20 },
    { what: "the trailer's signature", at: (body: Buffer) => body.indexOf('x-amz-trailer-signature:') + 30 },
    {
      what: "the trailer's checksum",
      at: (body: Buffer) => body.indexOf('x-amz-checksum-crc32c:') + 24,
      code: 'BadDigest',
    },
  ])('$what changed is refused', async ({ what, entrance = 'streaming', at, code = 'SignatureDoesNotMatch' }) => {
    received(({ body }) => replaceAt(body, at(body)));
    const response = await put(entrance, what.replaceAll(' ', '-'));
    expect(response.body).toContain(`<Code>${code}</Code>`);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(stored(world, 'bucket', what.replaceAll(' ', '-'))).toBeUndefined();
  });

  it.each(['x-amz-decoded-content-length', 'x-amz-trailer', 'x-amz-content-sha256'])(
    'a changed %s is refused',
    async (name) => {
      received(({ rawHeaders }) => {
        const index = rawHeaders.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name);
        expect(index).toBeGreaterThanOrEqual(0);
        rawHeaders[index + 1] = name === 'x-amz-content-sha256' ? 'UNSIGNED-PAYLOAD' : '1';
      });
      expect(await put('streaming', name)).toMatchObject({
        status: 403,
        body: expect.stringContaining('SignatureDoesNotMatch'),
      });
      expect(stored(world, 'bucket', name)).toBeUndefined();
    },
  );

  it('two chunks in another order are refused', async () => {
    received((passing) => {
      const second = passing.body.indexOf('\r\n10000;') + 2;
      const third = passing.body.indexOf('\r\n10000;', second) + 2;
      passing.body = Buffer.concat([
        ...[passing.body.subarray(second, third), passing.body.subarray(0, second), passing.body.subarray(third)],
      ]);
    });
    expect(await put('streaming', 'swapped')).toMatchObject({ status: 403 });
    expect(stored(world, 'bucket', 'swapped')).toBeUndefined();
  });
});

describe.skipIf(versitygw === undefined || !canStream)('an upload that breaks off', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(ENTRANCES);
    expect((await send(world.port('signed'), { method: 'PUT', path: '/bucket' })).status).toBe(200);
  });
  afterAll(() => world?.close());

  /** Sends the first part of an upload of 1 MiB, and waits until the signer has it. */
  async function begin(entrance: string, key: string, bytes: number): Promise<Outgoing> {
    const outgoing = request({
      ...{ host: '127.0.0.1', port: world.port(entrance), method: 'PUT', path: `/bucket/${key}`, agent: false },
      headers: { 'content-length': MIB },
    });
    outgoing.write(new SeededBytes(1).read(bytes));
    await expect.poll(() => openStreams(world)).toBe(1);
    return outgoing;
  }

  it.each([
    { entrance: 'signed', bytes: 300 * KIB },
    { entrance: 'streaming', bytes: 300 * KIB },
    { entrance: 'streaming', bytes: 10 },
  ])(
    "by the client's hand leaves no object and no stream: $entrance, behind $bytes bytes",
    async ({ entrance, bytes }) => {
      const outgoing = await begin(entrance, 'aborted', bytes);
      outgoing.once('error', () => undefined);
      outgoing.destroy();
      await expect.poll(() => openStreams(world)).toBe(0);
      expect((await send(world.port(entrance), { method: 'HEAD', path: '/bucket/aborted' })).status).toBe(404);
      expect(stored(world, 'bucket', 'aborted')).toBeUndefined();
    },
  );

  it('in the middle of frames that the client made is refused, not completed', async () => {
    const { headers, body } = clientFramed(BODY, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 64 * KIB);
    const half = { headers, body: body.subarray(0, body.length / 2) };
    const response = await send(world.port('streaming'), { method: 'PUT', path: '/bucket/half', ...half });
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining('SIGV4_AWS_CHUNKED_BODY') });
    expect(stored(world, 'bucket', 'half')).toBeUndefined();
  });

  it('because the server died is an error to the client', async () => {
    const outgoing = await begin('streaming', 'dead', 300 * KIB);
    const answered = once(outgoing, 'response');
    await world.s3.kill();
    const [response] = await answered;
    expect([502, 503]).toContain(response.statusCode);
    outgoing.destroy();
    await expect.poll(() => openStreams(world)).toBe(0);
    expect(stored(world, 'bucket', 'dead')).toBeUndefined();
  });
});

describe.skipIf(versitygw === undefined || !canStream)('an upload whose signer dies', () => {
  it('is an error to the client, and leaves no object', async () => {
    const world = await startWorld(ENTRANCES);
    try {
      const port = world.port('streaming');
      expect((await send(port, { method: 'PUT', path: '/bucket' })).status).toBe(200);
      const outgoing = request({
        host: '127.0.0.1',
        port,
        method: 'PUT',
        path: '/bucket/key',
        headers: { 'content-length': MIB },
      });
      outgoing.write(new SeededBytes(1).read(300 * KIB));
      await expect.poll(() => openStreams(world)).toBe(1);
      const answered = once(outgoing, 'response');
      await world.signer.kill();
      const [response] = await answered;
      expect(response.statusCode).toBeGreaterThanOrEqual(500);
      outgoing.destroy();
      expect(stored(world, 'bucket', 'key')).toBeUndefined();
    } finally {
      await world.close();
    }
  });
});

/** Another character of the same kind, or byte, in place of the one there. */
function replaceAt(body: Buffer, index: number): void {
  if (index < 20 && index !== 3) throw new Error('what to change is not there');
  const byte = body.readUInt8(index);
  body.writeUInt8(byte === 0x61 ? 0x62 : 0x61, index);
}
