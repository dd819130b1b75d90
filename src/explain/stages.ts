import type { SigningConfig } from '../config/index.ts';
import { pathAtTarget, type RequestMutation } from '../signer/index.ts';
import { type Credentials, type SigningStages, signInStages, type WireRequest } from '../signing/index.ts';
import { headerOf } from './client-request.ts';

/**
 * The stages of the signature that a request leaves with. They are computed anew from what leaves, as AWS does it, so
 * that they hold whatever the signer did to the request before it signed.
 * @param request as the client sent it, with the authority that is signed
 */
export function stagesOf(
  request: WireRequest,
  { set, remove }: RequestMutation,
  config: SigningConfig,
  credentials: Credentials,
  now: Date,
): SigningStages {
  const changed = new Set([...remove, ...set.map(([name]) => name)]);
  const leaving: WireRequest = {
    ...request,
    path: pathAtTarget(config, headerOf(set, ':path') ?? request.path),
    headers: [
      ...request.headers.filter(([name]) => !changed.has(name)),
      ...set.filter(([name]) => !name.startsWith(':')),
    ],
  };
  const payloadHash = headerOf(set, 'x-amz-content-sha256');
  if (payloadHash === undefined) throw new Error('the signed request has no x-amz-content-sha256');
  const stages = signInStages(leaving, config, credentials, payloadHash, now);
  const signature = signatureIn(set);
  // SigV4A signs with a random number: there is no second signature like the first.
  if (config.algorithm === 'sigv4' && signature !== stages.signedRequest.signature) {
    throw new Error('the signature of what leaves is not the one that was made');
  }
  return { ...stages, signedRequest: { ...stages.signedRequest, signature } };
}

/** The signature that the headers carry, or the path. */
function signatureIn(set: RequestMutation['set']): string {
  const carrier = headerOf(set, 'authorization') ?? headerOf(set, ':path') ?? '';
  const signature = /(?:, |&X-Amz-)Signature=([0-9a-f]+)/.exec(carrier)?.[1];
  if (signature === undefined) throw new Error('the signed request has no signature');
  return signature;
}
