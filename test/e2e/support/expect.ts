import { expect } from 'vitest';
import type { Accepted, ReceivedRequest, Service } from '../../stand-in/index.ts';
import type { ClientResponse } from './client.ts';

/** The only request that the service has seen, which it must have accepted. */
export function onlyAccepted(service: Service): ReceivedRequest & { verdict: Accepted } {
  const [request] = service.received;
  expect({ started: service.started, verdicts: service.received.map(({ verdict }) => verdict) }).toMatchObject({
    started: 1,
    verdicts: [{ ok: true }],
  });
  return request as ReceivedRequest & { verdict: Accepted };
}

/** The signer's own answer: status, JSON with its code, and nothing that the service has seen. */
export function expectRefusal(response: ClientResponse, service: Service, status: number, code: string): void {
  expect({ status: response.status, type: response.headers['content-type'], body: response.body }).toEqual({
    status,
    type: 'application/json',
    body: expect.stringContaining(`"code":"${code}"`),
  });
  const body: unknown = JSON.parse(response.body);
  expect(body).toEqual({ message: expect.stringMatching(/^.{5,}$/), code });
  expectNothingUpstream(service);
}

/** Not one byte of a request has arrived. */
export function expectNothingUpstream(service: Service): void {
  expect({ started: service.started, received: service.received.length }).toEqual({ started: 0, received: 0 });
}

/** The values of a header as they arrived, one for each line. */
export function valuesOf({ rawHeaders }: ReceivedRequest, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}
