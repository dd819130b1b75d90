import { expect } from 'vitest';
import type { Accepted, ReceivedRequest } from '../../../stand-in/index.ts';
import type { Backends } from '../../support/backends.ts';
import type { ClientRequest } from '../../support/client.ts';
import { onlyAccepted } from '../../support/expect.ts';
import type { Integration } from './run.ts';

/** What has to have arrived, where it is not as the client sent it. */
export interface Arrival {
  /** Of AWS. */
  host: string;
  /** The request target. Default: the client's. */
  url?: string;
}

/** Sends a request through a gateway and sees it arrive, its signature accepted, unchanged but for what `arrival` says. */
export async function expectSigned(
  backends: Backends,
  gateway: Integration,
  request: ClientRequest,
  arrival: Arrival,
): Promise<ReceivedRequest & { verdict: Accepted }> {
  const response = await gateway.send(request);
  expect({ status: response.status, body: response.body }).toMatchObject({ status: 200 });
  const received = onlyAccepted(backends.standIn.service);
  expect({
    method: received.method,
    url: received.url,
    host: received.header('host'),
    body: received.body.toString(),
  }).toEqual({
    method: request.method ?? 'GET',
    url: arrival.url ?? request.path ?? '/',
    host: arrival.host,
    body: request.body?.toString() ?? '',
  });
  return received;
}

/** A request without a body and one with. */
export function getAndPost(path: string): { method: string; path: string; body?: string }[] {
  return [
    { method: 'GET', path: `${path}?b=2&a=1` },
    { method: 'POST', path, body: '{"order": 7}' },
  ];
}
