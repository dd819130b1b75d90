import { parseArgs } from 'node:util';
import { ToolError } from '../venv.ts';
import { printKeepHelp } from './keep.ts';
import { findStage } from './play.ts';
import { printHeader } from './print.ts';
import { runScenes, untilReady } from './run.ts';

const USAGE = `npm run demo [-- --keep]

  --keep                leaves Envoy, the signer and the stand-in for AWS running, to be tried with curl
  --connect HOST:PORT   sends the requests to an Envoy that runs already, as docker compose does, …
  --stand-in HOST:PORT  … whose stand-in for AWS has its control port there`;

interface Settings {
  keep: boolean;
  remote?: { gateway: string; control: string };
}

const abort = new AbortController();
// A second signal waits for nothing; every child ends with this process.
const stop = () => (abort.signal.aborted ? process.exit(130) : abort.abort());
process.on('SIGINT', stop).on('SIGTERM', stop);

try {
  process.exitCode = (await main(readSettings(), abort.signal)) ? 0 : 1;
} catch (error) {
  process.exitCode = abort.signal.aborted ? 130 : 1;
  if (error instanceof ToolError) console.error(`demo: ${error.message}`);
  else if (!abort.signal.aborted) console.error(error);
}

/** @returns whether everything went as it should */
async function main({ keep, remote }: Settings, signal: AbortSignal): Promise<boolean> {
  if (remote) {
    await untilReady(remote.gateway, signal);
    printHeader('Envoy');
    const stage = await findStage(remote.gateway, remote.control);
    return await runScenes({ stage, signal, mayHaveCachedRole: true });
  }
  // Not for the client's container, which has neither Envoy nor signer.
  const { startParts } = await import('./local.ts');
  await using stack = new AsyncDisposableStack();
  const parts = await startParts(stack);
  signal.throwIfAborted();
  printHeader(parts.envoy);
  const stage = await findStage(parts.gateway, parts.control);
  const good = await runScenes({ stage, signal, mayHaveCachedRole: false });
  if (keep) {
    printKeepHelp(stage);
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  return good;
}

function readSettings(): Settings {
  try {
    const { values } = parseArgs({
      options: {
        keep: { type: 'boolean', default: false },
        connect: { type: 'string' },
        'stand-in': { type: 'string' },
      },
    });
    const { keep, connect, 'stand-in': standIn } = values;
    if (connect === undefined && standIn === undefined) return { keep };
    if (connect === undefined || standIn === undefined) throw new Error('--connect and --stand-in go together');
    return { keep: false, remote: { gateway: `http://${connect}`, control: `http://${standIn}` } };
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
