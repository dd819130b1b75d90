import { ensurePythonTools } from '../../../../scripts/tools.ts';
import { type Child, startChild } from '../../../support/child.ts';
import { isolatedEnvironment } from './environment.ts';
import { type KeyPair, setUpIdentities } from './identities.ts';

const START_TIMEOUT_MS = 30_000;

export interface Moto {
  port: number;
  /** The user's key pair, which moto knows. */
  user: KeyPair;
  userArn: string;
  /** The role that the user may assume. */
  roleArn: string;
  /** Moto's log of requests. */
  output: () => string;
  close: () => Promise<unknown>;
}

/**
 * Runs moto's server on a port of the kernel, makes a user and a role there, and then turns on the checks of signatures and policies.
 * @param prepare makes more identities, before the checks
 * @throws Error with moto's log when it does not start
 */
export async function startMoto(prepare?: (port: number) => Promise<void>): Promise<Moto> {
  const { python } = await ensurePythonTools();
  // It writes its port to stderr alone.
  const command = 'exec "$0" -m moto.server -H 127.0.0.1 -p 0 2>&1';
  const child = await startChild('/bin/sh', ['-c', command, python], { env: isolatedEnvironment(), graceMs: 2000 });
  try {
    const port = await portOf(child);
    const identities = await setUpIdentities(port);
    await prepare?.(port);
    await checkEverything(port);
    return { port, ...identities, output: child.output, close: child.close };
  } catch (error) {
    await child.kill();
    throw new Error(`moto did not start: ${error instanceof Error ? error.message : error}\n${child.output()}`);
  }
}

function portOf(child: Child): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not say its port')), START_TIMEOUT_MS);
    child.onLine((line) => {
      const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${signal ?? `code ${code}`}`));
    });
  });
}

/** Sets INITIAL_NO_AUTH_ACTION_COUNT, infinite until now, to nought. */
async function checkEverything(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  if (!answer.ok) throw new Error(`reset-auth answered ${answer.status}`);
}
