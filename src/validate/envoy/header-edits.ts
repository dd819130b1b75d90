import type { HeaderEdit } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';

/** request_headers_to_add and request_headers_to_remove of a route, a virtual host, a weighted cluster or a table. */
export function readHeaderEdits(holder: ConfigNode | undefined): HeaderEdit[] {
  const added = (holder?.list('request_headers_to_add') ?? []).flatMap((at) => addition(at, at) ?? []);
  const removed = (holder?.list('request_headers_to_remove') ?? []).flatMap((at): HeaderEdit[] =>
    at.text === undefined ? [] : [{ action: 'remove', header: at.text.toLowerCase(), at }],
  );
  return [...added, ...removed];
}

/** The request mutations of a header_mutation filter, or of its per-route configuration. */
export function readMutations(config: ConfigNode | undefined): HeaderEdit[] {
  return (config?.at('mutations')?.list('request_mutations') ?? []).flatMap((at): HeaderEdit[] => {
    const removed = at.get('remove')?.text;
    if (removed !== undefined) return [{ action: 'remove', header: removed.toLowerCase(), at }];
    const append = at.get('append');
    return append ? (addition(append, at) ?? []) : [];
  });
}

/** A HeaderValueOption. */
function addition(option: ConfigNode, at: ConfigNode): HeaderEdit[] | undefined {
  const header = option.at('header', 'key')?.text?.toLowerCase();
  if (header === undefined) return undefined;
  const ifAbsent = option.get('append_action')?.text?.toUpperCase() === 'ADD_IF_ABSENT';
  return [{ action: ifAbsent ? 'add if absent' : 'set', header, at }];
}
