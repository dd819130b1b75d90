import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { StreamingBody } from '../../../src/signer/streaming-body.ts';
import { AwsChunkedDecoder } from '../../../src/signing/aws-chunked/index.ts';
import { CHUNK_SEED } from '../../support/chunk-seed.ts';
import { prng } from '../../support/prng.ts';

const SIZE = 1_000_000;

function clientFrames(body: Buffer, chunk: number): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < body.length; at += chunk) {
    const data = body.subarray(at, at + chunk);
    frames.push(Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n'));
  }
  return Buffer.concat([...frames, Buffer.from('0\r\n\r\n')]);
}

/** What each message made of the body, taken before the next is pushed, as the answers are. */
it.each([
  ["the client's plain bytes", false, 0, 200_000],
  ["the client's frames, many of them in a message", true, 50_000, 900_000],
  ["the client's frames, cut anywhere", true, 70_001, 90_000],
  ["the client's small frames", true, 1_000, 300_000],
])('gives back %s', async (_what, decode, chunk, mostPerMessage) => {
  const random = prng(mostPerMessage);
  const data = randomBytes(SIZE);
  const sent = decode ? clientFrames(data, chunk) : data;
  const body = new StreamingBody(CHUNK_SEED, SIZE, undefined, decode);
  const framed: Buffer[] = [];
  for (let at = 0; at < sent.length; ) {
    const end = Math.min(sent.length, at + 1 + random.int(mostPerMessage));
    const message = Buffer.from(sent.subarray(at, end));
    framed.push(Buffer.concat(body.push(message)));
    message.fill(0);
    at = end;
  }
  framed.push(Buffer.concat(await body.end()));
  const decoder = new AwsChunkedDecoder();
  expect(Buffer.concat(decoder.push(Buffer.concat(framed))).equals(data)).toBe(true);
  expect(decoder.end()).toEqual([]);
});
