import { setImmediate as settled } from 'node:timers/promises';
import { vi } from 'vitest';
import { Clock, CredentialSource } from '../../../../src/credentials/index.ts';
import type { ExpiringCredentials } from '../../../../src/credentials/types.ts';
import { TokenError } from '../../../../src/errors/index.ts';
import type { Prng } from '../../../support/prng.ts';
import { UNOBSERVED_CREDENTIALS } from '../../../support/unobserved.ts';
import { FakeSts } from './fake-sts.ts';
import { judgeCredentials, judgeRefusal, type Moment } from './judge.ts';
import type { Ask, Token } from './oracle.ts';
import { anyIdentity, type IdentitySpec, identityOf, neighbour, usesClaims } from './specs.ts';

const START = Date.parse('2026-07-01T12:00:00Z');
const SUBJECTS = ['alice', 'bob', 'auth0|carol', 'auth0/carol', 'mallory'];
const TEAMS = ['red', 'blue', 'green', undefined];
const STEPS = 1_000;

/** What happened in a run, so that it can be seen that all that is meant to happen does. */
export interface Tally {
  asked: number;
  served: number;
  atOnce: number;
  refused: number;
  stsCalls: number;
  evicted: number;
  shared: number;
}

/** One world: replicas with a second level, identities that differ in one thing from each other, tokens that come and go. */
export class Run {
  readonly violations: string[] = [];
  readonly tally: Tally = { asked: 0, served: 0, atOnce: 0, refused: 0, stsCalls: 0, evicted: 0, shared: 0 };
  readonly sts: FakeSts;
  readonly #random: Prng;
  readonly #clock = new Clock();
  readonly #checksTokens: boolean;
  readonly #identities: { spec: IdentitySpec; identity: ReturnType<typeof identityOf> }[];
  readonly #sources: CredentialSource[];
  readonly #tokenOf = new Map<string, Token>();
  readonly #tokens: Token[] = [];
  readonly #given: { source: CredentialSource; credentials: ExpiringCredentials }[] = [];
  readonly #shared = new Map<string, { credentials: ExpiringCredentials; keepUntil: number }>();
  #latest = START;
  #failing = false;
  #step = 0;

