import type { Socket } from 'node:net';
import { totalmem } from 'node:os';
import type { Logger } from '../log.ts';

const INTERVAL_MS = 200;
/** Of what the process may have; the rest is the heap's room to be collected, and the system's. */
const SHARE = 0.6;
/** A connection that brought less since the last look is not what fills the memory. */
const LEAST_BYTES = 1024 * 1024;

/** What a process may hold at most, of those that share the machine's or the container's memory, in bytes. */
export function memoryShare(processes: number): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return (available * SHARE) / processes;
}

/**
 * Keeps peers from filling the memory with messages that they begin and never end, which no other limit counts:
 * where more is held than may be, the connection that brings most is broken off, before the system kills the process
 * and all requests with it.
 */
export class MemoryGuard {
  readonly #most: number;
  readonly #log: Logger;
  /** What each connection had brought at the last look. */
  readonly #connections = new Map<Socket, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(most: number, log: Logger) {
    this.#most = most;
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), INTERVAL_MS).unref();
  }

  watch(socket: Socket): void {
    this.#connections.set(socket, 0);
    socket.once('close', () => this.#connections.delete(socket));
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { heapUsed, external } = process.memoryUsage();
    let [greatest, brought]: [Socket | undefined, number] = [undefined, LEAST_BYTES];
    for (const [socket, before] of this.#connections) {
      const bytes = socket.bytesRead - before;
      this.#connections.set(socket, socket.bytesRead);
      if (bytes > brought) [greatest, brought] = [socket, bytes];
    }
    if (heapUsed + external <= this.#most || greatest === undefined) return;
    const about = { address: greatest.remoteAddress, held_bytes: heapUsed + external, brought_bytes: brought };
    this.#log.error(about, 'connection broken off: the memory is nearly full, and it brought most');
    greatest.destroy();
  }
}
