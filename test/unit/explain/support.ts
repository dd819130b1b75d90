import { DEFAULT_SERVER_CONFIG, RouteConfigResolver } from '../../../src/config/index.ts';
import { type ClientRequest, headerOf } from '../../../src/explain/client-request.ts';
import { credentialsToExplainWith, type ExplainInput, type Explanation, explain } from '../../../src/explain/index.ts';
import type { RequestMutation } from '../../../src/signer/index.ts';
import type { HeaderEntry, WireRequest } from '../../../src/signing/index.ts';

export const NOW = new Date('2026-11-22T10:11:12Z');
export const BASE = { aws_region: 'eu-west-1', aws_service: 'execute-api' };
export const ROLE = { aws_assume_role_arn: 'arn:aws:iam::123456789012:role/orders' };

export function clientOf(over: Partial<WireRequest> = {}, body = ''): ClientRequest {
  const request = { method: 'GET', path: '/', authority: 'client.test', headers: [], ...over };
  const headers: HeaderEntry[] = [...request.headers];
  if (body !== '') headers.push(['content-length', String(Buffer.byteLength(body))]);
  return { request: { ...request, headers }, body: Buffer.from(body), notes: [] };
}

export function explained(
  fields: object,
  client: ClientRequest,
  over: Partial<ExplainInput> = {},
): Promise<Explanation> {
  return explain({
    client,
    sources: { initialMetadata: JSON.stringify({ ...BASE, ...fields }) },
    resolver: new RouteConfigResolver(DEFAULT_SERVER_CONFIG),
    credentialsFor: ({ identity }) => credentialsToExplainWith('example', identity, {}),
    now: NOW,
    ...over,
  });
}

export async function signed(fields: object, client: ClientRequest, over: Partial<ExplainInput> = {}) {
  const explanation = await explained(fields, client, over);
  if (explanation.outcome !== 'signed') throw new Error(`outcome is ${explanation.outcome}`);
  return explanation;
}

/** A request as it leaves Envoy, with Node's flat list of headers. */
export interface LeavingRequest {
  method: string;
  url: string;
  rawHeaders: string[];
}

export function leaving({ request }: ClientRequest, { set, remove }: RequestMutation): LeavingRequest {
  const changed = new Set([...remove, ...set.map(([name]) => name)]);
  const kept = request.headers.filter(([name]) => !changed.has(name));
  const written = set.filter(([name]) => !name.startsWith(':'));
  const host = headerOf(set, ':authority') ?? request.authority;
  return {
    method: request.method,
    url: headerOf(set, ':path') ?? request.path,
    rawHeaders: [['host', host] as const, ...kept, ...written].flat(),
  };
}
