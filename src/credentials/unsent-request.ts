import type { STSClient } from '@aws-sdk/client-sts';
import { stsSdk } from './aws-sdk.ts';

/** Where the SDK would send a request, and with what headers that are the same for all of them. */
export interface UnsentRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const CONSTANT_HEADERS = ['content-type', 'user-agent', 'x-amz-user-agent'];
const ANY = { RoleArn: 'arn:aws:iam::123456789012:role/any', RoleSessionName: 'any', WebIdentityToken: 'none' };

/**
 * What a client would send for AssumeRoleWithWebIdentity: where to is for the SDK to say, of region, partition, FIPS,
 * dual-stack, environment and shared config file.
 * @throws Error where there is no such endpoint
 */
export async function unsentRequest(client: STSClient): Promise<UnsentRequest> {
  const { AssumeRoleWithWebIdentityCommand } = await stsSdk();
  client.middlewareStack.add(
    () =>
      async ({ request }) => ({ response: undefined, output: { request, $metadata: {} } as never }),
    { step: 'finalizeRequest', priority: 'low', name: 'sendNothing' },
  );
  const { request } = (await client.send(new AssumeRoleWithWebIdentityCommand(ANY))) as { request?: UnsentRequest };
  if (request === undefined) throw new Error('the SDK made no request');
  const { protocol, hostname, port, path, headers } = request;
  const constant = CONSTANT_HEADERS.map((name) => [name, headers[name] ?? ''] as const);
  return { protocol, hostname, port, path, headers: Object.fromEntries(constant) };
}
