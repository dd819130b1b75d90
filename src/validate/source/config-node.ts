import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { durationMs } from './duration.ts';

/** One document of a file, with what it takes to say where something stands in it. */
export interface Origin {
  readonly file: string;
  readonly document: Document;
  readonly position: (offset: number) => { line: number; col: number };
}

/**
 * A value in a configuration, with its place. Reading never throws: what is absent, null or of another type is
 * undefined, as Envoy and the gateways have their own validation for that. Aliases and merge keys are followed.
 */
export class ConfigNode {
  readonly origin: Origin;
  /** `static_resources.listeners[0]` */
  readonly path: string;
  readonly #value: Node;
  readonly #offset: number;

  constructor(origin: Origin, value: Node, path = '', offset?: number) {
    this.origin = origin;
    this.path = path;
    this.#value = value;
    this.#offset = offset ?? value.range?.[0] ?? 0;
  }

  get file(): string {
    return this.origin.file;
  }

  get line(): number {
    return Math.max(1, this.origin.position(this.#offset).line);
  }

  get column(): number {
    return Math.max(1, this.origin.position(this.#offset).col);
  }

  /** A member by its name in protobuf, or by the same in lowerCamelCase, as protobuf's JSON takes both. */
  get(name: string): ConfigNode | undefined {
    const members = this.#members();
    const found = members.get(name) ?? members.get(camelCase(name));
    return found && !(isScalar(found.value) && found.value.value === null) ? this.#child(found) : undefined;
  }

  /** A member of a member of a member. */
  at(...names: readonly string[]): ConfigNode | undefined {
    let node: ConfigNode | undefined = this;
    for (const name of names) node = node?.get(name);
    return node;
  }

  entries(): [string, ConfigNode][] {
    return [...this.#members()].map(([name, member]) => [name, this.#child(member)]);
  }

  items(): ConfigNode[] {
    const list = resolved(this.origin.document, this.#value);
    if (!isSeq(list)) return [];
    return list.items.map((item, index) => {
      const node = item as Node;
      return new ConfigNode(
        this.origin,
        resolved(this.origin.document, node),
        `${this.path}[${index}]`,
        offsetOf(node),
      );
    });
  }

  /** The items of a member that is a list. */
  list(name: string): ConfigNode[] {
    return this.get(name)?.items() ?? [];
  }

  /** A scalar as text. */
  get text(): string | undefined {
    const value = this.#scalar();
    return value === undefined || value === null ? undefined : String(value);
  }

  /** A boolean; YAML 1.1's words for it too, as Envoy's and Kubernetes' readers take them. */
  get flag(): boolean | undefined {
    const text = this.text?.toLowerCase();
    if (text === undefined) return undefined;
    if (/^(?:true|yes|on|y)$/.test(text)) return true;
    return /^(?:false|no|off|n)$/.test(text) ? false : undefined;
  }

  /** A number; protobuf's JSON may have it in quotes. */
  get number(): number | undefined {
    const text = this.text;
    return text !== undefined && /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  }

  /** A duration such as `0.2s` or `1m30s`, in milliseconds. */
  get milliseconds(): number | undefined {
    const text = this.text;
    return text === undefined ? undefined : durationMs(text);
  }

  get isMap(): boolean {
    return isMap(resolved(this.origin.document, this.#value));
  }

  /** The value as plain data; undefined where its aliases resolve to nothing, or to too much. */
  get data(): unknown {
    try {
      return this.#value.toJS(this.origin.document);
    } catch {
      return undefined;
    }
  }

  /**
   * What is written as text inside this text: YAML or JSON. In a block (`|`) each of its lines is a line of the file;
   * of other texts the place is where they begin.
   * @param around what to put around the text, such as brackets
   * @returns undefined where it cannot be read
   */
  inner(around: readonly [before: string, after: string] = ['', '']): ConfigNode | undefined {
    const node = resolved(this.origin.document, this.#value);
    if (!isScalar(node)) return undefined;
    const lines = new LineCounter();
    const text = `${around[0]}${String(node.value)}${around[1]}`;
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
    const value = document.contents as Node | null;
    if (value === null || document.errors.length > 0) return undefined;
    const { position } = this.origin;
    const first = position(node.range?.[0] ?? this.#offset).line;
    const here = position(this.#offset);
    const isBlock = node.type === 'BLOCK_LITERAL';
    const place = (offset: number) => {
      const { line, col } = lines.linePos(offset);
      return isBlock ? { line: first + line, col } : here;
    };
    return new ConfigNode({ file: this.file, document, position: place }, value, this.path);
  }

  #scalar(): unknown {
    const node = resolved(this.origin.document, this.#value);
    return isScalar(node) ? node.value : undefined;
  }

  #child({ name, value, offset }: Member): ConfigNode {
    const step = /^[\w-]+$/.test(name) ? `${this.path === '' ? '' : '.'}${name}` : `["${name}"]`;
    return new ConfigNode(this.origin, value, this.path + step, offset);
  }

  #members(): Map<string, Member> {
    const members = new Map<string, Member>();
    const { document } = this.origin;
    const add = (map: Node, depth: number) => {
      if (!isMap(map) || depth > MERGES_FOLLOWED) return;
      for (const pair of map.items as Pair<Node, Node | null>[]) {
        const name = isScalar(pair.key) ? String(pair.key.value) : undefined;
        // Envoy drops what a key tagged so holds.
        if (name === undefined || pair.value === null || (pair.key as { tag?: string }).tag === '!ignore') continue;
        if (name === '<<') {
          const merged = resolved(document, pair.value);
          for (const source of isSeq(merged) ? (merged.items as Node[]) : [merged])
            add(resolved(document, source), depth + 1);
        } else if (!members.has(name)) {
          members.set(name, { name, value: resolved(document, pair.value), offset: offsetOf(pair.key) });
        }
      }
    };
    add(resolved(document, this.#value), 0);
    return members;
  }
}

interface Member {
  readonly name: string;
  readonly value: Node;
  /** Of the key. */
  readonly offset: number;
}

const MERGES_FOLLOWED = 8;

function resolved(document: Document, node: Node): Node {
  return isAlias(node) ? ((node.resolve(document) as Node | undefined) ?? node) : node;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
