import type { Metrics } from '../admin/index.ts';
import { configsOfFile, type ServerConfig } from '../config/index.ts';
import {
  type Clock,
  CredentialSource,
  type CredentialsObserver,
  openSharedCache,
  openTokenCheck,
  proxiedFetch,
} from '../credentials/index.ts';
import type { Logger } from './log.ts';

export interface OpenCredentials {
  source: CredentialSource;
  /** Connects to each STS that the file's own configs need. */
  connect(config: ServerConfig): void;
  close(): Promise<void>;
}

/**
 * Sets up all that credentials come from, as the server's file says.
 * @throws ServerFileError for key files and the like that cannot be used
 */
export async function openCredentials(
  config: ServerConfig,
  clock: Clock,
  metrics: Metrics,
  observer: CredentialsObserver,
  log: Logger,
): Promise<OpenCredentials> {
  const shared =
    config.cache.shared &&
    (await openSharedCache(config.cache.shared, {
      clock,
      observe: (outcome) => metrics.sharedCache(outcome),
      log: (message, about) => log.warn(about, message),
    }));
  const tokenCheck =
    config.tokenCheck &&
    (await openTokenCheck({
      ...config.tokenCheck,
      clock,
      timeoutMs: config.stsTimeoutMs,
      fetch: proxiedFetch(),
      observe: (outcome) => metrics.tokenCheck(outcome),
      observeKeys: keysObserver(metrics, log),
    }));
  const source = new CredentialSource({
    cache: config.cache,
    stsTimeoutMs: config.stsTimeoutMs,
    stsCallsPerSecond: config.stsCallsPerSecond,
    observer,
    clock,
    shared,
    tokenCheck,
  });
  const connect = (file: ServerConfig) => source.connect(configsOfFile(file).map(({ identity }) => identity));
  connect(config);
  return {
    source,
    connect,
    async close() {
      tokenCheck?.close();
      source.close();
      await shared?.close();
    },
  };
}

/** Counts the readings of issuers' keys, and logs where an issuer goes away and comes back. */
function keysObserver(metrics: Metrics, log: Logger): (issuer: string, error?: unknown) => void {
  const away = new Set<string>();
  return (issuer, error) => {
    metrics.tokenKeysRead(error === undefined ? 'ok' : 'failed');
    if (error !== undefined && !away.has(issuer)) log.warn({ issuer, err: error }, "an issuer's keys cannot be read");
    if (error === undefined && away.has(issuer)) log.info({ issuer }, "the issuer's keys can be read again");
    if (error === undefined) away.delete(issuer);
    else away.add(issuer);
  };
}
