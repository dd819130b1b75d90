import { EventEmitter, once } from 'node:events';
import { vi } from 'vitest';
import { Metrics } from '../../src/admin/index.ts';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver, type ServerConfig } from '../../src/config/index.ts';
import { Clock, CredentialSource } from '../../src/credentials/index.ts';
import { createGrpcServer, type GrpcServer } from '../../src/server/grpc-server.ts';
import { openListener } from '../../src/server/transport/listener.ts';
import { Allowance, type Peer, type RequestReport, Signer, UNNAMED_PEER } from '../../src/signer/index.ts';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import { CredentialStore } from '../stand-in/index.ts';
import { type Verdict, verify } from '../stand-in/sigv4-verifier.ts';
import { behind } from './envoy-mutations.ts';
import { type AnswerMessage, ExtProcClient } from './ext-proc-client.ts';
import { type HeaderPair, type RequestShape, requestPairs } from './ext-proc-messages.ts';
import { rethrow } from './rethrow.ts';

/** Environment under which the SDK's provider chain finds the demo's user and nothing of this machine. */
export const WORKLOAD_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: DEMO_WORKLOAD.accessKeyId,
  AWS_SECRET_ACCESS_KEY: DEMO_WORKLOAD.secretAccessKey,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Has the process itself run under it, until `vi.unstubAllEnvs`. */
export function stubWorkloadEnvironment(): void {
  for (const [name, value] of Object.entries(WORKLOAD_ENVIRONMENT)) vi.stubEnv(name, value);
}

/** A route's config for the workload's own keys. */
export const ROUTE = { aws_region: 'eu-west-1', aws_service: 'execute-api', override_target_host: 'api.aws.test' };

/** gRPC metadata that carries a route's config. */
export function routeMetadata(config: object = ROUTE): Record<string, string> {
  return { 'x-aws-request-signing': JSON.stringify(config) };
}

export interface InProcessSigner {
  address: string;
  server: GrpcServer;
  client: ExtProcClient;
  reports: RequestReport[];
  /** The gauge sigv4_streams_open. */
  openStreams(): Promise<number>;
  /** Resolves when that gauge is at `count`. */
  streamsAre(count: number): Promise<void>;
  /** Resolves when `count` requests have been reported. */
  reported(count: number): Promise<RequestReport[]>;
  close(): Promise<void>;
}

/** The gRPC side of the service on a port of the kernel's, in this process, and a client of it. */
export async function startInProcess(
  options: {
    server?: Partial<ServerConfig>;
    credentials?: CredentialSource;
    authority?: string;
    patienceMs?: number;
    /** Whether resets are not counted. */
    isTrusted?: boolean;
    /** Who is at the other end of each connection. */
    peer?: Peer;
  } = {},
): Promise<InProcessSigner> {
  const config = { ...DEFAULT_SERVER_CONFIG, ...options.server };
  const metrics = new Metrics({ cachedIdentities: () => 0, clockOffsetMs: () => 0 });
  const credentials =
    options.credentials ??
    new CredentialSource({ cache: config.cache, stsTimeoutMs: 3000, observer: metrics, clock: new Clock() });
  const signer = new Signer({
    resolver: new RouteConfigResolver(config),
    credentials,
    allowance: new Allowance(config.allow),
    now: () => new Date(),
    observer: metrics,
  });
  const events = new EventEmitter();
  const reports: RequestReport[] = [];
  const notify = () => void events.emit('change');
  const server = createGrpcServer({
    signer: () => signer,
    observer: {
      streamOpened: () => {
        metrics.streamOpened();
        notify();
      },
      streamClosed: () => {
        metrics.streamClosed();
        notify();
      },
      requestDone: (report) => {
        reports.push(report);
        notify();
      },
    },
    patienceMs: () => options.patienceMs ?? 4_000,
    isTrusted: options.isTrusted ?? true,
    verdicts: options.server?.verdicts ?? true,
    limits: config.limits,
    onDefect: rethrow,
    onNoPreface: () => undefined,
  });
  const listener = await openListener({
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    maxConnections: config.limits.connections,
    onConnection: (socket) => server.accept(socket, options.peer ?? UNNAMED_PEER),
  });
  const client = new ExtProcClient(listener.address, options.authority);

  const openStreams = async (): Promise<number> => {
    const text = await metrics.registry.getSingleMetricAsString('sigv4_streams_open');
    return Number(/^sigv4_streams_open (\d+)$/m.exec(text)?.[1]);
  };
  return {
    address: listener.address,
    server,
    client,
    reports,
    openStreams,
    async streamsAre(count) {
      for (;;) {
        const changed = once(events, 'change');
        if ((await openStreams()) === count) return;
        await changed;
      }
    },
    async reported(count) {
      while (reports.length < count) await once(events, 'change');
      return reports;
    },
    async close() {
      client.close();
      listener.close();
      await server.stop(1000);
      credentials.close();
    },
  };
}

/** Whether AWS would take the request as Envoy forwards it behind these answers; judged by the stand-in's own code. */
export function verdictOf(shape: RequestShape, answers: readonly AnswerMessage[], body: string | Buffer = ''): Verdict {
  return judge(behind(requestPairs(shape), answers), body);
}

/** The same of a request with these headers, pseudo-headers among them. */
export function judge(headers: readonly HeaderPair[], body: string | Buffer = ''): Verdict {
  const pseudo = new Map(headers.filter(([name]) => name.startsWith(':')));
  const rawHeaders = headers.filter(([name]) => !name.startsWith(':')).flat();
  return verify(
    pseudo.get(':method') ?? '',
    pseudo.get(':path') ?? '',
    ['host', pseudo.get(':authority') ?? '', ...rawHeaders],
    Buffer.from(body),
    new CredentialStore([DEMO_WORKLOAD]),
    new Date(),
    { payload: 'either' },
  );
}
