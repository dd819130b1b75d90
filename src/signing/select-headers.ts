import { joinedValues } from './canonical-headers.ts';
import { CLIENT_SIGNATURE_HEADERS } from './constants.ts';
import type { HeaderEntry, SigningParameters } from './types.ts';

/** The client's headers, sorted by what becomes of them. */
export interface SelectedHeaders {
  /** To be signed, in wire order. */
  signed: HeaderEntry[];
  /** To be signed, and written anew because signers and servers disagree on their form. */
  rewritten: HeaderEntry[];
  /** What the client sent of a signature of its own, with how often. */
  clientSignature: Map<string, number>;
  /** To be removed, as the service refuses requests that carry them. */
  stripped: string[];
}

/**
 * Only content-type, x-amz-* and what the route names is signed: everything else Envoy and the proxies behind it may
 * change on the way.
 */
export function selectHeaders(headers: readonly HeaderEntry[], parameters: SigningParameters): SelectedHeaders {
  const signed: HeaderEntry[] = [];
  const clientSignature = new Map<string, number>();
  const stripped = new Set<string>();
  const withTab = new Set<string>();
  for (const entry of headers) {
    const name = entry[0];
    if (CLIENT_SIGNATURE_HEADERS.has(name)) {
      clientSignature.set(name, (clientSignature.get(name) ?? 0) + 1);
    } else if (isStripped(name, parameters)) {
      stripped.add(name);
    } else if (isSigned(name, parameters)) {
      signed.push(entry);
      // Half of the signers keep a tab and half make it a space (facts of SigV4 in practice), so a tab never leaves.
      if (entry[1].includes('\t')) withTab.add(name);
    }
  }
  const rewritten = withTab.size === 0 ? [] : [...joinedValues(signed.filter(([name]) => withTab.has(name)))];
  return { signed, rewritten, clientSignature, stripped: [...stripped] };
}

function isSigned(name: string, { signedHeaders }: SigningParameters): boolean {
  return name === 'content-type' || name.startsWith('x-amz-') || signedHeaders.has(name);
}

function isStripped(name: string, { rules }: SigningParameters): boolean {
  return rules.strippedHeaderPrefixes.some((prefix) => name.startsWith(prefix));
}
