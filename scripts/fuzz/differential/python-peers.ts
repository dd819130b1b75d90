import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ensurePythonTools } from '../../tools.ts';
import type { WireCase } from './wire.ts';

const peerAnswer = z.union([
  z.strictObject({ authorization: z.string() }),
  z.strictObject({ signature: z.string() }),
  z.strictObject({ unsupported: z.string() }),
  z.strictObject({ error: z.string() }),
]);
const lineAnswer = z.strictObject({ botocore: peerAnswer, awscrt: peerAnswer });

/** What a peer made of a request: its signature, or why there is none. */
export type PeerAnswer = z.infer<typeof peerAnswer>;
export type PythonAnswers = z.infer<typeof lineAnswer>;

/** botocore and awscrt, in a process of their own. */
export interface PythonPeers {
  sign(wires: readonly WireCase[]): Promise<PythonAnswers[]>;
  close(): Promise<void>;
}

/** @throws ToolError if the packages cannot be had */
export async function startPythonPeers(): Promise<PythonPeers> {
  const { python } = await ensurePythonTools();
  const child = spawn(python, [join(import.meta.dirname, 'python-peer.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child, 'spawn');
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async sign(wires) {
      child.stdin.write(wires.map((wire) => `${JSON.stringify(wire)}\n`).join(''));
      const answers: PythonAnswers[] = [];
      for (const _ of wires) {
        const { value, done } = await lines.next();
        if (done) throw new Error('the process of the Python peers ended');
        answers.push(lineAnswer.parse(JSON.parse(value)));
      }
      return answers;
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
