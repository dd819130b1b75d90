import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';

/**
 * A `fetch` of public documents for Nodes whose own goes through no proxy unless it is told so at start: GET alone, no
 * redirects, through the proxy of HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 */
export function proxiedFetch(env: NodeJS.ProcessEnv = process.env): typeof fetch {
  const http = new HttpAgent({ keepAlive: true, proxyEnv: env });
  const https = new HttpsAgent({ keepAlive: true, proxyEnv: env });
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const isTls = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const options = {
        agent: isTls ? https : http,
        headers: { accept: 'application/json' },
        ...(init?.signal && { signal: init.signal }),
      };
      const request = (isTls ? httpsRequest : httpRequest)(url, options, (incoming) => {
        const { statusCode = 500 } = incoming;
        const body = [204, 205, 304].includes(statusCode) ? null : (Readable.toWeb(incoming) as ReadableStream);
        resolve(new Response(body, { status: statusCode }));
      });
      request.on('error', reject).end();
    });
  };
}
