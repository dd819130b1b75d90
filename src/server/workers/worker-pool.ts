import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Logger } from '../log.ts';
import { isOurs, NEWS, type News, type Order, WORKER_ADMIN_ENV } from './messages.ts';

/** A worker that ends sooner than that is not replaced at once. */
const SHORT_LIFE_MS = 5_000;
const REST_MS = 1_000;
/** How often the shares are compared. */
const BALANCE_MS = 2_000;
/** How long a worker may take to end behind its grace. */
const END_MS = 2_000;

interface Member {
  readonly worker: Worker;
  readonly admin: string;
  readonly bornAt: number;
  connections: number;
  /** Handed over, and not taken yet. */
  readonly underWay: Set<Socket>;
  isStarted: boolean;
  isReady: boolean;
}

export interface PoolOptions {
  count: number;
  mostConnections: number;
  /** For sockets of the workers' own. */
  folder: string;
  log: Logger;
}

/** The worker processes: hands each connection to the one that has fewest, and replaces those that end. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #members = new Map<number, Member>();
  readonly #events = new EventEmitter();
  readonly #balancing: NodeJS.Timeout;
  #isTurningAway = false;
  #isStopping = false;
  /** Workers that took another's place. */
  replaced = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.count; i++) this.#fork();
    this.#balancing = setInterval(() => this.#balance(), BALANCE_MS).unref();
    process.once('exit', () => {
      for (const { worker } of this.#members.values()) worker.process.kill('SIGKILL');
    });
  }

  /** Resolves when all workers can take connections. @throws Error with what the first one to fail says */
  async started(): Promise<void> {
    while (!this.#all.every(({ isStarted }) => isStarted)) {
      const [failure] = (await once(this.#events, 'change')) as [string | undefined];
      if (failure === undefined) continue;
      this.#isStopping = true;
      for (const { worker } of this.#all) worker.process.kill('SIGKILL');
      throw new Error(failure);
    }
  }

  /** Whether there is a worker that has all that it needs. */
  get isReady(): boolean {
    return !this.#isTurningAway && !this.#isStopping && this.#all.some(({ isReady }) => isReady);
  }

  get size(): number {
    return this.#all.filter(({ isStarted }) => isStarted).length;
  }

  /** The socket of some worker's admin server. */
  get adminSocket(): string | undefined {
    return this.#all.find(({ isStarted }) => isStarted)?.admin;
  }

  /** Hands a connection over. */
  assign(socket: Socket): void {
    const candidates = this.#all.filter(({ isStarted, worker }) => isStarted && worker.isConnected());
    const total = candidates.reduce((sum, { connections }) => sum + connections, 0);
    const least = candidates.sort((a, b) => a.connections - b.connections)[0];
    if (least === undefined || total >= this.#options.mostConnections) return void socket.destroy();
    least.connections += 1;
    least.underWay.add(socket);
    // Kept open here until the worker has it: what is on its way to one that dies would be closed by nobody.
    least.worker.send({ type: 'connection' } satisfies Order, socket, { keepOpen: true }, (error) => {
      if (error) socket.destroy();
    });
  }

  /** Has health checks told that all are going. */
  turnAway(): void {
    this.#isTurningAway = true;
    this.tellAll({ type: 'turn away' });
  }

  tellAll(order: Order): void {
    for (const { worker } of this.#all) if (worker.isConnected()) worker.send(order);
  }

  /** Resolves when all workers have ended. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#balancing);
    this.tellAll({ type: 'stop', graceMs });
    const deadline = setTimeout(() => {
      for (const { worker } of this.#all) worker.process.kill('SIGKILL');
    }, graceMs + END_MS);
    while (this.#members.size > 0) await once(this.#events, 'change');
    clearTimeout(deadline);
  }

  get #all(): Member[] {
    return [...this.#members.values()];
  }

  #fork(): void {
    const admin = join(this.#options.folder, `${this.#members.size}-${Date.now().toString(36)}.sock`);
    const worker = cluster.fork({ [WORKER_ADMIN_ENV]: admin });
    const member = {
      worker,
      admin,
      bornAt: Date.now(),
      connections: 0,
      underWay: new Set<Socket>(),
      isStarted: false,
      isReady: false,
    };
    this.#members.set(worker.id, member);
    worker.on('message', (message: unknown) => {
      if (isOurs<News>(message, NEWS)) this.#hear(member, message);
    });
    // Of what is sent to one that has just died; its exit says the rest.
    worker.on('error', () => undefined);
    worker.once('exit', (code, signal) => this.#onExit(member, signal ?? `code ${code}`));
  }

  #hear(member: Member, news: News): void {
    if (news.type === 'started') member.isStarted = true;
    if (news.type === 'ready') member.isReady = true;
    if (news.type === 'connection closed') member.connections -= 1;
    if (news.type === 'connection taken') this.#letGo(member);
    this.#events.emit('change', news.type === 'failed' ? news.message : undefined);
  }

  /** Workers take connections in the order in which they were handed over. */
  #letGo({ underWay }: Member): void {
    for (const socket of underWay) {
      underWay.delete(socket);
      socket.destroy();
      return;
    }
  }

  #onExit({ worker, bornAt, underWay }: Member, ended: string): void {
    const { log } = this.#options;
    for (const socket of underWay) socket.destroy();
    this.#members.delete(worker.id);
    this.#events.emit('change', undefined);
    if (this.#isStopping) return;
    log.error({ worker: worker.id, ended }, 'a worker has ended; another one takes its place');
    this.replaced += 1;
    const rest = Date.now() - bornAt < SHORT_LIFE_MS ? REST_MS : 0;
    setTimeout(() => this.#isStopping || this.#fork(), rest);
  }

  /** Envoy's connections are few and live for days: a worker that came late would never get its share. */
  #balance(): void {
    const all = this.#all.filter(({ isStarted }) => isStarted).sort((a, b) => a.connections - b.connections);
    const [least, most] = [all[0], all.at(-1)];
    if (least === undefined || most === undefined || most.connections - least.connections < 2) return;
    if (most.worker.isConnected()) most.worker.send({ type: 'dismiss one' } satisfies Order);
  }
}
