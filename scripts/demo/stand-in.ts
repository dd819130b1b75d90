import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEMO_WORKLOAD, demoRoles } from '../../test/stand-in/demo-config.ts';
import { type StandIn, startStandIn } from '../../test/stand-in/index.ts';
import { journalOf } from './journal.ts';

export interface DemoStandInOptions {
  /** Address to bind; default 127.0.0.1. */
  host?: string;
  /** The name that others reach it by; default: its own address. */
  name?: string;
  /** Default 0, the kernel's choice. */
  ports?: { issuer?: number; sts?: number; service?: number; control?: number };
}

export interface DemoStandIn {
  standIn: StandIn;
  /** `http://host:port` of the control port. */
  control: string;
  close(): Promise<void>;
}

/**
 * The AWS of the demo: issuer, STS and verifying service, with a control port that tells what they saw (GET /journal),
 * where they are (GET /addresses), and takes STS away and brings it back (POST /sts/down, POST /sts/up).
 */
export async function startDemoStandIn(options: DemoStandInOptions = {}): Promise<DemoStandIn> {
  const { host = '127.0.0.1', name = host, ports = {} } = options;
  const standIn = await startStandIn({
    host,
    ports,
    ...(ports.issuer && { issuer: `http://${name}:${ports.issuer}` }),
    roles: demoRoles,
    users: [DEMO_WORKLOAD],
    service: { region: 'us-east-1', service: 'execute-api' },
  });
  const { issuer, sts, service } = standIn;
  const addresses = { issuer: `http://${name}:${issuer.port}`, aws: `http://${name}:${service.port}` };
  const answers: Record<string, () => unknown> = {
    'GET /addresses': () => addresses,
    'GET /journal': () => journalOf(standIn),
    'POST /sts/down': () => sts.down(),
    'POST /sts/up': () => sts.up(),
  };
  const onRequest = async ({ method, url }: IncomingMessage, response: ServerResponse) => {
    const answer = answers[`${method} ${url}`];
    const body = (await answer?.()) ?? {};
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    onRequest(request, response).catch(() => response.destroy());
  });
  server.listen(ports.control ?? 0, host);
  await once(server, 'listening');
  return {
    standIn,
    control: `http://${name}:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await standIn.close();
    },
  };
}
