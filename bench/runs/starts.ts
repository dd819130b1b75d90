import { setTimeout as delay } from 'node:timers/promises';
import { startOurs } from '../contenders/servers.ts';
import { memoryOf } from '../proc.ts';

/** Before the memory of an idle service is read: what its start leaves behind is freed by then. */
const SETTLED_MS = 2_000;

export interface Start {
  /** From the start of the process to its line that says that it is ready, in seconds. */
  readySeconds: number;
  idleRssBytes: number;
}

/** Starts the service so many times, and leaves it alone. */
export async function measureStarts(times: number): Promise<Start[]> {
  const starts: Start[] = [];
  for (let index = 0; index < times; index++) {
    const server = await startOurs();
    try {
      await delay(SETTLED_MS);
      const { rssBytes } = await memoryOf(server.pid);
      starts.push({ readySeconds: server.readyMs / 1000, idleRssBytes: rssBytes });
    } finally {
      await server.close();
    }
  }
  return starts;
}
