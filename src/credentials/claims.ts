export type Claims = Readonly<Record<string, unknown>>;

/**
 * The texts of a claim: of a text, number or boolean the one, of a list each of those; none where it is anything else,
 * or a whole number beyond 2^53, of which JSON makes two the same.
 * @param claims of a verified token
 * @param path a claim's name, which may hold dots or be a URL, or such names joined by dots for claims within claims:
 *   `sub`, `org.team`, `https://aws.amazon.com/tags.principal_tags.team`. At each step the longest name that is there
 *   is taken.
 */
export function claimTexts(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  return (Array.isArray(value) ? value : [value]).flatMap((each) => {
    const text = scalarText(each);
    return text === undefined ? [] : [text];
  });
}

/** The text of a claim that is one text, number or boolean, or a list of just one, the form of AWS's own tags. */
export function claimText(claims: Claims, path: string): string | undefined {
  const value = claimAt(claims, path);
  if (!Array.isArray(value)) return scalarText(value);
  return value.length === 1 ? scalarText(value[0]) : undefined;
}

function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(claims, head)) continue;
    const inner = claims[head];
    return isObject(inner) ? claimAt(inner, path.slice(dot + 1)) : undefined;
  }
  return undefined;
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return isExact(value) ? String(value) : undefined;
  return typeof value === 'boolean' ? String(value) : undefined;
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}
