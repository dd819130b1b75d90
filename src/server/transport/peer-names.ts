import { matchesGlob, matchesHostGlob } from '../../config/index.ts';

/** Node's own form: `DNS:a, URI:b`, with values of odd characters quoted as JSON. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;

/**
 * The DNS names and URIs of a certificate; its other names (addresses, mail) name no workload.
 * @param subjectAltName as X509Certificate has it
 */
export function peerNames(subjectAltName: string | undefined): string[] {
  return [...(subjectAltName ?? '').matchAll(ENTRY)].flatMap(([, type, value = '']) => {
    const name = value.startsWith('"') ? unquoted(value) : value;
    if (name === '') return [];
    // A DNS name that looks like a URI would pass for a SPIFFE ID.
    if (type === 'DNS') return name.includes(':') || name.includes('/') ? [] : [name.toLowerCase()];
    return type === 'URI' ? [name] : [];
  });
}

/** Whether one of the globs matches one of the names; letters' case counts in URIs alone. */
export function isAllowedPeer(names: readonly string[], globs: readonly string[] | undefined): boolean {
  if (globs === undefined) return true;
  return names.some((name) =>
    globs.some((glob) => (name.includes(':') ? matchesGlob(glob, name) : matchesHostGlob(glob, name))),
  );
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
}
