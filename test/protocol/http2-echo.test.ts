import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type Settings } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { selfSignedCertificate } from '../e2e/support/certificate.ts';
import { type Http2Echo, startHttp2Echo } from '../support/http2-echo.ts';
import { fuzzSeed, type Prng, prng } from '../support/prng.ts';

const certificate = selfSignedCertificate(['localhost']);

describe.each(['TCP', 'TLS'])('over %s', (kind) => {
  let server: Http2Echo;
  beforeAll(async () => {
    server = await startHttp2Echo(kind === 'TLS' ? certificate : undefined);
  });
  afterAll(() => server.close());

  function newSession(settings: Settings = {}): ClientHttp2Session {
    const scheme = kind === 'TLS' ? 'https' : 'http';
    const session = connect(`${scheme}://localhost:${server.port}`, { settings, ca: certificate.cert, lookup });
    session.on('error', () => undefined);
    return session;
  }

  const open = (session: ClientHttp2Session, path = '/'): ClientHttp2Stream => {
    const stream = session.request({ ':method': 'POST', ':path': path });
    stream.on('error', () => undefined);
    return stream;
  };

  /** Sends a body in random parts and reads it back, now and then at a rest. */
  async function exchange(session: ClientHttp2Session, random: Prng, body: Buffer): Promise<Buffer> {
    const stream = open(session);
    const received: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => {
      received.push(chunk);
      if (random.chance(0.1)) {
        stream.pause();
        setTimeout(() => stream.resume(), random.int(5));
      }
    });
    const ended = once(stream, 'end');
    for (let at = 0; at < body.length; ) {
      const end = at + 1 + random.int(random.pick([10, 5_000, 60_000]));
      if (!stream.write(body.subarray(at, end))) await once(stream, 'drain');
      at = end;
    }
    stream.end();
    await ended;
    return Buffer.concat(received);
  }

  const bytes = (random: Prng, length: number) => {
    const body = Buffer.alloc(length);
    for (let at = 0; at + 4 <= length; at += 4) body.writeUInt32LE(random.int(2 ** 32), at);
    return body;
  };

  it.each([1, 2, 3, 4])(
    'bodies of many streams come back byte for byte, whatever the windows: %i',
    {
      timeout: 60_000,
    },
    async () => {
      const seed = fuzzSeed();
      const random = prng(seed);
      const session = newSession({
        initialWindowSize: random.pick([1_000, 16_384, 65_535, 1_000_000]),
        maxFrameSize: random.pick([16_384, 100_000, 2 ** 24 - 1]),
      });
      await once(session, 'connect');
      if (random.chance(0.5)) session.setLocalWindowSize(random.pick([65_535, 200_000, 8_000_000]));
      const bodies = Array.from({ length: 25 }, () => bytes(random, random.int(random.pick([100, 20_000, 600_000]))));
      // Also below zero, by what is on its way.
      const shrinking = (async () => {
        for (let nth = 0; nth < 20; nth++) {
          session.settings({ initialWindowSize: random.pick([0, 500, 70_000, 2_000_000]) });
          await delay(10);
        }
        session.settings({ initialWindowSize: 1_000_000 });
      })();
      const back = await Promise.all(bodies.map((body) => exchange(session, random, body)));
      expect(
        back.map((body, index) => body.equals(bodies[index] as Buffer)),
        `seed ${seed}`,
      ).not.toContain(false);
      await shrinking;
      session.destroy();
      await vi.waitUntil(() => server.closes.every((count) => count === 1));
    },
  );

  it('a peer that is gone in the middle leaves nothing open', async () => {
    const seed = fuzzSeed();
    const random = prng(seed);
    for (let round = 0; round < 10; round++) {
      const session = newSession();
      const streams = Array.from({ length: 10 }, () => open(session));
      for (const stream of streams) stream.write(bytes(random, random.int(200_000)));
      await delay(random.int(20));
      if (random.chance(0.5)) for (const stream of streams) stream.close(8);
      session.destroy();
    }
    await vi.waitUntil(() => server.closes.every((count) => count === 1), { timeout: 5_000 });
  });

  it('streams that are paused hold up no other', async () => {
    const random = prng(fuzzSeed());
    const session = newSession();
    // 100 windows of 64 KiB.
    const held = Array.from({ length: 100 }, () => open(session, '/held'));
    for (const stream of held) stream.write(Buffer.alloc(100_000));
    const body = bytes(random, 3_000_000);
    expect((await exchange(session, random, body)).equals(body)).toBe(true);
    expect(held.every(({ destroyed }) => !destroyed)).toBe(true);
    session.destroy();
    await vi.waitUntil(() => server.closes.every((count) => count === 1));
  });
});

const lookup = (_: string, __: object, done: (error: null, addresses: { address: string; family: number }[]) => void) =>
  done(null, [{ address: '127.0.0.1', family: 4 }]);
