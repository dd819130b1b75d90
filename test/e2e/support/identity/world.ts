import type { ReceivedRequest, Sts } from '../../../stand-in/index.ts';
import { metric } from '../../../support/metrics.ts';
import { type Backends, REPORTS_WORKLOAD_ROLE, startBackends } from '../backends.ts';
import type { ClientResponse } from '../client.ts';
import { callerApi, workloadApi } from '../configs.ts';
import { type Bootstrap, type Cluster, type Placement, signerFilters } from '../example-config.ts';
import { type Gateway, route, startGateway } from '../gateway.ts';

export interface WorldOptions {
  placement?: Placement;
  /** Seconds; the signer's `sts_timeout`. */
  stsTimeout?: number;
  /** Last changes to the example. */
  change?: (config: Bootstrap) => void;
}

/** A caller with its token. */
export interface Caller {
  readonly sub: string;
  readonly authorization: string;
}

/** A real Envoy with a route for callers and one for a role of the workload, in front of a signer that asks the stand-in. */
export interface IdentityWorld {
  backends: Backends;
  gateway: Gateway;
  sts: Sts;
  callers: (count: number) => Promise<Caller[]>;
  askAs: (caller: Caller) => Promise<ClientResponse>;
  askAsWorkload: () => Promise<ClientResponse>;
  /** Signed with keys that need no STS: goes the same way, and tells what the machine itself takes. */
  askWithKeys: () => Promise<ClientResponse>;
  /** The sum of the signer's series of a name, whose labels hold a text. */
  metric: (name: string, labels?: string) => Promise<number>;
  close: () => Promise<void>;
}

/** On a machine that has other work too, nobody gives up before the signer does. */
const PATIENCE = { message_timeout: '30s', max_message_timeout: '30s' };
const PATIENT = { timeout: '60s' };

let callersMade = 0;

export async function startWorld(options: WorldOptions = {}): Promise<IdentityWorld> {
  const { placement = 'downstream', stsTimeout = 3, change } = options;
  const backends = await startBackends({ signer: { config: `sts_timeout: ${stsTimeout}\n` } });
  const roleOfWorkload = { ...workloadApi, credential_source: 'workload', aws_assume_role_arn: REPORTS_WORKLOAD_ROLE };
  const gateway = await startGateway(backends, {
    placement,
    routes: [
      route('/caller/', callerApi, PATIENT),
      route('/workload/', roleOfWorkload, PATIENT),
      route('/keys/', workloadApi, PATIENT),
    ],
    change: (config) => {
      for (const cluster of config.static_resources.clusters) makeRoom(cluster);
      for (const { typed_config } of signerFilters(config)) Object.assign(typed_config, PATIENCE);
      change?.(config);
    },
  });
  return {
    ...{ backends, gateway, sts: backends.standIn.sts },
    callers: (count) => Promise.all(Array.from({ length: count }, () => newCaller(backends))),
    askAs: ({ sub, authorization }) =>
      gateway.send({
        path: '/caller/',
        headers: [
          ['Authorization', authorization],
          ['X-Caller', sub],
        ],
      }),
    askAsWorkload: () => gateway.send({ path: '/workload/' }),
    askWithKeys: () => gateway.send({ path: '/keys/' }),
    metric: (name, labels) => metric(backends.signer, `${name}{`, labels),
    close: async () => {
      await gateway.close();
      await backends.close();
    },
  };
}

async function newCaller(backends: Backends): Promise<Caller> {
  const sub = `caller-${callersMade++}`;
  return { sub, authorization: await backends.bearer(sub) };
}

/** For thousands at once: none refused, and no more TLS handshakes than a machine can do that is client and AWS too. */
function makeRoom(cluster: Cluster & { connect_timeout?: string; circuit_breakers?: object }): void {
  const most = 65_536;
  const thresholds = { max_connections: 100, max_pending_requests: most, max_requests: most };
  cluster.circuit_breakers = { thresholds: [thresholds] };
  cluster.connect_timeout = '30s';
}

/** What is wrong with an answer to a caller, which the service gives to whom the signature is of. */
export function notFor({ sub }: Caller, { status, body }: ClientResponse): string | undefined {
  if (status !== 200) return `status ${status}: ${body.trim()}`;
  const { subject } = JSON.parse(body) as { subject: unknown };
  return subject === sub ? undefined : `signed as ${subject}, sent by ${sub}`;
}

/** Requests that arrived unsigned, badly signed, or signed with another caller's key than that of who sent them. */
export function strayRequests({ backends }: IdentityWorld): ReceivedRequest[] {
  return backends.standIn.service.received.filter(({ verdict, header }) => {
    const caller = header('x-caller');
    return !verdict.ok || (caller !== undefined && verdict.principal.subject !== caller);
  });
}

/** Everything that reached the service, whole or not. */
export function arrived({ backends }: IdentityWorld): number {
  return backends.standIn.service.started;
}
