import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RefusalReason } from '../stand-in/index.ts';
import { type Backends, startBackends } from './support/backends.ts';
import { workloadApi, workloadBucket } from './support/configs.ts';
import { PLACEMENTS } from './support/example-config.ts';
import { onlyAccepted } from './support/expect.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';
import { type PassingRequest, startTamperingProxy, type TamperingProxy } from './support/tampering-proxy.ts';

interface Tampering {
  what: string;
  tamper: (request: PassingRequest) => void;
  reason: RefusalReason;
}

const TAMPERINGS: Tampering[] = [
  { what: 'a byte of the body', tamper: ({ body }) => flip(body, 3), reason: 'payload-hash' },
  { what: 'a byte of the path', tamper: (request) => edit(request, 'path', '/key', '/kex'), reason: 'signature' },
  { what: 'a byte of the query', tamper: (request) => edit(request, 'path', 'a=1', 'a=2'), reason: 'signature' },
  { what: 'the method', tamper: (request) => edit(request, 'method', 'POST', 'PUT'), reason: 'signature' },
  ...['content-type', 'x-amz-meta-owner', 'x-tenant'].map(
    (name): Tampering => ({
      what: name,
      tamper: (request) => setHeader(request, name, 'changed'),
      reason: 'signature',
    }),
  ),
  { what: 'x-amz-date', tamper: (request) => shiftSeconds(request), reason: 'signature' },
  {
    what: 'a header x-amz-… more',
    tamper: ({ rawHeaders }) => rawHeaders.push('x-amz-acl', 'public-read'),
    reason: 'unsigned-header',
  },
];

let backends: Backends;
let proxy: TamperingProxy;
beforeAll(async () => {
  backends = await startBackends();
  proxy = await startTamperingProxy(backends.standIn.service.port, backends.certificate);
});
afterAll(async () => {
  await proxy.close();
  await backends.close();
});
beforeEach(() => backends.standIn.service.reset());

describe.each(PLACEMENTS)('between the signer and the service, %s', (placement) => {
  let gateway: Gateway;
  beforeAll(async () => {
    const signed_headers = ['x-tenant'];
    gateway = await startGateway(backends, {
      placement,
      routes: [
        route('/bucket/', { ...workloadBucket, signed_headers }),
        route('/', { ...workloadApi, signed_headers }),
      ],
      addresses: { service: proxy.port },
    });
  });
  afterAll(() => gateway.close());

  const post = (folder: string) =>
    gateway.send({
      ...{ method: 'POST', path: `${folder}/key?a=1`, body: '{"order": 7}' },
      headers: [
        ['Content-Type', 'application/json'],
        ['X-Amz-Meta-Owner', 'alice'],
        ['X-Tenant', 'blue'],
        ['X-Other', 'unsigned'],
      ],
    });

  describe.each([
    { service: 'execute-api', folder: '' },
    { service: 's3', folder: '/bucket' },
  ])('for $service', ({ folder }) => {
    it('a change of what is not signed is accepted', async () => {
      proxy.tamper = (request) => setHeader(request, 'x-other', 'changed');
      expect((await post(folder)).status).toBe(200);
      expect(onlyAccepted(backends.standIn.service).header('x-other')).toBe('changed');
    });

    it.each(TAMPERINGS)('a change of $what is refused', async ({ tamper, reason }) => {
      proxy.tamper = tamper;
      const response = await post(folder);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(backends.standIn.service.received.map(({ verdict }) => !verdict.ok && verdict.reason)).toEqual([reason]);
    });
  });
});

function flip(body: Buffer, index: number): void {
  body.writeUInt8(body.readUInt8(index) ^ 1, index);
}

function edit(request: PassingRequest, part: 'method' | 'path', from: string, to: string): void {
  const changed = request[part].replace(from, to);
  if (changed === request[part]) throw new Error(`${from} is not in ${request[part]}`);
  request[part] = changed;
}

function setHeader({ rawHeaders }: PassingRequest, name: string, value: string): void {
  const index = rawHeaders.findIndex((text, at) => at % 2 === 0 && text.toLowerCase() === name);
  if (index < 0) throw new Error(`${name} was not sent`);
  rawHeaders[index + 1] = value;
}

function shiftSeconds(request: PassingRequest): void {
  const index = request.rawHeaders.findIndex((text) => text.toLowerCase() === 'x-amz-date');
  const date = request.rawHeaders[index + 1] ?? '';
  const last = (Number(date.at(-2)) + 1) % 10;
  setHeader(request, 'x-amz-date', `${date.slice(0, -2)}${last}Z`);
}
