import { join } from 'node:path';
import { ELSEWHERE } from './elsewhere.ts';
import { startPlain } from './servers.ts';

/** The bench's STS, a process of its own, with Node's flags of this one. */
export interface BenchSts {
  pid: number;
  url: string;
  /** How late it answers from now on. */
  delay(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** @param sessionSeconds how long credentials live */
export async function startBenchSts({ sessionSeconds = 3600 } = {}): Promise<BenchSts> {
  const script = join(import.meta.dirname, 'sts-server.ts');
  const argv = [...process.execArgv, script, String(sessionSeconds)];
  const { pid, address, close } = await startPlain(process.execPath, argv, { launcher: ELSEWHERE });
  const url = `http://127.0.0.1:${address}`;
  return {
    pid,
    url,
    delay: async (milliseconds) => {
      await (await fetch(`${url}/delay?ms=${milliseconds}`, { method: 'POST' })).text();
    },
    close,
  };
}
