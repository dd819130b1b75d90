import { isDeepStrictEqual } from 'node:util';
import type { Metrics } from '../admin/index.ts';
import { RouteConfigResolver, type ServerConfig } from '../config/index.ts';
import type { Clock, CredentialsObserver } from '../credentials/index.ts';
import { Allowance, Signer } from '../signer/index.ts';
import type { Tracing } from '../tracing/index.ts';
import type { Logger } from './log.ts';
import { type OpenCredentials, openCredentials } from './open-credentials.ts';

/** What is made of one reading of the server's file; never changed, only replaced. */
export interface Settings {
  readonly config: ServerConfig;
  readonly resolver: RouteConfigResolver;
  readonly signer: Signer;
  readonly credentials: OpenCredentials;
}

export interface SettingsParts {
  clock: Clock;
  metrics: Metrics;
  log: Logger;
  observer: CredentialsObserver;
  tracing: Tracing | undefined;
}

/** As long as the longest upload that may still ask the credentials that it began with. */
const RETIREMENT_MS = 300_000;

/** The settings in use. A request takes them when it begins, and keeps them to its end. */
export class LiveSettings {
  readonly #parts: SettingsParts;
  readonly #retired = new Map<OpenCredentials, NodeJS.Timeout>();
  #now: Settings;

  /** @throws ServerFileError for key files and the like that cannot be used */
  static async open(config: ServerConfig, parts: SettingsParts): Promise<LiveSettings> {
    return new LiveSettings(settingsOf(config, await opened(config, parts), parts), parts);
  }

  private constructor(first: Settings, parts: SettingsParts) {
    this.#now = first;
    this.#parts = parts;
  }

  get now(): Settings {
    return this.#now;
  }

  /**
   * Takes other settings into use, in one step. The credentials that are cached stay where nothing that they depend on
   * is different.
   * @throws ServerFileError, with everything as it was before
   */
  async replace(config: ServerConfig): Promise<void> {
    const before = this.#now.credentials;
    const kept = isDeepStrictEqual(credentialSettings(config), credentialSettings(this.#now.config));
    const credentials = kept ? before : await opened(config, this.#parts);
    this.#now = settingsOf(config, credentials, this.#parts);
    if (kept) credentials.connect(config);
    else this.#retire(before);
  }

  async close(): Promise<void> {
    for (const timer of this.#retired.values()) clearTimeout(timer);
    await Promise.all([this.#now.credentials, ...this.#retired.keys()].map((credentials) => credentials.close()));
  }

  #retire(credentials: OpenCredentials): void {
    const timer = setTimeout(() => {
      this.#retired.delete(credentials);
      void credentials.close();
    }, RETIREMENT_MS);
    timer.unref();
    this.#retired.set(credentials, timer);
  }
}

/** What the cached credentials depend on, apart from the configs that they are of. */
function credentialSettings({ cache, tokenCheck, stsTimeoutMs, stsCallsPerSecond }: ServerConfig): object {
  return { cache, tokenCheck, stsTimeoutMs, stsCallsPerSecond };
}

function opened(config: ServerConfig, { clock, metrics, observer, log }: SettingsParts): Promise<OpenCredentials> {
  return openCredentials(config, clock, metrics, observer, log);
}

function settingsOf(config: ServerConfig, credentials: OpenCredentials, parts: SettingsParts): Settings {
  const { clock, metrics, tracing } = parts;
  const resolver = new RouteConfigResolver(config);
  const signer = new Signer({
    resolver,
    credentials: tracing ? tracing.around(credentials.source) : credentials.source,
    stages: metrics,
    allowance: new Allowance(config.allow),
    now: () => new Date(clock.now()),
    observer: metrics,
  });
  return Object.freeze({ config, resolver, signer, credentials });
}
