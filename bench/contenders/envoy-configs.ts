import { randomUUID } from 'node:crypto';
import { exampleFilter } from './example-filter.ts';
import { STATIC_CREDENTIALS } from './servers.ts';

export const TARGET_HOST = 'abc.execute-api.us-east-1.amazonaws.com';
/** Its answer has the request's authorization in this header: to see that what is measured is signed. */
export const CHECK_PATH = '/check';
export const CHECK_HEADER = 'x-seen-authorization';

export type ListenerName = 'gateway' | 'bodies' | 'streaming';

export interface GatewayOptions {
  /** Who is asked about each request. */
  filter: 'none' | 'aws_request_signing' | 'ext_proc';
  /** The ext_proc server: a port on 127.0.0.1, or the path of a unix socket. */
  server?: number | string;
  /** Whether the filter tells the server the route's config, as this service needs it. Default true. */
  sendsRouteConfig?: boolean;
  /** Route config besides region, service and host. */
  route?: object;
  /** Virtual hosts, each with one route and a config of its own; {@link hostOfRoute} names them. Default: one, for any host. */
  routes?: number;
  /** How many may wait at the server at once, and how long. Default: as the example has it. */
  patience?: { streams: number; timeout: string };
}

/** Bodies up to 1 MiB are held whole. */
const BUFFER_BYTES = 4 * 1024 * 1024;
const LARGEST_UPLOAD = 80 * 1024 * 1024;
const TYPE = 'type.googleapis.com/envoy.extensions';
const ROUTER = filter('router', `${TYPE}.filters.http.router.v3.Router`, {});

/**
 * One Envoy of a contender's: `gateway` answers each request itself once the filter has let it through, so that nothing
 * costs but Envoy and the server. `bodies` is the same for requests with a body, where without a signer Envoy has to be
 * told to wait for its end; `streaming` sends uploads through the server to `sink`, which takes them all in.
 */
export function benchConfig(options: GatewayOptions): object {
  // In the abstract namespace, which all Envoys of this machine share.
  const sink = { pipe: { path: `@bench-sink-${randomUUID()}` } };
  const signer = signerFilters(options, 'downstream-filter.yaml');
  const waits = options.filter === 'none' ? [buffer(BUFFER_BYTES)] : [];
  const hosts = virtualHosts(options);
  const upload = { match: { prefix: '/' }, route: { cluster: 'sink', timeout: '0s' }, ...metadata(UPLOAD_ROUTE) };
  const streaming = signerFilters(options, 'streaming.yaml');
  const taken = { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'taken' } } };
  return {
    static_resources: {
      listeners: [
        listener('gateway', hosts, signer),
        listener('bodies', hosts, [...waits, ...signer]),
        ...(options.filter === 'ext_proc' ? [listener('streaming', anyHost([upload]), streaming)] : []),
        { ...listener('sink', anyHost([taken]), [buffer(LARGEST_UPLOAD)]), address: sink },
      ],
      clusters: [
        cluster('sink', sink),
        ...(options.server === undefined ? [] : [signerCluster(options.server, options.patience?.streams)]),
      ],
    },
  };
}

/** The authority of one of many routes. */
export function hostOfRoute(index: number): string {
  return `route-${index}.bench.test`;
}

const UPLOAD_ROUTE = {
  aws_region: 'us-east-1',
  aws_service: 's3',
  override_target_host: 'bucket.s3.us-east-1.amazonaws.com',
  payload: 'streaming',
};

function virtualHosts({ routes, route }: GatewayOptions): object[] {
  if (routes === undefined) return anyHost(answeringRoutes({ ...route, override_target_host: TARGET_HOST }));
  return Array.from({ length: routes }, (_, index) => ({
    name: `route-${index}`,
    domains: [hostOfRoute(index)],
    routes: answeringRoutes({ ...route, override_target_host: `r${index}.execute-api.us-east-1.amazonaws.com` }),
  }));
}

function answeringRoutes(config: object): object[] {
  const shared = {
    direct_response: { status: 200, body: { inline_string: 'ok' } },
    ...metadata({ aws_region: 'us-east-1', aws_service: 'execute-api', ...config }),
  };
  const seen = { header: { key: CHECK_HEADER, value: '%REQ(authorization)%' } };
  return [
    { match: { path: CHECK_PATH }, ...shared, response_headers_to_add: [seen] },
    { match: { prefix: '/' }, ...shared },
  ];
}

function metadata(config: object): { metadata: object } {
  return { metadata: { filter_metadata: { 'aws-request-signing': config } } };
}

function anyHost(routes: object[]): object[] {
  return [{ name: 'all', domains: ['*'], routes }];
}

function signerFilters(options: GatewayOptions, example: string): object[] {
  if (options.filter === 'none') return [];
  if (options.filter === 'aws_request_signing') return [awsRequestSigning()];
  const { name, typed_config } = exampleFilter(example);
  const { patience, sendsRouteConfig = true } = options;
  const envoy_grpc = { cluster_name: 'signer' };
  const { grpc_service, request_attributes, ...rest } = typed_config;
  const told = sendsRouteConfig
    ? { grpc_service: { ...(grpc_service as object), envoy_grpc }, request_attributes }
    : { grpc_service: { envoy_grpc } };
  const waiting = patience && { message_timeout: patience.timeout, max_message_timeout: patience.timeout };
  return [{ name, typed_config: { ...rest, ...told, ...waiting } }];
}

function awsRequestSigning(): object {
  const { accessKeyId, secretAccessKey, sessionToken } = STATIC_CREDENTIALS;
  return filter('aws_request_signing', `${TYPE}.filters.http.aws_request_signing.v3.AwsRequestSigning`, {
    service_name: 'execute-api',
    region: 'us-east-1',
    host_rewrite: TARGET_HOST,
    credential_provider: {
      inline_credential: {
        access_key_id: accessKeyId,
        secret_access_key: secretAccessKey,
        session_token: sessionToken,
      },
    },
  });
}

function buffer(max_request_bytes: number): object {
  return filter('buffer', `${TYPE}.filters.http.buffer.v3.Buffer`, { max_request_bytes });
}

function filter(name: string, type: string, config: object): object {
  return { name: `envoy.filters.http.${name}`, typed_config: { '@type': type, ...config } };
}

function listener(name: string, virtual_hosts: object[], filters: object[]): object {
  const manager = {
    '@type': `${TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: name,
    http_filters: [...filters, ROUTER],
    route_config: { virtual_hosts },
  };
  return {
    name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    per_connection_buffer_limit_bytes: BUFFER_BYTES,
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

function cluster(name: string, address: object): object {
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function signerCluster(server: number | string, streams?: number): object {
  const address =
    typeof server === 'string'
      ? { pipe: { path: server } }
      : { socket_address: { address: '127.0.0.1', port_value: server } };
  const protocols = `${TYPE}.upstreams.http.v3.HttpProtocolOptions`;
  return {
    ...cluster('signer', address),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': protocols,
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    ...(streams && { circuit_breakers: { thresholds: [{ max_requests: streams, max_pending_requests: streams }] } }),
  };
}
