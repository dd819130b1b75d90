import { CredentialStore, type User } from './credential-store.ts';
import { type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import type { Role } from './roles.ts';
import { type Service, type ServiceOptions, startService } from './service.ts';
import { type Sts, startSts } from './sts.ts';

export { CredentialStore, type IssuedSession, type Principal, type User } from './credential-store.ts';
export type { Answer } from './http.ts';
export { OidcIssuer, type OidcIssuerOptions, startOidcIssuer, type TokenClaims } from './oidc-issuer.ts';
export type { Role, Trust } from './roles.ts';
export { type ReceivedRequest, Service, type ServiceOptions, startService } from './service.ts';
export type { RefusalReason } from './sigv4-refusal.ts';
export { type Accepted, type Refused, type Verdict, type VerifyOptions, verify } from './sigv4-verifier.ts';
export { Sts, type StsCall, type StsFault, type StsOptions, startSts } from './sts.ts';

export interface StandInOptions {
  /** The roles, or a function that makes them of the issuer's `iss`. */
  roles?: readonly Role[] | ((issuer: string) => readonly Role[]);
  /** Long-lived users. */
  users?: readonly User[];
  /** Of the verifying service: scope, hosts, TLS, payload policy; without `service` and `hosts` any scope is taken. */
  service?: Omit<ServiceOptions, 'store' | 'host' | 'port' | 'now'>;
  /** Region that STS demands in signatures; absent: any. */
  stsRegion?: string;
  /** Address to bind; default 127.0.0.1. */
  host?: string;
  /** Default 0, the kernel's choice. */
  ports?: { issuer?: number; sts?: number; service?: number };
  /** The `iss` to announce, where the issuer is reached by another name than its own address. */
  issuer?: string;
  now?: () => Date;
}

export interface StandIn {
  issuer: OidcIssuer;
  sts: Sts;
  service: Service;
  /** Shared by STS and service; hand it to {@link startService} for further services. */
  store: CredentialStore;
  close(): Promise<void>;
}

/** Starts an OIDC issuer, STS, and a verifying service that know the same credentials. */
export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { roles = [], ports = {}, host = '127.0.0.1' } = options;
  const shared = { host, ...(options.now && { now: options.now }) };
  const store = new CredentialStore(options.users);
  const issuer = await startOidcIssuer({
    ...shared,
    port: ports.issuer ?? 0,
    ...(options.issuer !== undefined && { issuer: options.issuer }),
  });
  const sts = await startSts({
    ...shared,
    store,
    port: ports.sts ?? 0,
    roles: typeof roles === 'function' ? roles(issuer.issuer) : roles,
    providerUrls: { [issuer.issuer]: issuer.url },
    ...(options.stsRegion !== undefined && { region: options.stsRegion }),
  });
  const service = await startService({ ...options.service, ...shared, store, port: ports.service ?? 0 });
  const close = async (): Promise<void> => {
    await Promise.all([issuer.close(), sts.close(), service.close()]);
  };
  return { issuer, sts, service, store, close };
}
