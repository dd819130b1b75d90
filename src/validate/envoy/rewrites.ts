import type { Rewrite } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';

const OF_PATH = ['prefix_rewrite', 'regex_rewrite', 'path_rewrite_policy', 'path_rewrite'];
const OF_HOST = ['host_rewrite_literal', 'host_rewrite_header', 'host_rewrite_path_regex', 'host_rewrite'];

/** What a RouteAction, or a weighted cluster, changes of path and host. */
export function readRewrites(action: ConfigNode | undefined, match?: ConfigNode): Rewrite[] {
  if (action === undefined) return [];
  const rewrites: Rewrite[] = [];
  for (const by of OF_PATH) {
    const at = action.get(by);
    if (at && !changesNothing(by, at, match)) rewrites.push({ of: 'path', at, by });
  }
  for (const by of OF_HOST) {
    const at = action.get(by);
    if (!at) continue;
    rewrites.push({ of: 'host', at, by, ...(by === 'host_rewrite_literal' && at.text && { to: at.text }) });
  }
  const auto = action.get('auto_host_rewrite');
  if (auto?.flag === true) rewrites.push({ of: 'host', at: auto, by: 'auto_host_rewrite', atEndpoint: true });
  return rewrites;
}

/** Seen on Envoy 1.40: a prefix that is replaced by itself leaves the path as it is. */
function changesNothing(by: string, at: ConfigNode, match: ConfigNode | undefined): boolean {
  const matched = match?.get('prefix') ?? match?.get('path') ?? match?.get('path_separated_prefix');
  return by === 'prefix_rewrite' && at.text !== undefined && at.text === matched?.text;
}
