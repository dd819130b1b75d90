import type { RouteConfigResolver } from '../../config/index.ts';
import type { CredentialSource } from '../../credentials/index.ts';
import type { Journal } from '../journal/index.ts';

/** What the operator's page shows, and what its buttons reach. */
export interface PageSources {
  readonly journal: Journal;
  readonly credentials: Pick<CredentialSource, 'size' | 'list' | 'evictById' | 'brokenEndpoints'>;
  /** Of the server's file as it is now. */
  readonly resolver: () => RouteConfigResolver;
  readonly openStreams: () => number;
  readonly isReady: () => boolean;
  /** Address of the gRPC port. */
  readonly listen: () => string;
}
