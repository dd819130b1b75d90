import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { makeNicer } from '../../threads/index.ts';
import { Exchanges } from './exchanges.ts';
import type { Order } from './messages.ts';

makeNicer(ownId());
const port = parentPort as MessagePort;
const exchanges = new Exchanges((news) => port.postMessage(news));
port.on('message', (order: Order) => exchanges.take(order));

/** This thread's id; none but on Linux. */
function ownId(): number[] {
  try {
    return [Number(basename(readlinkSync('/proc/thread-self')))];
  } catch {
    return [];
  }
}
