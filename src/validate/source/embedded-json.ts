import type { ConfigNode } from './config-node.ts';

/** JSON that is written as a text, such as in an annotation. What is no JSON is left as the text, which no schema takes. */
export function embeddedJson(text: ConfigNode): { at: ConfigNode; data: unknown } {
  const json = text.text ?? '';
  try {
    const data: unknown = JSON.parse(json);
    return { at: text.inner() ?? text, data };
  } catch {
    return { at: text, data: json };
  }
}
