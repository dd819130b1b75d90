/** An element of a document: its text, the elements in it. */
export interface XmlElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

const BLANK = /^[ \t\r\n]*$/;
const NAME = /^[^\s<>/!?="'&]+$/;
const OPENING_TAG = /<([^\s<>/!?="'&]+)(?:\s+[^\s<>/="']+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*(\/?)>/y;
/** Without a subset of its own, in which entities could be declared. */
const DOCTYPE = /<!DOCTYPE[^[\]<>]*>/iy;
const REFERENCE = /&(?:#x([\da-f]{1,6})|#(\d{1,7})|([a-z][a-z\d]{0,30}));/gi;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const LAST_CODE_POINT = 0x10ffff;

/**
 * Reads a document's root: elements and texts, with comments, CDATA and instructions where they may stand. Names keep
 * their prefixes, attributes are left out, references but XML's own five and numbers are nothing; what is behind the
 * root is not looked at.
 * @throws Error where it is not well-formed; none of the document is in its message
 */
export function readXml(xml: string): XmlElement {
  const open: XmlElement[] = [];
  for (let at = 0; ; ) {
    const markup = indexOf(xml, '<', at);
    const inside = open.at(-1);
    if (markup > at) {
      const text = xml.slice(at, markup);
      if (inside !== undefined) inside.text += withoutReferences(text);
      else if (!BLANK.test(text)) throw malformed();
    }
    if (xml.startsWith('</', markup)) {
      const end = indexOf(xml, '>', markup);
      if (inside?.name !== xml.slice(markup + 2, end).trimEnd()) throw malformed();
      open.pop();
      if (open.length === 0) return inside;
      at = end + 1;
    } else if (xml.startsWith('<!--', markup)) {
      at = indexOf(xml, '-->', markup + 4) + 3;
    } else if (xml.startsWith('<?', markup)) {
      at = indexOf(xml, '?>', markup) + 2;
    } else if (inside !== undefined && xml.startsWith('<![CDATA[', markup)) {
      const end = indexOf(xml, ']]>', markup);
      inside.text += xml.slice(markup + 9, end);
      at = end + 3;
    } else if (inside === undefined && matchAt(DOCTYPE, xml, markup) !== null) {
      at = DOCTYPE.lastIndex;
    } else {
      const end = indexOf(xml, '>', markup);
      let name: string | undefined = xml.slice(markup + 1, end);
      let isEmpty: string | undefined;
      at = end + 1;
      // Most tags are a name alone, for which a match is dear.
      if (!NAME.test(name)) {
        [, name, isEmpty] = matchAt(OPENING_TAG, xml, markup) ?? [];
        at = OPENING_TAG.lastIndex;
      }
      if (name === undefined) throw malformed();
      const element = { name, text: '', children: [] };
      inside?.children.push(element);
      if (!isEmpty) open.push(element);
      else if (inside === undefined) return element;
    }
  }
}

/** The element of that name, if it is the only one. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  let found: XmlElement | undefined;
  for (const child of element?.children ?? []) {
    if (child.name !== name) continue;
    if (found !== undefined) return undefined;
    found = child;
  }
  return found;
}

function indexOf(xml: string, text: string, from: number): number {
  const index = xml.indexOf(text, from);
  if (index === -1) throw malformed();
  return index;
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function withoutReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (_, hex?: string, decimal?: string, name = '') => {
    if (hex === undefined && decimal === undefined) return ENTITIES.get(name) ?? '';
    const codePoint = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return codePoint <= LAST_CODE_POINT ? String.fromCodePoint(codePoint) : '';
  });
}

function malformed(): Error {
  return new Error('the answer is not well-formed XML');
}
