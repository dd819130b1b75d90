import { Metrics } from '../../src/admin/index.ts';
import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../src/config/index.ts';
import { Clock, CredentialSource } from '../../src/credentials/index.ts';
import { decodeProcessingRequest } from '../../src/ext-proc/decode-request.ts';
import { encodeProcessingResponse } from '../../src/ext-proc/encode-response.ts';
import { HeldBytes } from '../../src/ext-proc/index.ts';
import type { ProcessingResponse } from '../../src/ext-proc/messages.ts';
import { RequestStream } from '../../src/ext-proc/request-stream.ts';
import { Allowance, Signer, UNNAMED_PEER } from '../../src/signer/index.ts';
import {
  type Credentials,
  EMPTY_PAYLOAD_HASH,
  payloadHash,
  signInStages,
  signingKey,
  type WireRequest,
} from '../../src/signing/index.ts';
import { requestBody, requestHeaders } from '../../test/support/ext-proc-messages.ts';
import type { Work } from './clock.ts';
import { envoyCodec } from './envoy-codec.ts';

const TARGET_HOST = 'abc.execute-api.us-east-1.amazonaws.com';

/** The service's parts, put together as the server does. */
export interface Parts {
  signer: Signer;
  credentials: CredentialSource;
  metrics: Metrics;
}

export function openParts(): Parts {
  const clock = new Clock();
  const metrics = new Metrics({ cachedIdentities: () => credentials.size, clockOffsetMs: () => clock.offsetMs });
  const { cache, stsTimeoutMs } = DEFAULT_SERVER_CONFIG;
  const credentials = new CredentialSource({ cache, stsTimeoutMs, observer: metrics, clock });
  const signer = new Signer({
    resolver: new RouteConfigResolver(DEFAULT_SERVER_CONFIG),
    credentials,
    allowance: new Allowance(undefined),
    now: () => new Date(clock.now()),
    observer: metrics,
  });
  return { signer, credentials, metrics };
}

/** A request as it comes from Envoy, and what the service makes of it at each stage. */
export interface StagedRequest {
  /** By the stage's name, in order; each gets what the one before it yields in a real request. */
  stages: ReadonlyMap<string, Work>;
  /** All of it: from the bytes of the messages to the bytes of the answers. */
  whole: Work;
}

export interface RequestKind {
  /** Route config besides region, service and host. */
  route?: Readonly<Record<string, string>>;
  headers?: readonly (readonly [string, string])[];
  body?: Buffer;
}

