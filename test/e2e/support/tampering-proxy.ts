import { once } from 'node:events';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Certificate } from './certificate.ts';

export interface PassingRequest {
  method: string;
  path: string;
  /** Flat, as Node gives them. */
  rawHeaders: string[];
  body: Buffer;
}

export interface TamperingProxy {
  port: number;
  /** Changes what passes from now on; undefined passes all as it is. */
  tamper: ((request: PassingRequest) => void) | undefined;
  close: () => Promise<void>;
}

/** Stands between Envoy and the service with the service's own certificate, and may change a request on its way. */
export async function startTamperingProxy(servicePort: number, certificate: Certificate): Promise<TamperingProxy> {
  const server = createServer(certificate, async (incoming, response) => {
    const { method = '', url: path = '', rawHeaders } = incoming;
    const request: PassingRequest = { method, path, rawHeaders: [...rawHeaders], body: await buffer(incoming) };
    proxy.tamper?.(request);
    const outgoing = httpsRequest({
      ...{ host: '127.0.0.1', port: servicePort, method: request.method, path: request.path, setHost: false },
      ...{ headers: request.rawHeaders, rejectUnauthorized: false },
    });
    outgoing.once('error', () => response.destroy());
    outgoing.end(request.body);
    const [answer] = await once(outgoing, 'response');
    response.writeHead(answer.statusCode, answer.rawHeaders);
    answer.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TamperingProxy = {
    port: (server.address() as AddressInfo).port,
    tamper: undefined,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return proxy;
}
