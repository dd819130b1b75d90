import { CLIENT_SIGNATURE_QUERY } from './constants.ts';
import { percentDecode, uriEncode } from './uri-encoding.ts';

export interface CanonicalQuery {
  /** What the signature covers: sorted by encoded name, then by encoded value. */
  canonical: string;
  /** What has to be on the wire: the client's order, each pair strictly encoded, a signature of its own taken out. */
  wire: string;
}

interface Pair {
  name: string;
  value: string;
}

const NOTHING_ADDED: ReadonlyMap<string, string> = new Map();

/**
 * The canonical form of a wire query (without its `?`). A `+` is read as a space, as AWS does; pairs with neither
 * name nor value are dropped.
 * @param added decoded pairs that the signer puts behind the client's
 */
export function canonicalQuery(query: string, added: ReadonlyMap<string, string> = NOTHING_ADDED): CanonicalQuery {
  if (query === '' && added.size === 0) return { canonical: '', wire: '' };
  const pairs: Pair[] = [];
  const wire: string[] = [];
  for (const raw of query.split('&')) {
    const equals = raw.indexOf('=');
    const name = strictlyEncoded(equals < 0 ? raw : raw.slice(0, equals));
    const value = equals < 0 ? '' : strictlyEncoded(raw.slice(equals + 1));
    if (name === '' && value === '') continue;
    if (CLIENT_SIGNATURE_QUERY.has(name.toLowerCase())) continue;
    pairs.push({ name, value });
    wire.push(equals < 0 ? name : `${name}=${value}`);
  }
  for (const [name, value] of added) {
    const pair = { name: uriEncode(name), value: uriEncode(value) };
    pairs.push(pair);
    wire.push(`${pair.name}=${pair.value}`);
  }
  const canonical = pairs
    .sort(byNameThenValue)
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
  return { canonical, wire: wire.join('&') };
}

function strictlyEncoded(part: string): string {
  return uriEncode(percentDecode(part.replaceAll('+', ' ')));
}

function byNameThenValue(a: Pair, b: Pair): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  return 0;
}