/** Prepares a request's stages, its credentials being in the cache from then on. */
export async function stage(parts: Parts, { route = {}, headers = [], body }: RequestKind): Promise<StagedRequest> {
  const { signer, metrics } = parts;
  const config = { aws_region: 'us-east-1', aws_service: 'execute-api', override_target_host: TARGET_HOST, ...route };
  const sources = {
    initialMetadata: JSON.stringify(config),
    routeMetadata: metadataText(config),
    virtualHostMetadata: '',
    clusterMetadata: '',
    routeName: 'orders',
    grpcAuthority: 'signer',
  };
  const method = body === undefined ? 'GET' : 'POST';
  const entries = [...ENVOY_HEADERS, ...headers, ...(body ? [['content-length', String(body.length)] as const] : [])];
  const messages = [
    requestHeaders({
      method,
      path: '/prod/orders?page=2',
      authority: '127.0.0.1:10000',
      headers: entries,
      endOfStream: body === undefined,
      attributes: {
        'xds.route_metadata': sources.routeMetadata,
        'xds.virtual_host_metadata': '',
        'xds.cluster_metadata': '',
        'xds.route_name': sources.routeName,
      },
    }),
    ...(body === undefined ? [] : [requestBody(body)]),
  ].map(envoyCodec().requestBytes);
  const decoded = messages.map(decodeProcessingRequest);

  const call = {
    initialMetadata: sources.initialMetadata,
    authority: sources.grpcAuthority,
    peer: UNNAMED_PEER,
    askForTime: () => undefined,
    held: new HeldBytes(Number.MAX_SAFE_INTEGER),
  };
  const open = () => new RequestStream(signer, call, (report) => metrics.requestDone(report));
  const answered = open();
  const answers: ProcessingResponse[] = [];
  for (const message of decoded) {
    const answer = await answered.answer(message);
    if (answer === undefined || answer.response.immediate_response !== undefined) {
      throw new Error(`refused: ${answer?.response.immediate_response?.body}`);
    }
    answers.push(answer.response);
  }

  const request: WireRequest = {
    method,
    path: '/prod/orders?page=2',
    authority: '127.0.0.1:10000',
    headers: entries.map(([name, value]) => [name, value]),
  };
  const resolved = signer.resolve(sources);
  const task = signer.admit(request, resolved);
  if (resolved === 'unconfigured-pass' || task.kind !== 'sign') throw new Error('the request is let through');
  const credentials = await signer.credentialsFor(task);
  const hash = body === undefined ? EMPTY_PAYLOAD_HASH : payloadHash(body);

  const stages = new Map<string, Work>([
    ['decode', () => messages.map(decodeProcessingRequest)],
    ['resolve', () => signer.resolve(sources)],
    ['admit', () => signer.admit(request, resolved)],
    ['credentials', () => signer.credentialsFor(task)],
    ...(body === undefined ? [] : [['hash the body', () => payloadHash(body)] as const]),
    // The headers' answer signs as well: for an empty body, until the real one is there.
    ...(body !== undefined && answers[0]?.request_headers?.response?.header_mutation
      ? [['sign the headers', () => signer.sign(task, credentials, EMPTY_PAYLOAD_HASH)] as const]
      : []),
    ['sign', () => signer.sign(task, credentials, hash)],
    [CRYPTO, cryptoOf(task.prepared.request, resolved, credentials, hash)],
    ['encode', () => answers.map((answer) => encodeProcessingResponse(answer))],
  ]);
  return { stages, whole: () => serve(open(), messages) };
}

/** The hash and the HMAC that no signature does without; a part of `sign`. */
export const CRYPTO = 'of it: hash and HMAC';

function cryptoOf(
  request: WireRequest,
  parameters: Parameters<typeof signInStages>[1],
  credentials: Credentials,
  hash: string,
): Work {
  const { canonicalRequest, stringToSign, signedRequest } = signInStages(
    request,
    parameters,
    credentials,
    hash,
    new Date(),
  );
  const date = signedRequest.timestamp.slice(0, 8);
  const canonical = Buffer.from(canonicalRequest, 'latin1');
  return () => [
    payloadHash(canonical),
    signingKey(credentials, date, parameters.region, parameters.service).digest(stringToSign),
  ];
}

/** The route's metadata as the attribute has it: protobuf's text format. */
function metadataText(config: Readonly<Record<string, string>>): string {
  const fields = Object.entries(config).map(
    ([key, value]) => `fields { key: "${key}" value { string_value: "${value}" } } `,
  );
  return `filter_metadata { key: "aws-request-signing" value { ${fields.join('')}} } `;
}

/** What the gRPC handler does with a stream's messages. */
function serve(stream: RequestStream, messages: readonly Buffer[]): unknown {
  const serialized: Buffer[] = [];
  for (const [index, bytes] of messages.entries()) {
    const answer = stream.answer(decodeProcessingRequest(bytes));
    if (answer instanceof Promise)
      return answer.then((late) => [encodeProcessingResponse(late.response), serve(stream, messages.slice(index + 1))]);
    if (answer !== undefined) serialized.push(encodeProcessingResponse(answer.response));
  }
  stream.close();
  return serialized;
}

/** What Envoy shows a filter of a plain request. */
const ENVOY_HEADERS: readonly (readonly [string, string])[] = [
  ['accept', 'application/json'],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-forwarded-proto', 'http'],
  ['x-request-id', '4b7c1f0e-7d0c-4f5e-9f3c-0f5f6f7e8a9b'],
];
