import { BackwardWriter, Reader } from '../protobuf/index.ts';
import { type Method, ONE_MESSAGE, unary } from './method.ts';
import type { ServerCall } from './server-call.ts';
import { Status, StatusError } from './status.ts';

const SERVICE = 'grpc.health.v1.Health';

/** `HealthCheckResponse.ServingStatus`. */
const ServingStatus = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
type ServingStatus = (typeof ServingStatus)[keyof typeof ServingStatus];

type Watcher = (status: ServingStatus) => void;

/** Tells whether services are served; the name '' stands for the whole server. */
export class Health {
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #watchers = new Map<string, Set<Watcher>>();

  /** @param services names that are known; none of them is served until `setServing` says so */
  constructor(services: Iterable<string>) {
    for (const service of services) this.#statuses.set(service, ServingStatus.NOT_SERVING);
  }

  /** Of all services. */
  setServing(serving: boolean): void {
    const status = serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    for (const service of this.#statuses.keys()) {
      this.#statuses.set(service, status);
      for (const watcher of this.#watchers.get(service) ?? []) watcher(status);
    }
  }

  /**
   * The methods of the service, by path.
   * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
   */
  methods<Peer>(): [path: string, Method<unknown, unknown, Peer>][] {
    const codec = { decode: decodeRequest, encode: encodeResponse };
    const check = unary<string, ServingStatus, Peer>({
      ...codec,
      open: () => ({ answer: (service) => this.#check(service) }),
    });
    const watch: Method<string, ServingStatus, Peer> = { ...codec, open: (call) => this.#watch(call) };
    return [
      [`/${SERVICE}/Check`, check as Method<unknown, unknown, Peer>],
      [`/${SERVICE}/Watch`, watch as Method<unknown, unknown, Peer>],
    ];
  }

  #check(service: string): ServingStatus {
    const status = this.#statuses.get(service);
    if (status === undefined) throw new StatusError(Status.NOT_FOUND, 'this server has no such service');
    return status;
  }

  #watch<Peer>(call: ServerCall<ServingStatus, Peer>) {
    let watched: string | undefined;
    const watcher: Watcher = (status) => call.send(status);
    return {
      onMessage: (service: string) => {
        if (watched !== undefined) throw new StatusError(Status.UNIMPLEMENTED, ONE_MESSAGE);
        watched = service;
        const watchers = this.#watchers.get(service) ?? new Set();
        this.#watchers.set(service, watchers.add(watcher));
        watcher(this.#statuses.get(service) ?? ServingStatus.SERVICE_UNKNOWN);
      },
      onEnd() {
        // A watch lasts until its peer has enough.
        if (watched === undefined) call.end(Status.UNIMPLEMENTED, ONE_MESSAGE);
      },
      onClose: () => {
        if (watched === undefined) return;
        const watchers = this.#watchers.get(watched);
        watchers?.delete(watcher);
        if (watchers?.size === 0) this.#watchers.delete(watched);
      },
    };
  }
}

function decodeRequest(message: Buffer): string {
  const reader = new Reader(message);
  let service = '';
  while (reader.next()) {
    if (reader.field === 1) service = reader.utf8();
    else reader.skip();
  }
  return service;
}

const writer = new BackwardWriter();

function encodeResponse(status: ServingStatus, headroom: number): Buffer {
  writer.varint(1, status);
  return writer.finish(headroom);
}
