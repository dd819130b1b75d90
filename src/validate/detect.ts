import { SERVER_FILE_KEYS } from '../config/index.ts';
import { isConfigDump } from './envoy/index.ts';
import type { ConfigNode } from './source/index.ts';

export type DocumentKind = 'bootstrap' | 'config dump' | 'manifest' | 'fragment' | 'server file' | 'other';

const BOOTSTRAP = ['static_resources', 'dynamic_resources', 'layered_runtime', 'stats_sinks'];
const FRAGMENT = ['http_filters', 'virtual_hosts', 'routes', 'listeners', 'clusters', 'grpc_service', 'filter_chains'];

/** Tells by its content what a document is. */
export function kindOf(document: ConfigNode): DocumentKind {
  if (document.get('apiVersion') && document.get('kind')) return 'manifest';
  if (isConfigDump(document)) return 'config dump';
  if (BOOTSTRAP.some((key) => document.get(key))) return 'bootstrap';
  if (FRAGMENT.some((key) => document.get(key))) return 'fragment';
  return document.entries().some(([key]) => SERVER_FILE_KEYS.has(key)) ? 'server file' : 'other';
}
