import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { Exchanges } from './exchanges.ts';
import type { Order } from './messages.ts';

/** By Linux's weights, a tenth of a core that the main thread wants as well. */
const NICER_BY = 10;
const NICEST = 19;

giveWay();
const port = parentPort as MessagePort;
const exchanges = new Exchanges((news) => port.postMessage(news));
port.on('message', (order: Order) => exchanges.take(order));

/** Those whose credentials are cached come first where there is but one core. Only Linux has a niceness for each thread. */
function giveWay(): void {
  try {
    const self = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(self, Math.min(NICEST, getPriority(self) + NICER_BY));
  } catch {}
}
