export type Claims = Readonly<Record<string, unknown>>;

/**
 * The texts of a claim: of a text, number or boolean the one, of a list each of those; none where it is anything else.
 * @param path a claim's exact name, or names joined by dots for claims within claims
 */
export function claimTexts(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  return (Array.isArray(value) ? value : [value]).flatMap((each) => {
    const text = scalarText(each);
    return text === undefined ? [] : [text];
  });
}

/** The text of a claim that is one text, number or boolean, or a list of just one. */
export function claimText(claims: Claims, path: string): string | undefined {
  const texts = claimTexts(claims, path);
  return texts.length === 1 ? texts[0] : undefined;
}

function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(claims, head)) continue;
    const inner = claims[head];
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
      return claimAt(inner as Claims, path.slice(dot + 1));
    }
  }
  return undefined;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
