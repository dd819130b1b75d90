import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { closeServer, type ListenOptions, listen, localUrl, readBody, send, sendJson } from './http.ts';

/** Claims of a token to mint; `expiresIn` in seconds, negative for an expired one. Others are copied as they are. */
export interface TokenClaims {
  sub: string;
  /** Default `sts.amazonaws.com`. */
  aud?: string | string[];
  /** Default 3600. */
  expiresIn?: number;
  [claim: string]: unknown;
}

export interface OidcIssuerOptions extends ListenOptions {
  /** The `iss` to announce, where it is reached by another name than its own address. */
  issuer?: string;
  now?: () => Date;
}

const KEY_ID = 'stand-in-1';
const DEFAULT_AUDIENCE = 'sts.amazonaws.com';

interface SigningKey {
  privateKey: CryptoKey;
  publicJwk: JWK;
}

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  return { privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid: KEY_ID, alg: 'RS256', use: 'sig' } };
}

/** An OpenID Connect provider with one RS256 key: discovery, JWKS, and /token for a demo's tokens. */
export class OidcIssuer {
  /** Where it is reached from this machine. */
  readonly url: string;
  readonly issuer: string;
  readonly port: number;
  /** Every token so far. */
  readonly issued: string[] = [];
  readonly #key: SigningKey;
  readonly #otherKey: SigningKey;
  readonly #now: () => Date;
  readonly #server: Server;

  constructor(server: Server, port: number, keys: [SigningKey, SigningKey], options: OidcIssuerOptions) {
    this.#server = server;
    this.port = port;
    this.url = localUrl('http', options.host, port);
    this.issuer = options.issuer ?? this.url;
    [this.#key, this.#otherKey] = keys;
    this.#now = options.now ?? (() => new Date());
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: unknown) =>
        sendJson(response, 500, { error: 'server_error', error_description: String(error) }),
      );
    });
  }

  /** Mints a JWT. `key: 'other'` signs with a key that is not in the JWKS, under the id of the one that is. */
  async issueToken(claims: TokenClaims, { key }: { key?: 'other' } = {}): Promise<string> {
    const { aud = DEFAULT_AUDIENCE, expiresIn = 3600, ...rest } = claims;
    const now = Math.floor(this.#now().getTime() / 1000);
    const iat = expiresIn < 0 ? now + expiresIn - 60 : now;
    const token = await new SignJWT({ iss: this.issuer, aud, iat, exp: now + expiresIn, ...rest })
      .setProtectedHeader({ alg: 'RS256', kid: KEY_ID, typ: 'JWT' })
      .sign((key === 'other' ? this.#otherKey : this.#key).privateKey);
    this.issued.push(token);
    return token;
  }

  async close(): Promise<void> {
    await closeServer(this.#server);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    if (pathname === '/.well-known/openid-configuration') return sendJson(response, 200, this.#discovery());
    if (pathname === '/jwks') return sendJson(response, 200, { keys: [this.#key.publicJwk] });
    if (pathname === '/token') {
      const form = new URLSearchParams((await readBody(request)).toString('utf8'));
      return await this.#mint(new URLSearchParams([...searchParams, ...form]), response);
    }
    sendJson(response, 404, { error: 'not_found' });
  }

  #discovery(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      jwks_uri: `${this.issuer}/jwks`,
      token_endpoint: `${this.issuer}/token`,
      authorization_endpoint: `${this.issuer}/authorize`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  async #mint(parameters: URLSearchParams, response: ServerResponse): Promise<void> {
    const kind = parameters.get('kind') ?? 'good';
    if (!['good', 'expired', 'wrong-key', 'wrong-audience'].includes(kind)) {
      return sendJson(response, 400, { error: 'invalid_request', error_description: `unknown kind ${kind}` });
    }
    const seconds = Number(parameters.get('expires_in') ?? 3600);
    const expiresIn = kind === 'expired' ? -60 : seconds;
    const aud = kind === 'wrong-audience' ? 'someone-else' : (parameters.get('aud') ?? DEFAULT_AUDIENCE);
    const token = await this.issueToken(
      { sub: parameters.get('sub') ?? 'alice', aud, expiresIn },
      kind === 'wrong-key' ? { key: 'other' } : {},
    );
    if (parameters.get('format') === 'text') {
      return send(response, { status: 200, headers: { 'content-type': 'text/plain' }, body: token });
    }
    sendJson(response, 200, { access_token: token, token_type: 'Bearer', expires_in: expiresIn });
  }
}

/** Starts an issuer with fresh keys on loopback. `GET|POST /token?sub=&aud=&kind=&expires_in=&format=text` mints tokens. */
export async function startOidcIssuer(options: OidcIssuerOptions = {}): Promise<OidcIssuer> {
  const keys = await Promise.all([newKey(), newKey()]);
  const server = createServer();
  const port = await listen(server, options);
  return new OidcIssuer(server, port, keys, options);
}
