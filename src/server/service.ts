import type { Socket } from 'node:net';
import { Journal, Metrics, type PageSources } from '../admin/index.ts';
import type { ServerConfig } from '../config/index.ts';
import { Clock } from '../credentials/index.ts';
import { UNNAMED_PEER } from '../signer/index.ts';
import { openTracing, type Tracing } from '../tracing/index.ts';
import { createGrpcServer, type GrpcServer } from './grpc-server.ts';
import { keepHeapRoom } from './heap-room.ts';
import { loadLate } from './late-loads.ts';
import { formatListenAddress, type ListenAddress } from './listen-address.ts';
import { LiveSettings } from './live-settings.ts';
import type { Logger } from './log.ts';
import { credentialsObserver, requestObserver } from './observers.ts';
import { workloadIsReady } from './readiness.ts';
import { needingRestart } from './reload.ts';
import { isTrusted } from './transport/exposure.ts';
import { MemoryGuard, memoryShare } from './transport/memory-guard.ts';
import { openTlsDoor, type TlsDoor } from './transport/tls-door.ts';
import { letV8GiveWay } from './v8-workers.ts';

/** What the rest of an answer may take when STS has taken all of its time. */
const ANSWER_MS = 1_000;
/** At a scrape. */
const MOST_LIFETIMES_READ = 10_000;

export interface ServiceOptions {
  config: ServerConfig;
  /** The address that connections come from. */
  listen: ListenAddress;
  log: Logger;
  /** Told once the service has all that it needs. */
  onReady?: () => void;
}

/** All that signs, without the ports: one in each process. */
export class Service {
  readonly metrics: Metrics;
  readonly #journal: Journal;
  readonly #tracing: Tracing | undefined;
  readonly #listen: ListenAddress;
  readonly #log: Logger;
  readonly #settings: LiveSettings;
  readonly #grpc: GrpcServer;
  readonly #door: TlsDoor | undefined;
  readonly #memory: MemoryGuard;
  readonly #releaseHeap = keepHeapRoom();
  readonly #leaveV8 = letV8GiveWay();
  readonly #cancelLateLoads: () => void;
  readonly #ending = new AbortController();
  #isReady = false;

  /** @throws Error for files that cannot be used */
  static async start({ config, listen, log, onReady }: ServiceOptions): Promise<Service> {
    const clock = new Clock();
    const metrics: Metrics = new Metrics({
      cachedIdentities: () => settings.now.credentials.source.size,
      clockOffsetMs: () => clock.offsetMs,
      expiriesMs: () => settings.now.credentials.source.lifetimes(MOST_LIFETIMES_READ),
      openBreakers: () => settings.now.credentials.source.brokenEndpoints,
    });
    const journal = new Journal();
    const tracing = await openTracing(config.telemetry, process.env, (message) =>
      log.warn({ err: message }, 'traces cannot be sent'),
    );
    const observed = { metrics, journal, log, accessSample: config.accessSample ?? 0, tracing };
    const observer = credentialsObserver(observed);
    const settings = await LiveSettings.open(config, { clock, metrics, log, observer, tracing });
    const grpc = createGrpcServer({
      signer: () => settings.now.signer,
      observer: requestObserver(observed),
      patienceMs: () => settings.now.config.stsTimeoutMs + ANSWER_MS,
      isTrusted: isTrusted(listen, config),
      dynamicMetadata: () => settings.now.config.dynamicMetadata === true,
      verdicts: config.verdicts,
      limits: config.limits,
      onDefect: (error) => log.error({ err: error }, 'stream ended by a defect'),
      onNoPreface: (connection, reason) => {
        const { remoteAddress: address } = connection as Socket;
        log.info({ address, reason }, 'connection refused: no HTTP/2 preface');
      },
    });
    try {
      const door = config.tls && (await openTlsDoor({ tls: config.tls, log, onPeer: grpc.accept }));
      const memory = new MemoryGuard(config.limits.memoryBytes ?? memoryShare(config.workers), log);
      return new Service({ metrics, journal, tracing, log, listen, settings, grpc, door, memory, onReady });
    } catch (error) {
      await settings.close();
      throw error;
    }
  }

  private constructor(parts: {
    metrics: Metrics;
    journal: Journal;
    tracing: Tracing | undefined;
    log: Logger;
    listen: ListenAddress;
    settings: LiveSettings;
    grpc: GrpcServer;
    door: TlsDoor | undefined;
    memory: MemoryGuard;
    onReady: (() => void) | undefined;
  }) {
    this.metrics = parts.metrics;
    this.#journal = parts.journal;
    this.#tracing = parts.tracing;
    this.#listen = parts.listen;
    this.#log = parts.log;
    this.#settings = parts.settings;
    this.#grpc = parts.grpc;
    this.#door = parts.door;
    this.#memory = parts.memory;
    this.#cancelLateLoads = loadLate(parts.log);
    void this.#becomeReady(parts.onReady);
  }

  /** Whether requests should be sent here. */
  get isReady(): boolean {
    return this.#isReady && !this.#ending.signal.aborted;
  }

  /** What the operator's page shows of this process. */
  page(listen: () => string = () => formatListenAddress(this.#listen)): PageSources {
    const settings = this.#settings;
    const source = () => settings.now.credentials.source;
    return {
      journal: this.#journal,
      credentials: {
        get size() {
          return source().size;
        },
        get brokenEndpoints() {
          return source().brokenEndpoints;
        },
        list: (most) => source().list(most),
        evictById: (id) => source().evictById(id),
      },
      resolver: () => settings.now.resolver,
      openStreams: () => this.metrics.openStreams,
      isReady: () => this.isReady,
      listen,
    };
  }

  /** Serves a connection, fresh from the kernel. */
  accept(socket: Socket): void {
    socket.on('error', () => undefined);
    this.#memory.watch(socket);
    if (this.#door) this.#door.admit(socket);
    else this.#grpc.accept(socket, UNNAMED_PEER);
  }

  /** Has the peer of one connection come again, without harm to its requests. */
  dismissOne(): void {
    this.#grpc.dismissOne();
  }

  /** @throws Error, with everything as it was before */
  async apply(config: ServerConfig): Promise<void> {
    const before = this.#settings.now.config;
    await this.#settings.replace(config);
    this.#door?.allow(config.tls?.allowedSans);
    const settings = needingRestart(before, config);
    if (settings.length > 0) this.#log.warn({ settings }, 'changed settings that only a restart takes into use');
  }

  /** Tells health checks that it is going; requests are still served. */
  turnAway(): void {
    this.#ending.abort();
    this.#grpc.setServing(false);
  }

  /** Has peers go elsewhere, gives requests under way some time, and ends. To be called when no connections come. */
  async finish(graceMs: number): Promise<void> {
    this.turnAway();
    this.#cancelLateLoads();
    await this.#grpc.stop(graceMs);
    this.#door?.close();
    this.#memory.close();
    this.#releaseHeap();
    this.#leaveV8();
    await this.#settings.close();
    await this.#tracing?.close();
  }

  async #becomeReady(onReady: (() => void) | undefined): Promise<void> {
    const { config, credentials } = this.#settings.now;
    try {
      await workloadIsReady(config, credentials.source, { log: this.#log, signal: this.#ending.signal });
    } catch {
      return;
    }
    this.#isReady = true;
    this.#grpc.setServing(true);
    onReady?.();
  }
}
