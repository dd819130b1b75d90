import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { closeServer, listen, localUrl, sendJson } from '../stand-in/http.ts';

/** A key pair of an issuer, with the JWK that its JWKS shows. */
export interface IssuerKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function issuerKey(alg: string, kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Signs claims as they are; `header` overrides what the key says of itself. */
export async function mint(key: IssuerKey, claims: Record<string, unknown>, header: Record<string, unknown> = {}) {
  const { kid = key.kid, ...rest } = header;
  const names = { alg: key.alg, ...(kid !== null && { kid }), ...rest } as JWTHeaderParameters;
  return await new SignJWT(claims).setProtectedHeader(names).sign(key.privateKey);
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server with a JWKS that changes, breaks and hangs as a test says. */
export class JwksServer {
  keys: JWK[];
  /** How many times it was asked. */
  requests = 0;
  /** Answers in place of the JWKS. */
  behaviour: Behaviour | undefined;
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  constructor(server: ReturnType<typeof createServer>, port: number, keys: JWK[]) {
    this.#server = server;
    this.url = `${localUrl('http', undefined, port)}/jwks`;
    this.keys = keys;
    server.on('request', (request, response) => {
      this.requests += 1;
      if (this.behaviour === undefined) sendJson(response, 200, { keys: this.keys });
      else this.behaviour(request, response);
    });
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }
}

/** Behaviours of a JWKS server that is in trouble. */
export const TROUBLE = {
  down: (request) => void request.socket.destroy(),
  hanging: () => {},
  dripping: (_request, response) => void response.writeHead(200).write('{'),
  failing: (_request, response) => sendJson(response, 500, { keys: [] }),
  html: (_request, response) => void response.end('<html>Sign in</html>'),
} satisfies Record<string, Behaviour>;

export async function startJwksServer(keys: JWK[]): Promise<JwksServer> {
  const server = createServer();
  return new JwksServer(server, await listen(server), keys);
}
