import { vi } from 'vitest';
import type { CallerIdentity, StsEndpoint, WorkloadIdentity } from '../../src/config/index.ts';
import { Clock, CredentialSource, type StsOperation } from '../../src/credentials/index.ts';
import type { ExpiringCredentials } from '../../src/credentials/types.ts';
import { DEMO_WORKLOAD, demoRoles, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../stand-in/demo-config.ts';
import { type StandIn, startStandIn } from '../stand-in/index.ts';
import { WORKLOAD_ENVIRONMENT } from './in-process-signer.ts';

export interface CredentialBench {
  standIn: StandIn;
  clock: Clock;
  /** Of every exchange with STS: operation and outcome. */
  stsCalls: [StsOperation, string][];
  lookups: string[];
  source: CredentialSource;
  /** A further source with other options. */
  newSource(options?: { maxEntries?: number; stsTimeoutMs?: number }): CredentialSource;
  close(): Promise<void>;
}

/** The stand-in's STS as AWS_ENDPOINT_URL_STS, the demo's user as the environment's, and a source in front of both. */
export async function startCredentialBench(): Promise<CredentialBench> {
  const standIn = await startStandIn({ roles: demoRoles, users: [DEMO_WORKLOAD] });
  for (const [name, value] of Object.entries(WORKLOAD_ENVIRONMENT)) vi.stubEnv(name, value);
  vi.stubEnv('AWS_ENDPOINT_URL_STS', standIn.sts.url);
  const stsCalls: [StsOperation, string][] = [];
  const lookups: string[] = [];
  const sources: CredentialSource[] = [];
  const clock = new Clock();
  const newSource = ({ maxEntries = 1000, stsTimeoutMs = 3000 } = {}) => {
    const observer = {
      stsCall: (operation: StsOperation, outcome: string) => void stsCalls.push([operation, outcome]),
      cacheLookup: (outcome: string) => void lookups.push(outcome),
    };
    const source = new CredentialSource({ maxEntries, stsTimeoutMs, observer, clock });
    sources.push(source);
    return source;
  };
  return {
    standIn,
    clock,
    stsCalls,
    lookups,
    source: newSource(),
    newSource,
    async close() {
      for (const source of sources) source.close();
      vi.unstubAllEnvs();
      await standIn.close();
    },
  };
}

const STS: StsEndpoint = { region: 'eu-west-1', fips: false, dualStack: false };

export function callerIdentity(
  role: Partial<CallerIdentity['role']> = {},
  sts: Partial<StsEndpoint> = {},
): CallerIdentity {
  return {
    source: 'caller',
    role: { arn: ORDERS_CALLER_ROLE, sessionName: 'orders', ...role },
    sts: { ...STS, ...sts },
  };
}

export function workloadIdentity(
  role?: Partial<CallerIdentity['role']>,
  sts: Partial<StsEndpoint> = {},
): WorkloadIdentity {
  const assumed = role && { arn: REPORTS_WORKLOAD_ROLE, sessionName: 'reports', ...role };
  return { source: 'workload', sts: { ...STS, ...sts }, ...(assumed && { role: assumed }) };
}

/** Credentials with their expiry, as the source gives them. */
export async function got(credentials: unknown): Promise<ExpiringCredentials> {
  return (await credentials) as ExpiringCredentials;
}

/** What a call threw, at once or by its promise. */
export async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
