import { isUtf8 } from 'node:buffer';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { type HeaderPair, type RequestShape, requestPairs, toStruct } from './ext-proc-messages.ts';

export interface CheckShape extends Pick<RequestShape, 'method' | 'path' | 'authority' | 'headers' | 'dynamic'> {
  /** `raw` (default): header_map and raw_body; `text`: headers and body, as Envoy makes them. */
  form?: 'raw' | 'text';
  body?: string | Buffer;
  /** What x-envoy-auth-partial-body says; by default `false` with a body, and absent without one. */
  partial?: 'true' | 'false';
  /** Route metadata: plain JSON by namespace. */
  route?: Readonly<Record<string, Record<string, unknown>>>;
  extensions?: Readonly<Record<string, string>>;
}

export interface CheckAnswer {
  status?: { code?: number };
  http_response?: string;
  denied_response?: { status?: { code?: number }; headers?: SetHeader[]; body?: string };
  ok_response?: { headers?: SetHeader[]; headers_to_remove?: string[] };
  error_response?: object;
}

interface SetHeader {
  header: { key?: string; value?: string; raw_value?: Buffer };
  append?: unknown;
}

type Check = MethodDefinition<object, CheckAnswer>;

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/** A gRPC connection as Envoy's ext_authz filter holds it. */
export class ExtAuthzClient {
  readonly #client: Client;
  readonly #method: Check;

  /** @param authority the gRPC `:authority`, as Envoy's `envoy_grpc.authority` */
  constructor(address: string, authority?: string) {
    const definitions = loadSync('envoy/service/auth/v3/external_auth.proto', {
      includeDirs: [PROTO_ROOT],
      keepCase: true,
      oneofs: true,
    });
    this.#method = (definitions['envoy.service.auth.v3.Authorization'] as unknown as { Check: Check }).Check;
    this.#client = new Client(address, credentials.createInsecure(), {
      ...(authority !== undefined && { 'grpc.default_authority': authority }),
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  check(shape: CheckShape, metadata: Record<string, string | Buffer> = {}): Promise<CheckAnswer> {
    return this.send(checkRequest(shape), metadata).answer;
  }

  send(
    message: object,
    metadata: Record<string, string | Buffer> = {},
  ): { answer: Promise<CheckAnswer>; cancel: () => void } {
    const initial = new Metadata();
    for (const [key, value] of Object.entries(metadata)) initial.set(key, value);
    const { path, requestSerialize, responseDeserialize } = this.#method;
    let cancel = () => {};
    const answer = new Promise<CheckAnswer>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        ...[path, requestSerialize, responseDeserialize, message, initial],
        (error, value) => (error || value === undefined ? reject(error) : resolve(value)),
      );
      cancel = () => call.cancel();
    });
    return { answer, cancel };
  }

  close(): void {
    this.#client.close();
  }
}

/** A CheckRequest as Envoy sends it. */
export function checkRequest(shape: CheckShape): object {
  const { form = 'raw', body, route = {}, dynamic = {}, extensions = {} } = shape;
  const partial = shape.partial ?? (body === undefined ? undefined : 'false');
  const pairs = requestPairs({ ...shape, headers: [...(shape.headers ?? []), ...partialHeader(partial)] });
  const { method, path, authority: host } = { method: 'GET', path: '/', authority: 'client.test', ...shape };
  const http = {
    ...{ method, path, host },
    ...(form === 'raw' ? { header_map: headerMap(pairs) } : { headers: joined(pairs) }),
    ...(body !== undefined &&
      (form === 'raw' ? { raw_body: Buffer.from(body) } : { body: asEnvoyText(Buffer.from(body)) })),
  };
  return {
    attributes: {
      request: { http },
      context_extensions: extensions,
      metadata_context: metadataOf(dynamic),
      route_metadata_context: metadataOf(route),
    },
  };
}

/** What Envoy makes of the request's headers: sets first, all of a name at once, then removes, reading `value` alone. */
export function afterCheck(shape: CheckShape, answer: CheckAnswer): HeaderPair[] {
  const { headers = [], headers_to_remove = [] } = answer.ok_response ?? {};
  let result: HeaderPair[] = requestPairs(shape);
  for (const { header } of headers) {
    result = result.filter(([name]) => name !== header.key);
    result.push([header.key ?? '', Buffer.from(header.value ?? '').toString('latin1')]);
  }
  return result.filter(([name]) => !headers_to_remove.includes(name));
}

function partialHeader(partial: string | undefined): HeaderPair[] {
  return partial === undefined ? [] : [['x-envoy-auth-partial-body', partial]];
}

function headerMap(pairs: readonly HeaderPair[]): object {
  return { headers: pairs.map(([key, value]) => ({ key, raw_value: Buffer.from(value, 'latin1') })) };
}

function joined(pairs: readonly HeaderPair[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const text = asEnvoyText(Buffer.from(value, 'latin1'));
    values[name] = values[name] === undefined ? text : `${values[name]},${text}`;
  }
  return values;
}

/** What no UTF-8 is, with `!` for each byte beyond ASCII: near enough to what Envoy does. */
function asEnvoyText(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1').replace(/[^\0-\x7f]/g, '!');
}

function metadataOf(namespaces: Readonly<Record<string, Record<string, unknown>>>): object {
  const filter_metadata = Object.entries(namespaces).map(([name, json]) => [name, toStruct(json)]);
  return { filter_metadata: Object.fromEntries(filter_metadata) };
}
