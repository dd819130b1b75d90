import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Credentials, signingKey } from '../../../src/signing/index.ts';
import { ecdsaSigningKey } from '../../../src/signing/sigv4a-key.ts';
import { stringToSign } from '../../../src/signing/stages.ts';
import { KNOWN_DIFFERENCES, type PeerName } from './known-differences.ts';
import type { PeerAnswer } from './python-peers.ts';
import type { Ours } from './wire.ts';

export type Comparison =
  | { kind: 'equal' }
  | { kind: 'unsupported'; why: string }
  | { kind: 'known'; name: string }
  | { kind: 'different'; theirs: string; ours: string };

/** Whether a peer's signature is ours, to the byte; of SigV4A's, which differ every time, whether our key made it. */
export function compare(peer: PeerName, ours: Ours, answer: PeerAnswer): Comparison {
  if ('unsupported' in answer) return { kind: 'unsupported', why: answer.unsupported };
  const expected = peer === 'awscrt' ? asSignedByAwscrt(ours) : ours;
  if (isEqual(expected, answer)) return { kind: 'equal' };
  const known = KNOWN_DIFFERENCES.find((difference) => difference.peer === peer && difference.matches(ours));
  if (known) return { kind: 'known', name: known.name };
  return {
    kind: 'different',
    theirs: 'error' in answer ? answer.error : 'signature' in answer ? answer.signature : answer.authorization,
    ours: expected.authorization ?? expected.signature,
  };
}

/** Whether our own SigV4A signature is good under our own public key; a SigV4 signature is, if the peers made the same. */
export function verifiesItself({ wire, signature, stringToSign }: Ours): boolean {
  return wire.algorithm === 'sigv4' || isSignedBy(wire.credentials, stringToSign, signature);
}

function isEqual(ours: Ours, answer: PeerAnswer): boolean {
  if ('error' in answer || 'unsupported' in answer) return false;
  const { wire, authorization = '' } = ours;
  if (wire.algorithm === 'sigv4') {
    return 'signature' in answer ? answer.signature === ours.signature : answer.authorization === authorization;
  }
  if ('signature' in answer) return isSignedBy(wire.credentials, ours.stringToSign, answer.signature);
  const [before, signature = ''] = answer.authorization.split(', Signature=');
  return (
    before === authorization.split(', Signature=')[0] && isSignedBy(wire.credentials, ours.stringToSign, signature)
  );
}

const publicKeys = new WeakMap<Credentials, KeyObject>();

function isSignedBy(credentials: Credentials, signed: string, signature: string): boolean {
  const key = publicKeys.get(credentials) ?? createPublicKey(ecdsaSigningKey(credentials));
  publicKeys.set(credentials, key);
  return verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'hex'));
}

/**
 * What ours would be without x-amz-content-sha256, which awscrt will not sign beside a signature in the query but for
 * VPC Lattice.
 */
function asSignedByAwscrt(ours: Ours): Ours {
  const { wire } = ours;
  if (wire.expires === undefined || wire.service === 'vpc-lattice-svcs') return ours;
  const lines = ours.canonicalRequest.split('\n').filter((line) => !line.startsWith('x-amz-content-sha256:'));
  const withHash = lines.at(-2) ?? '';
  const signedHeaders = withHash
    .split(';')
    .filter((name) => name !== 'x-amz-content-sha256')
    .join(';');
  const parameter = (names: string) => `X-Amz-SignedHeaders=${names.replaceAll(';', '%3B')}`;
  const query = (lines[2] ?? '').replace(parameter(withHash), parameter(signedHeaders));
  const canonical = [...lines.slice(0, 2), query, ...lines.slice(3, -2), signedHeaders, lines.at(-1)].join('\n');
  const [algorithm = '', timestamp = '', scope = ''] = ours.stringToSign.split('\n');
  const toSign = stringToSign(algorithm, timestamp, scope, canonical);
  const key = signingKey(wire.credentials, timestamp.slice(0, 8), wire.region, wire.service);
  return {
    ...ours,
    canonicalRequest: canonical,
    stringToSign: toSign,
    signature: key.hex(toSign),
  };
}
