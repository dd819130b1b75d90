import { Document } from 'yaml';
import { METADATA_NAMESPACE } from '../config/index.ts';
import { bootstrapOf } from './bootstrap.ts';
import { findingLines, printable } from './comments.ts';
import type { Conversion } from './convert.ts';
import { type Finding, Findings } from './findings.ts';
import { commentItems, space, style } from './yaml-style.ts';

const ABOUT_ENVOY = [
  'Made by `sigv4-extproc kong` of a Kong declarative config: its routes with the plugin aws-request-signing, as routes',
  'of Envoy. A bootstrap that loads as it is; or take virtual_hosts and clusters into your own. Envoy 1.36 or newer.',
  '',
  'The signer is an UPSTREAM filter, among the filters of the clusters. Kong signs the path that strip_path and the',
  "service's path have made; Envoy makes it (prefix_rewrite, regex_rewrite) behind the filters of its listener, and only",
  "this placement sees it. Add no retry_policy: a second attempt would find no token, as the first one's signature took",
  'its place, and be refused with 401.',
];

const ABOUT_METADATA = [
  'Made by `sigv4-extproc kong --metadata-only` of a Kong declarative config: the metadata of each route on which the',
  "plugin aws-request-signing runs, by the route's name in Kong. The signer has to see the path that leaves: place it",
  'behind all rewrites.',
];

export interface Rendered {
  /** YAML. */
  text: string;
  /** Those of the conversion, and those of the rendering. */
  findings: readonly Finding[];
}

/** Envoy's bootstrap for the converted routes; what is to be said of them stands in comments. */
export function renderEnvoy({ routes, findings }: Conversion): Rendered {
  const more = new Findings();
  const document = new Document(bootstrapOf(routes, more));
  style(document);
  space(document);
  const places = routes
    .filter(({ route }) => route.name !== route.at)
    .map(({ route }) => [route.name, route.at] as const);
  commentItems(document, 'routes', new Map(places));
  return withHeader(ABOUT_ENVOY, [...findings, ...more.all], document);
}

/** The metadata alone, by the names of the Kong routes. */
export function renderMetadata({ routes, findings }: Conversion): Rendered {
  const byName = new Map<string, object>();
  for (const { route, fields } of routes) {
    const name = byName.has(route.name) ? route.at : route.name;
    byName.set(name, { filter_metadata: { [METADATA_NAMESPACE]: { ...fields } } });
  }
  const document = new Document(byName);
  space(document);
  return withHeader(ABOUT_METADATA, findings, document);
}

function withHeader(about: readonly string[], findings: readonly Finding[], document: Document): Rendered {
  const lines = [...about, ...findingLines(findings)].map((line) => (line === '' ? '#' : `# ${printable(line)}`));
  const yaml = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return { text: `${lines.join('\n')}\n\n${yaml}`, findings };
}
