/** A piece of a template: literal text, or what is put in its place when a request is there. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'claim'; readonly path: string }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'route name' };

/** A text with placeholders: `{claim.sub}`, `{route_name}`, `{header.x-team}`. */
export type Template = readonly TemplatePart[];

const PLACEHOLDER =
  /\{(?:claim\.(?<claim>[^{}]+)|header\.(?<header>[a-z0-9!#$%&'*+.^_`|~-]+)|(?<route>route_name))\}/gi;

/** The parts of a text, or undefined where a brace in it begins or ends no placeholder that is known. */
export function parseTemplate(text: string): Template | undefined {
  const parts: TemplatePart[] = [];
  let end = 0;
  const literal = (upTo: number) => {
    if (upTo > end) parts.push({ kind: 'text', text: text.slice(end, upTo) });
  };
  for (const match of text.matchAll(PLACEHOLDER)) {
    literal(match.index);
    const { claim, header } = match.groups ?? {};
    if (claim !== undefined) parts.push({ kind: 'claim', path: claim });
    else if (header !== undefined) parts.push({ kind: 'header', name: header.toLowerCase() });
    else parts.push({ kind: 'route name' });
    end = match.index + match[0].length;
  }
  literal(text.length);
  return /[{}]/.test(literalText(parts)) ? undefined : parts;
}

/** What stands in a template whatever the request is. */
export function literalText(template: Template): string {
  return template.map((part) => (part.kind === 'text' ? part.text : '')).join('');
}

export function hasPlaceholder(template: Template | undefined, kind?: TemplatePart['kind']): boolean {
  return template?.some((part) => (kind === undefined ? part.kind !== 'text' : part.kind === kind)) ?? false;
}
