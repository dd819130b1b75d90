import { vi } from 'vitest';
import type { CallerIdentity, RoleSession, StsEndpoint, WorkloadIdentity } from '../../src/config/index.ts';
import { Clock, CredentialSource, type StsOperation } from '../../src/credentials/index.ts';
import type { ExpiringCredentials } from '../../src/credentials/types.ts';
import { DEMO_WORKLOAD, demoRoles, ORDERS_CALLER_ROLE, REPORTS_WORKLOAD_ROLE } from '../stand-in/demo-config.ts';
import { type StandIn, startStandIn } from '../stand-in/index.ts';
import { stubWorkloadEnvironment } from './in-process-signer.ts';

export interface CredentialBench {
  standIn: StandIn;
  clock: Clock;
  /** Of every exchange with STS: operation and outcome. */
  stsCalls: [StsOperation, string][];
  lookups: string[];
  refreshes: string[];
  source: CredentialSource;
  /** A further source with other options. */
  newSource(options?: Partial<SourceSettings>): CredentialSource;
  close(): Promise<void>;
}

interface SourceSettings {
  maxEntries: number;
  maxEntriesPerCaller: number;
  stsTimeoutMs: number;
  stsCallsPerSecond: number;
}

/** The stand-in's STS as AWS_ENDPOINT_URL_STS, the demo's user as the environment's, and a source in front of both. */
export async function startCredentialBench(): Promise<CredentialBench> {
  const standIn = await startStandIn({ roles: demoRoles, users: [DEMO_WORKLOAD] });
  stubWorkloadEnvironment();
  vi.stubEnv('AWS_ENDPOINT_URL_STS', standIn.sts.url);
  const stsCalls: [StsOperation, string][] = [];
  const lookups: string[] = [];
  const refreshes: string[] = [];
  const sources: CredentialSource[] = [];
  const clock = new Clock();
  const newSource = (options: Partial<SourceSettings> = {}) => {
    const { maxEntries = 1000, maxEntriesPerCaller = 1000, stsTimeoutMs = 3000, stsCallsPerSecond } = options;
    const observer = {
      stsCall: (operation: StsOperation, outcome: string) => void stsCalls.push([operation, outcome]),
      cacheLookup: (outcome: string) => void lookups.push(outcome),
      refreshed: (outcome: string) => void refreshes.push(outcome),
    };
    const source = new CredentialSource({
      cache: { maxEntries, maxEntriesPerCaller },
      stsTimeoutMs,
      stsCallsPerSecond,
      observer,
      clock,
    });
    sources.push(source);
    return source;
  };
  return {
    standIn,
    clock,
    stsCalls,
    lookups,
    refreshes,
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

/** A role session with a name that is no template. */
export function roleSession(arn: string, sessionName: string, parameters: Partial<RoleSession> = {}): RoleSession {
  return { arn, sessionName: [{ kind: 'text', text: sessionName }], ...parameters };
}

export function callerIdentity(
  role: Partial<RoleSession> = {},
  sts: Partial<StsEndpoint> = {},
  identity: Partial<CallerIdentity> = {},
): CallerIdentity {
  return {
    source: 'caller',
    role: roleSession(ORDERS_CALLER_ROLE, 'orders', role),
    chain: [],
    sts: { ...STS, ...sts },
    cacheScope: 'caller',
    usesClaims: false,
    ...identity,
  };
}

export function workloadIdentity(
  role?: Partial<RoleSession>,
  sts: Partial<StsEndpoint> = {},
  identity: Partial<WorkloadIdentity> = {},
): WorkloadIdentity {
  return {
    source: 'workload',
    ...(role && { role: roleSession(REPORTS_WORKLOAD_ROLE, 'reports', role) }),
    chain: [],
    sts: { ...STS, ...sts },
    usesClaims: false,
    ...identity,
  };
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
