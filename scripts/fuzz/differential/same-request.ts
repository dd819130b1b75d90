import { decodePercent, queryPairs } from '../../../test/stand-in/sigv4-canonical.ts';
import type { SigningCase } from './cases.ts';
import type { Ours } from './wire.ts';

const SIGNATURE_NAME =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|region-set)$/i;
const CLIENT_SIGNATURE = /AKIACLIENT|of the client|20200101T000000Z/;

/**
 * What other signers cannot see, as they are handed what ours made of the request: whether it still says what the
 * client said, in a form that every server reads alike.
 * @returns what is wrong; undefined where nothing is
 */
export function changedRequest(
  { request, parameters }: SigningCase,
  { path, sent, signedHeaders }: Ours,
): string | undefined {
  const [before, after] = [splitTarget(request.path), splitTarget(path)];
  const isSamePath =
    parameters.rules.pathEncoding === 'single'
      ? decodePercent(before.path) === decodePercent(after.path)
      : before.path === after.path;
  if (!isSamePath) return 'the path names something else';
  if (pairsOf(before.query) !== pairsOf(after.query)) return 'the query says something else';
  for (const [name, value] of sent) {
    if (CLIENT_SIGNATURE.test(value)) return `the client's ${name} is left`;
    if (isToBeSigned(name) && !signedHeaders.has(name)) return `${name} is not signed`;
    if (signedHeaders.has(name) && value.includes('\t')) return `${name} holds a tab`;
  }
  return undefined;
}

function isToBeSigned(name: string): boolean {
  return name === 'content-type' || name.startsWith('x-amz-');
}

/** Decoded pairs in their order, without a signature's and without empty ones. */
function pairsOf(query: string): string {
  const pairs = queryPairs(query).filter(([name, value]) => `${name}${value}` !== '' && !SIGNATURE_NAME.test(name));
  return JSON.stringify(pairs);
}

function splitTarget(target: string): { path: string; query: string } {
  const [path = '', ...query] = target.split('?');
  return { path, query: query.join('?') };
}
