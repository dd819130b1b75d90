import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExtProcClient } from '../../support/ext-proc-client.ts';
import { requestHeaders } from '../../support/ext-proc-messages.ts';
import {
  endlessMetadata,
  hostileMessages,
  hostileSession,
  openStream,
  play,
  type StreamEnd,
  slowReader,
  unendingMessages,
} from '../../support/hostile-grpc.ts';
import { ROUTE, routeMetadata, WORKLOAD_ENVIRONMENT } from '../../support/in-process-signer.ts';
import { fuzzSeed, prng } from '../../support/prng.ts';
import { type SignerProcess, startSigner } from '../../support/signer-process.ts';
import { residentMemory } from '../s3/support/large-upload.ts';

export interface Extent {
  messages: number;
  idleStreams: number;
  metadataMegabytes: number;
  headerFloods: number;
  slowReaders: number;
  /** Streams with a message of 64 MiB that never ends. */
  unending: number;
  mostMemoryMib: number;
}

const MIB = 1024 * 1024;
const AT_ONCE = 100;
/** Under load of the attack's own, on a busy machine. */
const SERVED_WITHIN_MS = 10_000;
const HELD_AT_MOST = 256 * MIB;

/** What the worst of peers may do to the real process: it lives, its memory is bounded, and others are served. */
export function describeHostility(extent: Extent): void {
  let signer: SignerProcess;
  let peak = 0;
  beforeAll(async () => {
    signer = await startSigner({
      env: { ...WORKLOAD_ENVIRONMENT },
      config: `limits: { memory_bytes: ${HELD_AT_MOST} }`,
    });
  });
  afterAll(async () => {
    await signer?.close();
  });

  /** Does something, while another caller asks over and over. */
  async function whileOthersAreServed(attack: () => Promise<unknown>): Promise<void> {
    const client = new ExtProcClient(signer.listen);
    const state = { isOver: false };
    const attacking = attack().finally(() => {
      state.isOver = true;
    });
    let served = 0;
    while (!state.isOver || served === 0) {
      const late = new Promise<never>((_, reject) => {
        setTimeout(reject, SERVED_WITHIN_MS, new Error('another caller was not served')).unref();
      });
      const stream = client.open({ metadata: routeMetadata() });
      const answer = await Promise.race([stream.ask(requestHeaders()), late]);
      expect(answer.response).toBe('request_headers');
      stream.cancel();
      served += 1;
      peak = Math.max(peak, residentMemory(signer.pid)?.now ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    client.close();
    await attacking;
    expect(peak).toBeLessThan(extent.mostMemoryMib);
  }

  const seed = fuzzSeed();
  describe(`a hostile peer (seed ${seed})`, () => {
    it(`with ${extent.messages} streams of broken messages in wrong orders`, async () => {
      const ends = new Map<string, number>();
      await whileOthersAreServed(async () => {
        const session = hostileSession(signer.listen);
        const random = prng(seed);
        let left = extent.messages;
        const one = async () => {
          while (left-- > 0) {
            const end = await play(session, hostileMessages(random), 60_000);
            expectNoSilentOk(end);
            ends.set(end.status ?? 'reset', (ends.get(end.status ?? 'reset') ?? 0) + 1);
          }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, one));
        session.destroy();
      });
      expect([...ends.keys()].length).toBeGreaterThan(1);
    });

    it(`with ${extent.idleStreams} streams that say nothing`, () =>
      whileOthersAreServed(async () => {
        const sessions = Array.from({ length: 10 }, () => hostileSession(signer.listen));
        for (let i = 0; i < extent.idleStreams; i++) {
          const session = sessions[i % sessions.length];
          if (session) openStream(session);
          if (i % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
        for (const session of sessions) session.destroy();
      }));

    it(`with ${extent.metadataMegabytes} MB of metadata`, () =>
      whileOthersAreServed(async () => {
        const sent = await endlessMetadata(signer.listenPort, extent.metadataMegabytes * MIB);
        expect(sent).toBeLessThan(extent.metadataMegabytes * MIB);
      }));

    it(`with ${extent.headerFloods} calls of a thousand headers`, () =>
      whileOthersAreServed(async () => {
        const headers = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`x-${i}`, 'v'.repeat(50)]));
        for (let i = 0; i < extent.headerFloods; i++) {
          const session = hostileSession(signer.listen);
          const stream = openStream(session, headers);
          await new Promise((resolve) => stream.once('close', resolve));
          session.destroy();
        }
      }));

    it(`with ${extent.slowReaders} streams that read nothing`, () =>
      whileOthersAreServed(async () => {
        const session = hostileSession(signer.listen, { initialWindowSize: 0 });
        const config = JSON.stringify({ ...ROUTE, payload: 'unsigned' });
        await Promise.all(Array.from({ length: extent.slowReaders }, () => slowReader(session, config, 64)));
        session.destroy();
      }));

    it(`with ${extent.unending} messages that never end`, () =>
      whileOthersAreServed(async () => {
        const session = hostileSession(signer.listen);
        await unendingMessages(session, extent.unending, 64 * MIB);
        session.destroy();
      }));

    it('leaves no stream open and no trace of a crash', async () => {
      const open = async () => {
        const text = await (await fetch(`http://${signer.admin}/metrics`)).text();
        return /^sigv4_streams_open (\d+)$/m.exec(text)?.[1];
      };
      await expect.poll(open, { timeout: 10_000 }).toBe('0');
      expect(signer.output()).not.toMatch(/SIGV4_INTERNAL|Error:|uncaught/);
      console.log(`memory at most ${peak.toFixed(0)} MiB`);
    });
  });
}

/** OK without an answer would have Envoy forward the request as it came. */
function expectNoSilentOk({ status, answers }: StreamEnd): void {
  if (status === '0') expect(answers).toBeGreaterThan(0);
}
