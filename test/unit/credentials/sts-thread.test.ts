import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { getPriority } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Clock } from '../../../src/credentials/clock.ts';
import { metStaleConnection, rememberStale } from '../../../src/credentials/stale-connections.ts';
import { StsErrorAnswer } from '../../../src/credentials/sts-error-answer.ts';
import { unreadableAnswer } from '../../../src/credentials/sts-errors.ts';
import { packed, unpacked } from '../../../src/credentials/sts-thread/carried-error.ts';
import { StsThread } from '../../../src/credentials/sts-thread/index.ts';
import { Turns } from '../../../src/credentials/turns.ts';
import type { UnsentRequest } from '../../../src/credentials/unsent-request.ts';

const CREDENTIALS = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
<Expiration>2030-01-02T03:04:05Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
</AssumeRoleWithWebIdentityResponse>`;
const GIVEN = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

const never = () => new AbortController().signal;

/** Takes connections and says nothing until it is told to. */
const sts = createServer();
let request: UnsentRequest;
let thread: StsThread;

beforeEach(async () => {
  await once(sts.listen(0, '127.0.0.1'), 'listening');
  const { port } = sts.address() as AddressInfo;
  request = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {} };
  thread = new StsThread(new Clock(), new Turns());
});
afterEach(async () => {
  thread.close();
  await new Promise((resolve) => sts.close(resolve));
});

const connection = async () => ((await once(sts, 'connection')) as [Socket])[0];

async function answer(socket: Socket, body: string): Promise<void> {
  await once(socket, 'data');
  socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

it('answers each of many who ask at once', async () => {
  const [first, second] = [thread.ask(request, 'a=1', never(), false), thread.ask(request, 'a=2', never(), false)];
  const sockets = [await connection(), await connection()];
  await Promise.all(sockets.map((socket) => answer(socket, CREDENTIALS)));
  expect(await first).toMatchObject(GIVEN);
  expect(await second).toMatchObject(GIVEN);
});

it('closes the connections of those whose time is over, and no others', async () => {
  const [short, long] = [new AbortController(), new AbortController()];
  const given = thread.ask(request, 'a=1', short.signal, false);
  const givenUp = await connection();
  const waiting = thread.ask(request, 'a=2', long.signal, false);
  const kept = await connection();
  const closed = once(givenUp.resume(), 'close');

  short.abort(new Error('too late'));
  await expect(given).rejects.toThrow('too late');
  await closed;
  await answer(kept, CREDENTIALS);
  expect(await waiting).toMatchObject(GIVEN);
});

it('asks nobody where the time is over already', async () => {
  await expect(thread.ask(request, 'a=1', AbortSignal.abort(new Error('too late')), false)).rejects.toThrow('too late');
});

it('refuses those who wait when it ends', async () => {
  const asked = thread.ask(request, 'a=1', never(), false);
  const closed = once((await connection()).resume(), 'close');
  thread.close();
  await expect(asked).rejects.toThrow('the thread that asks STS has ended');
  await closed;
});

it('is begun anew by the next who asks where it has ended by a defect', async () => {
  const entry = new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (order) => {
      if (order.form === 'break') throw new Error('a defect');
      if (order.type === 'ask') parentPort.postMessage({ id: order.id, end: { credentials: { accessKeyId: 'of ' + order.form } } });
    });`)}`,
  );
  const fragile = new StsThread(new Clock(), new Turns(), entry);
  try {
    const broken = [fragile.ask(request, 'break', never(), false), fragile.ask(request, 'other', never(), false)];
    const reasons = (await Promise.allSettled(broken)).map((outcome) => (outcome as PromiseRejectedResult).reason);
    expect(reasons).toMatchObject(Array(2).fill({ cause: { message: 'a defect' } }));
    expect(await fragile.ask(request, 'next', never(), false)).toEqual({ accessKeyId: 'of next' });
  } finally {
    fragile.close();
  }
});

it('knows no more endpoints than are asked', async () => {
  const entry = new URL(
    `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from 'node:worker_threads';
    const known = new Set();
    parentPort.on('message', ({ type, target, id }) => {
      if (type === 'target') known.add(target);
      if (type === 'forget') known.delete(target);
      if (type === 'ask') parentPort.postMessage({ id, end: { credentials: { accessKeyId: known.has(target) + ' of ' + known.size } } });
    });`)}`,
  );
  const counting = new StsThread(new Clock(), new Turns(), entry);
  try {
    const endpoints = Array.from({ length: 300 }, (_, port) => ({ ...request, port }));
    const asked = [...endpoints, endpoints[0] ?? request].map((each) => counting.ask(each, 'a=1', never(), false));
    expect((await Promise.all(asked)).at(-1)).toEqual({ accessKeyId: 'true of 256' });
  } finally {
    counting.close();
  }
});

it.skipIf(process.platform !== 'linux')('gives way to the main thread', async () => {
  const asked = thread.ask(request, 'a=1', never(), false);
  await answer(await connection(), CREDENTIALS);
  await asked;
  const tasks = '/proc/self/task';
  const own = readdirSync(tasks).filter((id) => readFileSync(`${tasks}/${id}/comm`, 'latin1').trimEnd() === 'sts');
  expect(own.map((id) => getPriority(Number(id)))).toEqual([Math.min(19, getPriority(process.pid) + 10)]);
});

describe('an error comes through a message', () => {
  const through = (error: unknown) => unpacked(structuredClone(packed(error)));

  it('as the answer that it was', () => {
    const error = new StsErrorAnswer('AccessDenied', 'no', { status: 403, requestId: 'a-1' });
    const got = through(error);
    expect(got).toBeInstanceOf(StsErrorAnswer);
    expect(got).toMatchObject({ name: 'AccessDenied', message: 'no', status: 403, requestId: 'a-1' });
  });

  it('as our own where nothing could be read', () => {
    expect(through(unreadableAnswer())).toMatchObject({ code: 'SIGV4_STS_UNAVAILABLE' });
  });

  it('with its code and, of several addresses, its parts', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const got = through(Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' }));
    expect(got).toMatchObject({ code: 'ECONNREFUSED', errors: [{ message: refused.message, code: refused.code }] });
    expect(got).toBeInstanceOf(AggregateError);
  });

  it('known as that of a connection that was given up, or not', () => {
    const stale = new Error('read ECONNRESET');
    rememberStale(stale);
    expect(metStaleConnection(through(stale))).toBe(true);
    expect(metStaleConnection(through(new Error('read ECONNRESET')))).toBe(false);
  });
});