  constructor(random: Prng) {
    this.#random = random;
    vi.setSystemTime(START);
    this.sts = new FakeSts(this.#clock, random, this.#tokenOf);
    this.#checksTokens = random.chance(0.5);
    const bases = Array.from({ length: 3 }, () => anyIdentity(random, this.#checksTokens));
    const specs = bases.flatMap((base) => [
      base,
      ...Array.from({ length: 12 }, () => neighbour(base, random, this.#checksTokens)),
    ]);
    this.#identities = specs.map((spec) => ({ spec, identity: identityOf(spec) }));
    for (let n = 0; n < 8; n++) this.#tokens.push(this.#newToken());
    const [maxEntries, maxEntriesPerCaller] = random.pick([
      [1_000, 1_000],
      [40, 1_000],
      [5, 3],
      [1_000, 2],
    ] as const);
    const hasShared = random.chance(0.5);
    this.#sources = Array.from(
      { length: hasShared ? 2 : 1 },
      () =>
        new CredentialSource({
          ...{ cache: { maxEntries, maxEntriesPerCaller }, stsTimeoutMs: 600_000, clock: this.#clock },
          observer: UNOBSERVED_CREDENTIALS,
          ...(hasShared && { shared: { through: this.#through, forget: this.#forget } }),
          ...(this.#checksTokens && { tokenCheck: { verify: this.#verify } }),
        }),
    );
  }

  /** What the workload's provider chain says. */
  readonly workload = (region: string, profile: string | undefined) => this.sts.workload(region, profile);

  async finish(): Promise<void> {
    while (this.#step < STEPS && this.violations.length === 0) {
      this.#act();
      await settled();
      this.#step += 1;
    }
    while (this.sts.pending.length > 0) {
      this.sts.release(false);
      await settled();
    }
    for (const source of this.#sources) source.close();
    this.tally.stsCalls = this.sts.calls;
  }

  #act(): void {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.6) this.#ask();
    else if (roll < 0.8)
      for (let n = 1 + random.int(4); n > 0; n--) this.sts.release(this.#failing || random.chance(0.1));
    else if (roll < 0.9) this.#passTime();
    else if (roll < 0.94) this.#evict();
    else if (roll < 0.99) this.#tokens[random.int(this.#tokens.length)] = this.#newToken();
    else this.#failing = random.chance(0.3);
  }

  #passTime(): void {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.05) vi.setSystemTime(Date.now() - random.int(600_000));
    else if (roll < 0.08) this.#clock.learn(new Date(Date.now() + random.int(1_200_000) - 600_000).toUTCString());
    else vi.advanceTimersByTime(random.int(random.pick([2_000, 2_000, 20_000, 300_000])));
    this.#latest = Math.max(this.#latest, this.#clock.now());
  }

  #evict(): void {
    const given = this.#given[this.#random.int(this.#given.length)];
    if (given === undefined) return;
    given.source.evict(given.credentials);
    this.tally.evicted += 1;
  }

  #ask(): void {
    const random = this.#random;
    const { spec, identity } = random.pick(this.#identities);
    const needsToken = spec.source === 'caller' || usesClaims(spec);
    const ask: Ask = {
      spec,
      token: needsToken ? random.pick(this.#tokens) : undefined,
      headerTeam: random.pick(['red', 'blue']),
      routeName: random.pick(['orders', 'reports']),
    };
    const source = random.pick(this.#sources);
    const { token, headerTeam, routeName } = ask;
    const subject = { token: token?.text, headers: [['x-team', headerTeam]] as [string, string][], routeName };
    const askedAt = this.#clock.now();
    this.tally.asked += 1;
    const given = (credentials: ExpiringCredentials, atOnce: boolean) => {
      this.tally.served += 1;
      if (atOnce) this.tally.atOnce += 1;
      this.#given.push({ source, credentials });
      if (this.#given.length > 50) this.#given.shift();
      this.#note(ask, judgeCredentials(ask, credentials, this.sts.issued, this.#moment(askedAt, atOnce)));
    };
    const refused = (error: unknown) => {
      this.tally.refused += 1;
      this.#note(ask, judgeRefusal(ask, error, this.#moment(askedAt, false)));
    };
    try {
      const credentials = source.credentialsFor(identity, subject);
      if (credentials instanceof Promise) credentials.then((later) => given(later, false), refused);
      else given(credentials, true);
    } catch (error) {
      refused(error);
    }
  }

  #moment(askedAt: number, atOnce: boolean): Moment {
    return { askedAt, atOnce, now: this.#clock.now(), latest: this.#latest };
  }

  #note(ask: Ask, violation: string | undefined): void {
    if (violation === undefined) return;
    this.violations.push(`step ${this.#step}: ${violation}\n${JSON.stringify(ask, undefined, 1)}`);
  }

  #newToken(): Token {
    const random = this.#random;
    const claims = {
      iss: 'https://idp.test',
      sub: random.pick(SUBJECTS),
      team: random.pick(TEAMS),
      exp: Math.floor(this.#clock.now() / 1000) + random.pick([-60, 20, 600, 3_600, 86_400]),
      jti: this.#tokenOf.size,
    };
    const forged = random.chance(0.15);
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256' })}.${part(claims)}.${forged ? 'forged' : 'signed'}`;
    const token = { text, sub: claims.sub, team: claims.team, expiresAt: claims.exp * 1000, forged };
    this.#tokenOf.set(text, token);
    return token;
  }

  readonly #verify = (text: string) => {
    const token = this.#tokenOf.get(text);
    if (token === undefined || token.forged) throw new TokenError('SIGV4_TOKEN_INVALID', 'forged');
    const verified = { claims: { sub: token.sub, team: token.team }, expiresAt: token.expiresAt };
    return this.#random.chance(0.8) ? verified : Promise.resolve(verified);
  };

  /** The second level as the replicas see it. */
  readonly #through = async (
    key: string,
    load: () => Promise<ExpiringCredentials>,
    want: { livesBeyond: number; keepUntil: number },
  ): Promise<ExpiringCredentials> => {
    const kept = this.#shared.get(key);
    const end = Math.min(kept?.keepUntil ?? 0, want.keepUntil);
    if (kept && (kept.credentials.expiresAt ?? 0) > want.livesBeyond && end > this.#clock.now()) {
      this.tally.shared += 1;
      return { ...kept.credentials };
    }
    const credentials = await load();
    if (credentials.expiresAt !== undefined) {
      this.#shared.set(key, { credentials: { ...credentials }, keepUntil: want.keepUntil });
    }
    return credentials;
  };

  readonly #forget = async (key: string) => void this.#shared.delete(key);
}
