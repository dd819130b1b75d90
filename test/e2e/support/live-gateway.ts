import { gatewayConfig, upstreamConfig } from '../../../bench/gateway.ts';
import { type Envoy, startEnvoy } from '../../support/envoy.ts';

export interface LiveGatewayOptions {
  /** Ports of signers on loopback, or their sockets. */
  signers: readonly (number | string)[];
  /** Asks their health as often; a signer that is not healthy gets no requests. */
  healthCheckSeconds?: number;
  /** Has Envoy ask again where a stream breaks before its first answer. */
  retries?: boolean;
  /** Speaks TLS with the signers. */
  tls?: { ca: string; cert?: string; key?: string; sni?: string };
  /** Worker threads. */
  concurrency?: number;
  /** Signing config of the only route. */
  route?: object;
  /** Where requests go instead, signed or not. */
  upstreamPort?: number;
}

interface GatewayConfig {
  static_resources: { listeners: object[]; clusters: SignerCluster[] };
}

interface SignerCluster {
  name: string;
  load_assignment: { endpoints: object[] };
  health_checks?: object[];
  circuit_breakers?: object;
  transport_socket?: object;
}

export interface LiveGateway {
  gateway: Envoy;
  port: number;
  /** How many signers Envoy takes for healthy. */
  healthySigners: () => Promise<number>;
  close: () => Promise<void>;
}

/** An Envoy that asks signers, in front of one that answers 200 to signed requests and 403 to others. */
export async function startLiveGateway(options: LiveGatewayOptions): Promise<LiveGateway> {
  const upstream = await startEnvoy({ config: upstreamConfig(), logLevel: 'warning' });
  const ports = { signer: 0, upstream: options.upstreamPort ?? upstream.listenerPorts.get('upstream') ?? 0 };
  const config = gatewayConfig(ports) as GatewayConfig;
  const cluster = config.static_resources.clusters.find(({ name }) => name === 'signer');
  if (cluster === undefined) throw new Error('there is no cluster of the signer');
  cluster.load_assignment.endpoints = [
    { lb_endpoints: options.signers.map((signer) => ({ endpoint: { address: addressOf(signer) } })) },
  ];
  const { healthCheckSeconds, tls, retries } = options;
  if (healthCheckSeconds !== undefined) cluster.health_checks = [healthCheck(healthCheckSeconds)];
  if (tls) cluster.transport_socket = transportSocket(tls);
  // At most three at a time is Envoy's default: less than break with one connection.
  if (retries) cluster.circuit_breakers = { thresholds: [{ max_retries: 1_000 }] };
  if (retries) withRetries(config);
  if (options.route) replaceRoute(config, options.route);
  const gateway = await startEnvoy({ config, logLevel: 'warning', concurrency: options.concurrency ?? 1 });
  return {
    gateway,
    port: gateway.listenerPorts.get('gateway') ?? 0,
    async healthySigners() {
      return (await gateway.stats('^cluster.signer.membership_healthy$')).get('cluster.signer.membership_healthy') ?? 0;
    },
    async close() {
      await gateway.close();
      await upstream.close();
    },
  };
}

function addressOf(signer: number | string): object {
  if (typeof signer === 'string') return { pipe: { path: signer } };
  return { socket_address: { address: '127.0.0.1', port_value: signer } };
}

function healthCheck(seconds: number): object {
  return {
    timeout: '1s',
    ...{ interval: `${seconds}s`, no_traffic_interval: `${seconds}s` },
    ...{ unhealthy_threshold: 1, healthy_threshold: 1 },
    grpc_health_check: {},
  };
}

function transportSocket({ ca, cert, key, sni = 'signer.test' }: NonNullable<LiveGatewayOptions['tls']>): object {
  const identity = cert !== undefined && key !== undefined;
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      sni,
      common_tls_context: {
        validation_context: { trusted_ca: { inline_string: ca } },
        ...(identity && {
          tls_certificates: [{ certificate_chain: { inline_string: cert }, private_key: { inline_string: key } }],
        }),
      },
    },
  };
}

/** Of the filter's gRPC stream; what has had an answer is never asked again. */
function withRetries(config: GatewayConfig): void {
  const policy = { retry_policy: { retry_on: 'reset,connect-failure,refused-stream,unavailable', num_retries: 3 } };
  replaceIn(config, '"grpc_service":{', `"grpc_service":{${JSON.stringify(policy).slice(1, -1)},`);
}

function replaceRoute(config: GatewayConfig, route: object): void {
  const text = JSON.stringify(config);
  const own = /"aws-request-signing":\{[^}]*\}/.exec(text)?.[0];
  if (own === undefined) throw new Error('there is no signing config');
  replaceIn(config, own, `"aws-request-signing":${JSON.stringify(route)}`);
}

function replaceIn(config: GatewayConfig, from: string, to: string): void {
  const text = JSON.stringify(config);
  if (!text.includes(from)) throw new Error(`the configuration has no ${from}`);
  Object.assign(config, JSON.parse(text.replace(from, to)));
}
