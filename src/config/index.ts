export { FIELD_NAMES } from './layer-schema.ts';
export { type Resolution, RouteConfigResolver } from './route-config-resolver.ts';
export { DEFAULT_SERVER_CONFIG, LOG_LEVELS, type LogLevel, type ServerConfig } from './server-config.ts';
export { loadServerFile, parseServerFile, ServerFileError } from './server-file.ts';
export type {
  CallerIdentity,
  CallerTokenRule,
  Identity,
  RoleSession,
  SigningConfig,
  StsEndpoint,
  Target,
  WorkloadIdentity,
} from './signing-config.ts';
export { type ConfigSources, INITIAL_METADATA_KEY, METADATA_NAMESPACE } from './sources.ts';
