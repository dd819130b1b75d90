/** What Envoy's regular expressions (RE2) have not, of what Kong's (PCRE) have. */
const UNSUPPORTED: readonly (readonly [construct: RegExp, name: string])[] = [
  [/^\(\?<?[=!]/, 'lookaround'],
  [/^\(\?>/, 'an atomic group'],
  [/^\(\?(?:R|\d|&|P>|\(|\||#)/, 'a construct of PCRE alone'],
  [/^(?:[*+?]|\})\+/, 'a possessive quantifier'],
  [/^\\(?:[1-9]|k[<{'])/, 'a back reference'],
  [/^\\[GKXRhHVNZ]/, 'an escape of PCRE alone'],
];
const NAMED_GROUP = /^\(\?(?:<|')(\w+)(?:>|')/;

export type Re2 = { regex: string } | { problem: string };

/**
 * A regular expression of Kong in RE2's syntax, without a leading `^`: Kong's are anchored at the start by themselves.
 */
export function toRe2(source: string): Re2 {
  let rest = source.replace(/^\^/, '');
  let regex = '';
  let inClass = false;
  while (rest !== '') {
    const unsupported = inClass ? undefined : UNSUPPORTED.find(([construct]) => construct.test(rest));
    if (unsupported) return { problem: `has ${unsupported[1]}, which Envoy's regular expressions have not` };
    const named = inClass ? null : NAMED_GROUP.exec(rest);
    const taken = named?.[0] ?? (rest[0] === '\\' ? rest.slice(0, 2) : (rest[0] ?? ''));
    if (taken === '[') inClass = true;
    else if (taken === ']') inClass = false;
    regex += named ? `(?P<${named[1]}>` : taken;
    rest = rest.slice(taken.length);
  }
  return isBalanced(regex) ? { regex } : { problem: 'is not a regular expression' };
}

/** Matched from the start, and to the end only where it says `$`. */
export function asFullMatch(regex: string): string {
  const grouped = regex.includes('|') ? `(?:${regex})` : regex;
  const endsAnchored = /(?:^|[^\\])(?:\\\\)*\$$/.test(regex);
  if (endsAnchored && grouped === regex) return regex.slice(0, -1);
  if (regex.endsWith('.*') && !regex.endsWith('\\.*') && grouped === regex) return regex;
  return `${grouped}.*`;
}

/** Of a literal text, for a regular expression. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function isBalanced(regex: string): boolean {
  try {
    new RegExp(regex.replaceAll('(?P<', '(?<').replaceAll('(?i)', ''));
    return true;
  } catch {
    return false;
  }
}
