/**
 * The AWS SDK, whose loading takes as long as half of all else of a start: loaded where something is first asked for,
 * or by `loadAwsSdk` once there is time.
 */
export const stsSdk = () => import('@aws-sdk/client-sts');
export const providersSdk = () => import('@aws-sdk/credential-providers');

/** Has the first request that needs it not wait for it. */
export async function loadAwsSdk(): Promise<void> {
  await stsSdk();
  await providersSdk();
}
