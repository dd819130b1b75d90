import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startChild } from '../../support/child.ts';

const module = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'stop-signal.ts');

// A service that is asked to stop while it starts.
const program = `
  import { stopSignal } from ${JSON.stringify(module)};
  const stopped = stopSignal();
  console.log('starting');
  const idle = setTimeout(() => {}, 60_000);
  console.log(await stopped);
  clearTimeout(idle);
`;

it.each(['SIGTERM', 'SIGINT'] as const)('%s is not lost while the service starts', async (name) => {
  const child = await startChild(process.execPath, ['--input-type=module', '--eval', program]);
  await new Promise<void>((resolve) => child.onLine(() => resolve()));
  process.kill(child.pid, name);
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.output()).toBe(`starting\n${name}\n`);
});
