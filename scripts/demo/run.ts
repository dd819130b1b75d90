import { setTimeout as delay } from 'node:timers/promises';
import { deviations } from './check.ts';
import { send } from './client.ts';
import { Player, type Stage } from './play.ts';
import { type Played, printScene, printVerdict } from './print.ts';
import { SCENES } from './scenes.ts';

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 200;

export interface RunOptions {
  stage: Stage;
  /** The signer served others before, so that some sessions may be in its cache. */
  mayHaveCachedRole: boolean;
  /** Ends the run between two requests; {@link runScenes} then throws its reason. */
  signal: AbortSignal;
}

/**
 * Plays all scenes and prints each of them, then the verdict.
 * @returns whether everything went as it should
 */
export async function runScenes({ stage, mayHaveCachedRole, signal }: RunOptions): Promise<boolean> {
  const started = performance.now();
  const player = new Player(stage);
  const played: Played[] = [];
  const keyOf = (number: number) => played[number - 1]?.seen.aws[0]?.signed?.accessKeyId;
  try {
    for (const scene of SCENES) {
      signal.throwIfAborted();
      const seen = await player.play(scene);
      const entry = { scene, seen, faults: deviations(scene, seen, { keyOf, mayHaveCachedRole }) };
      printScene(played.push(entry), entry);
    }
  } finally {
    await player.restore();
  }
  printVerdict(played, (performance.now() - started) / 1000);
  return played.every(({ faults }) => faults.length === 0);
}

/** Waits until an Envoy that is just starting asks its signer. */
export async function untilReady(gateway: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await send({ method: 'GET', origin: gateway, path: '/legacy', headers: {} }).catch(() => undefined);
    if (answer?.body.includes('SIGV4_')) return;
    if (Date.now() > deadline) throw new Error(`no signer answers through ${gateway}`);
    await delay(POLL_MS, undefined, { signal });
  }
}
