import type { RawRoute } from './file-schema.ts';

/** The plugin that this service takes over from. */
export const PLUGIN_NAME = 'aws-request-signing';

export type Protocol = 'http' | 'https';

export interface KongService {
  /** Its place in the file. */
  at: string;
  name: string;
  id?: string;
  enabled: boolean;
  /** `http`, `https`, or another that the plugin cannot serve. */
  protocol: string;
  host: string;
  port: number;
  /** Put before each path; `/` where there is none. */
  path: string;
  connectTimeoutMs: number;
  /** The longer one of Kong's two: how long nothing may come or go. */
  idleTimeoutMs: number;
  tlsVerify?: boolean;
  /** TLS settings that are not carried over, by name. */
  tlsExtras: readonly string[];
}

export interface KongRoute {
  at: string;
  name: string;
  id?: string;
  service?: KongService;
  raw: RawRoute;
}

export interface KongPlugin {
  at: string;
  name: string;
  enabled: boolean;
  config: Readonly<Record<string, unknown>>;
  protocols?: readonly string[];
  /** Neither service nor route: global. */
  service?: KongService;
  route?: KongRoute;
  /** For a consumer or a group of them alone, or for an entity that is not in the file. */
  unusable?: 'consumer' | 'reference';
}

export interface KongModel {
  /** Paths of regular expressions start with `~`. */
  tildePaths: boolean;
  services: readonly KongService[];
  routes: readonly KongRoute[];
  plugins: readonly KongPlugin[];
  /** Names of load-balanced upstreams, which stand where a host would. */
  upstreams: ReadonlySet<string>;
}
