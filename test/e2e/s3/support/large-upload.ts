import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { SeededBytes } from './seeded-bytes.ts';

export interface LargeUpload {
  status: number;
  /** Of the answer. */
  body: string;
  /** Of what was sent, hex. */
  sha256: string;
  seconds: number;
}

/** Uploads seeded bytes, made as they are sent and never held, through a port on loopback. */
export async function uploadLarge(port: number, path: string, bytes: number, seed: number): Promise<LargeUpload> {
  const started = performance.now();
  const headers = { 'content-length': bytes };
  const outgoing = request({ host: '127.0.0.1', port, method: 'PUT', path, headers, agent: false });
  const answered = once(outgoing, 'response');
  // Who awaits it below hears of a failure; until then it is no unhandled one.
  answered.catch(() => undefined);
  const sent = createHash('sha256');
  for (const part of new SeededBytes(seed).parts(bytes)) {
    sent.update(part);
    if (!outgoing.write(part)) await Promise.race([once(outgoing, 'drain'), answered]);
  }
  outgoing.end();
  const [response] = await answered;
  const body = await text(response);
  const seconds = (performance.now() - started) / 1000;
  return { status: response.statusCode, body, sha256: sent.digest('hex'), seconds };
}

/** SHA-256 of a file, hex. */
export async function sha256OfFile(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) digest.update(part);
  return digest.digest('hex');
}

/** What of a process's memory is resident, in MiB, now and at most so far (Linux); undefined where that is not told. */
export function residentMemory(pid: number): { now: number; peak: number } | undefined {
  const field = (status: string, name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { now: field(status, 'VmRSS'), peak: field(status, 'VmHWM') };
  } catch {
    return undefined;
  }
}
