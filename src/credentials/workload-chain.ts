import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
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
  timeoutMs: number,
): Promise<ExpiringCredentials> {
  const chain = fromNodeProviderChain({ clientConfig: { region }, ...(profile !== undefined && { profile }) });
  const timeout = AbortSignal.timeout(timeoutMs);
  const timedOut = new Promise<never>((_, reject) => {
    timeout.addEventListener('abort', () => reject(timeout.reason), { once: true });
  });
  try {
    const found = await Promise.race([chain(), timedOut]);
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
