import { LineCounter, type Node, parseAllDocuments } from 'yaml';
import { ConfigNode } from './config-node.ts';

/** A text that is no YAML, and so no JSON either. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/**
 * The documents of a YAML or JSON file, empty ones left out.
 * @param file how the file is called in findings
 * @throws UnreadableError
 */
export function readDocuments(text: string, file: string): ConfigNode[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) {
      // The parser's message may quote the text, which may be a secret: its code says enough.
      const what = error.code.toLowerCase().replaceAll('_', ' ');
      throw new UnreadableError(`${file}:${lines.linePos(error.pos[0]).line}: is not YAML (${what})`);
    }
    const value = document.contents as Node | null;
    return value === null
      ? []
      : [new ConfigNode({ file, document, position: (offset) => lines.linePos(offset) }, value)];
  });
}
