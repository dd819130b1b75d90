import { type Document, isCollection, isMap, isScalar, isSeq, type Node, visit } from 'yaml';

/** A map or list that is no longer than this stands on one line, as in envoy/. */
const FLOW_WIDTH = 84;

/** Said once, where the key stands for the first time. */
const COMMENTS: Readonly<Record<string, string>> = {
  admin: 'Anyone who reaches the admin port can end Envoy: loopback only.',
  normalize_path: 'As Kong does before it compares paths: dot segments and double slashes are resolved.',
  ignore_port_in_host_matching: 'As with Kong, a name without a port matches on any.',
  timeout: "In place of Envoy's 15 s: Kong's read_timeout, which counts while nothing comes or goes.",
  validation_context: 'Kong does not verify unless told to; this does.',
  failure_mode_allow: 'Without a signature nothing leaves.',
  message_timeout: 'The default of 200 ms is shorter than a first call to STS.',
  mutation_rules: 'What the signer may write.',
};

/** Makes a document of plain data as readable as a written one. */
export function style(document: Document): void {
  nameAnchors(document);
  foldShort(document);
  quoteRegexes(document);
  comment(document);
}

/** What stands in more than one place is written once: the signer's options, and routes of more than one virtual host. */
function nameAnchors(document: Document): void {
  const names = new Map<string, string>();
  visit(document, {
    Map(_, node) {
      if (!node.anchor) return;
      const wanted = node.has('name') ? String(node.get('name')).replace(/[^\w-]+/g, '-') : 'signed';
      const taken = new Set(names.values());
      let name = wanted;
      for (let count = 2; taken.has(name); count++) name = `${wanted}-${count}`;
      names.set(node.anchor, name);
      node.anchor = name;
    },
    Alias(_, node) {
      node.source = names.get(node.source) ?? node.source;
    },
  });
}

function foldShort(document: Document): void {
  visit(document, {
    Collection(_, node) {
      if (node === document.contents || node.anchor || JSON.stringify(node).length > FLOW_WIDTH) return undefined;
      node.flow = true;
      return visit.SKIP;
    },
    Pair(_, { key }) {
      // For reading and for editing, line by line.
      return isScalar(key) && key.value === 'metadata' ? visit.SKIP : undefined;
    },
  });
}

/** A plain scalar may begin with `:` or `^`, but not every reader knows. */
function quoteRegexes(document: Document): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === 'regex' && isScalar(value)) value.type = 'QUOTE_SINGLE';
    },
  });
}

function comment(document: Document): void {
  const said = new Set<string>();
  visit(document, {
    Pair(_, { key }) {
      if (!isScalar(key) || said.has(String(key.value))) return;
      const text = COMMENTS[String(key.value)];
      if (text === undefined) return;
      said.add(String(key.value));
      key.commentBefore = ` ${text}`;
    },
  });
}

/** Puts a comment before each item of a list by this key whose `name` is a key of the texts. */
export function commentItems(document: Document, list: string, texts: ReadonlyMap<string, string>): void {
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || key.value !== list || !isSeq(value)) return;
      for (const item of value.items) {
        const text = isMap(item) ? texts.get(String(item.get('name'))) : undefined;
        if (text !== undefined) (item as Node).commentBefore = ` ${text}`;
      }
    },
  });
}

/** Parts the document's first level, and the clusters, by empty lines. */
export function space(document: Document): void {
  const apart = (node: unknown) => {
    if (isScalar(node) || isCollection(node)) node.spaceBefore = true;
  };
  if (isMap(document.contents)) for (const { key } of document.contents.items.slice(1)) apart(key);
  const clusters = document.getIn(['static_resources', 'clusters']);
  if (isSeq(clusters)) for (const item of clusters.items.slice(1)) apart(item);
}
