import { providersSdk } from './aws-sdk.ts';
import type { Connections } from './connections.ts';
import { noWorkloadCredentials } from './sts-errors.ts';
import type { ExpiringCredentials } from './types.ts';

/**
 * Asks the SDK's default provider chain once: environment, shared config (also credential_process), IRSA's token file,
 * ECS and EKS Pod Identity, instance metadata. A new chain each time, as the SDK's own memory refreshes over and over
 * in the last five minutes of a session; the cache in front of this is ours.
 * @throws CredentialsError SIGV4_NO_WORKLOAD_CREDENTIALS
 */
export async function workloadCredentials(
  region: string,
  profile: string | undefined,
  { handler }: Connections,
  abort: AbortSignal,
): Promise<ExpiringCredentials> {
  const { fromNodeProviderChain } = await providersSdk();
  const chain = fromNodeProviderChain({
    clientConfig: { region, requestHandler: handler },
    // The SDK keeps the shared files of its first reading.
    ignoreCache: true,
    // An endpoint on the node that does not answer is asked again by the next request, not by this one for seconds.
    maxRetries: 0,
    ...(profile !== undefined && { profile }),
  });
  const aborted = new Promise<never>((_, reject) => {
    if (abort.aborted) reject(abort.reason);
    abort.addEventListener('abort', () => reject(abort.reason), { once: true });
  });
  try {
    const found = await Promise.race([chain(), aborted]);
    return {
      accessKeyId: found.accessKeyId,
      secretAccessKey: found.secretAccessKey,
      ...(found.sessionToken !== undefined && { sessionToken: found.sessionToken }),
      ...(found.expiration !== undefined && { expiresAt: found.expiration.getTime() }),
    };
  } catch (error) {
    throw noWorkloadCredentials(error);
  }
}
