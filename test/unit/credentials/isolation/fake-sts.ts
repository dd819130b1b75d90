import { STSClient, STSServiceException } from '@aws-sdk/client-sts';
import { vi } from 'vitest';
import type { StsEndpoint } from '../../../../src/config/index.ts';
import type { Clock } from '../../../../src/credentials/index.ts';
import { asErrorAnswer } from '../../../../src/credentials/sts-error-answer.ts';
import type { ExpiringCredentials } from '../../../../src/credentials/types.ts';
import { WebIdentityExchange } from '../../../../src/credentials/web-identity-exchange.ts';
import { webIdentityForm } from '../../../../src/credentials/web-identity-form.ts';
import type { Prng } from '../../../support/prng.ts';
import { canonical, type StsRequest, type Token } from './oracle.ts';

/** What STS, or the workload's provider chain, wrote down when it issued an access key. */
export interface Issued {
  readonly credentials: ExpiringCredentials;
  /** Of the provider chain: the profile. */
  readonly profile?: string | undefined;
  readonly endpoint?: string;
  readonly request?: string;
  /** Whose web identity it was. */
  readonly token?: string;
  /** The access key that signed the AssumeRole. */
  readonly parent?: string;
}

/** Subject who may assume no role by web identity. */
export const DENIED_SUBJECT = 'mallory';

interface Call {
  readonly endpoint: string;
  readonly input: StsRequest;
  readonly signedBy: string | undefined;
  readonly answer: PromiseWithResolvers<ExpiringCredentials>;
}

/**
 * In the place of the exchanges with STS: holds every call until it is told how it ends, verifies what it can, and knows
 * of each access key whose it is.
 */
export class FakeSts {
  readonly issued = new Map<string, Issued>();
  readonly pending: Call[] = [];
  calls = 0;
  readonly #clock: Clock;
  readonly #random: Prng;
  readonly #tokens: ReadonlyMap<string, Token>;
  #keys = 0;

  constructor(clock: Clock, random: Prng, tokens: ReadonlyMap<string, Token>) {
    this.#clock = clock;
    this.#random = random;
    this.#tokens = tokens;
    const fake = this;
    vi.spyOn(STSClient.prototype, 'send').mockImplementation(async function (this: STSClient, ...args: unknown[]) {
      const [{ input }] = args as [{ input: StsRequest }];
      return { Credentials: asSdkGives(await fake.#hold(await endpointOf(this), input, await keysOf(this))) };
    } as never);
    vi.spyOn(WebIdentityExchange.prototype, 'ask').mockImplementation(async (endpoint, session, token) => {
      const form = new URLSearchParams(webIdentityForm(session, token));
      const asked = fake.#hold(endpointText(endpoint), requestOf(form), undefined);
      return await asked.catch((refusal: unknown) => {
        throw asErrorAnswer(refusal);
      });
    });
  }

  /** The workload's provider chain: at once, with keys that live long or not so long. */
  workload(region: string, profile: string | undefined): ExpiringCredentials {
    const credentials = this.#newKey(this.#random.chance(0.5) ? undefined : 60_000 + this.#random.int(7_200_000));
    this.issued.set(credentials.accessKeyId, { credentials, profile, endpoint: region });
    return credentials;
  }

  /** Ends a call that is held: as it should, or by trouble. */
  release(trouble: boolean): void {
    const [call] = this.pending.splice(this.#random.int(this.pending.length), 1);
    if (call === undefined) return;
    const { endpoint, input, signedBy, answer } = call;
    const { WebIdentityToken: token, ...request } = input;
    const refusal = trouble ? timeout() : this.#refusal(token, signedBy);
    if (refusal !== undefined) {
      answer.reject(refusal);
      return;
    }
    const credentials = this.#newKey(1_000 + this.#random.int(this.#random.pick([30_000, 900_000, 3_600_000])));
    this.issued.set(credentials.accessKeyId, {
      ...{ credentials, endpoint, request: canonical(request) },
      ...(typeof token === 'string' && { token }),
      ...(signedBy !== undefined && { parent: signedBy }),
    });
    answer.resolve(credentials);
  }

  #hold(endpoint: string, input: StsRequest, signedBy: string | undefined): Promise<ExpiringCredentials> {
    this.calls += 1;
    const answer = Promise.withResolvers<ExpiringCredentials>();
    this.pending.push({ endpoint, input, signedBy, answer });
    return answer.promise;
  }

  #refusal(token: unknown, signedBy: string | undefined): Error | undefined {
    if (signedBy !== undefined) {
      const signer = this.issued.get(signedBy)?.credentials;
      if (signer === undefined) return refused('InvalidClientTokenId');
      return (signer.expiresAt ?? Number.POSITIVE_INFINITY) > this.#clock.now() ? undefined : refused('ExpiredToken');
    }
    const known = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    if (known === undefined || known.forged) return refused('InvalidIdentityTokenException');
    if (known.expiresAt <= this.#clock.now()) return refused('ExpiredTokenException');
    return known.sub === DENIED_SUBJECT ? refused('AccessDenied') : undefined;
  }

  #newKey(livesMs: number | undefined): ExpiringCredentials {
    const accessKeyId = `ASIAEXAMPLE${String(++this.#keys).padStart(9, '0')}`;
    return {
      ...{ accessKeyId, secretAccessKey: `secret of ${accessKeyId}`, sessionToken: `session of ${accessKeyId}` },
      ...(livesMs !== undefined && { expiresAt: this.#clock.now() + livesMs }),
    };
  }
}

export function endpointText({ region, url, fips, dualStack }: StsEndpoint): string {
  return JSON.stringify([region, url ?? null, fips, dualStack]);
}

async function endpointOf({ config }: STSClient): Promise<string> {
  const url = await config.endpoint?.();
  return endpointText({
    region: await config.region(),
    fips: Boolean(await config.useFipsEndpoint()),
    dualStack: Boolean(await config.useDualstackEndpoint()),
    ...(url && { url: `${url.protocol}//${url.hostname}` }),
  });
}

async function keysOf({ config }: STSClient): Promise<string> {
  return (await config.credentials()).accessKeyId;
}

function asSdkGives({ accessKeyId, secretAccessKey, sessionToken, expiresAt = 0 }: ExpiringCredentials) {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: new Date(expiresAt),
  };
}

/** What a form asks for, as the SDK's input. */
function requestOf(form: URLSearchParams): StsRequest {
  const request: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (name === 'Action' || name === 'Version') continue;
    if (/^PolicyArns\.member\.\d+\.arn$/.test(name)) {
      request.PolicyArns = [...((request.PolicyArns as object[]) ?? []), { arn: value }];
    } else request[name] = name === 'DurationSeconds' ? Number(value) : value;
  }
  return request;
}

function timeout(): Error {
  return Object.assign(new Error('the call took too long'), { name: 'TimeoutError' });
}

function refused(name: string): STSServiceException {
  const status = name === 'AccessDenied' ? 403 : 400;
  return new STSServiceException({ name, message: name, $fault: 'client', $metadata: { httpStatusCode: status } });
}
