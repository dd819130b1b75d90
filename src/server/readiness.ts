import { setTimeout as delay } from 'node:timers/promises';
import { configsOfFile, type ServerConfig, type WorkloadIdentity } from '../config/index.ts';
import type { CredentialSource } from '../credentials/index.ts';
import type { Logger } from './log.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Resolves when the workload has the credentials that the server's file needs, tried until it has; requests are served
 * meanwhile as they come. Roles count for nothing here: a role that cannot be assumed is its route's trouble.
 * @throws AbortError
 */
export async function workloadIsReady(
  config: ServerConfig,
  source: Pick<CredentialSource, 'credentialsFor'>,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  const pending = new Set(baseIdentities(config));
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    for (const identity of pending) {
      try {
        await source.credentialsFor(identity);
        pending.delete(identity);
      } catch (error) {
        log.warn({ err: error, aws_profile: identity.profile }, 'not ready: the workload has no credentials yet');
      }
    }
    if (pending.size === 0) return;
    await delay(wait, undefined, { signal, ref: false });
  }
}

/** The workload's own identities, before any role, of the configs that the file holds. */
function baseIdentities(config: ServerConfig): WorkloadIdentity[] {
  const found = new Map<string, WorkloadIdentity>();
  for (const { identity } of configsOfFile(config)) {
    if (identity.source !== 'workload') continue;
    const { source, sts, profile } = identity;
    const base: WorkloadIdentity = {
      ...{ source, sts, usesClaims: false, chain: [] },
      ...(profile !== undefined && { profile }),
    };
    found.set(JSON.stringify(base), base);
  }
  return [...found.values()];
}
