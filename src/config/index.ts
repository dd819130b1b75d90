export type { AllowRule } from './allow.ts';
export { configsOfFile } from './configs-of-file.ts';
export { matchesGlob, matchesHostGlob } from './glob.ts';
export { type Layer, type LayerOrigin, parseLayer } from './layer.ts';
export { FIELD_NAMES } from './layer-schema.ts';
export { loadServerFile, loadServerText } from './load-server-file.ts';
export type { RoleMapping } from './role-mapping.ts';
export { type Resolution, RouteConfigResolver } from './route-config-resolver.ts';
export {
  type CacheSettings,
  DEFAULT_SERVER_CONFIG,
  LOG_LEVELS,
  type LogLevel,
  SERVER_FILE_KEYS,
  type ServerConfig,
} from './server-config.ts';
export { ServerFileError } from './server-file-error.ts';
export {
  DEFAULT_LIMITS,
  DEFAULT_SHUTDOWN,
  type Limits,
  MOST_WORKERS,
  type ServingConfig,
  type ShutdownTimes,
  type TlsConfig,
} from './serving-schema.ts';
export { SESSION_TEXT, TAG_TEXT } from './session-fields.ts';
export { cleanSessionName, sessionNameOfRole } from './session-name.ts';
export { type SecretSource, type SharedCacheConfig, sharedCacheSchema } from './shared-cache-schema.ts';
export type {
  CallerIdentity,
  CallerTokenRule,
  Identity,
  MappedRole,
  PathRewrite,
  PayloadMode,
  RefusalStyle,
  RoleSession,
  SessionParameters,
  SigningConfig,
  StsEndpoint,
  Target,
  WorkloadIdentity,
} from './signing-config.ts';
export { type ConfigSources, INITIAL_METADATA_KEY, METADATA_NAMESPACE } from './sources.ts';
export type { TelemetryConfig } from './telemetry-schema.ts';
export type { Template, TemplatePart } from './template.ts';
export {
  DEFAULT_CLOCK_TOLERANCE_SECONDS,
  type TokenCheckConfig,
  type TokenIssuer,
  tokenCheckSchema,
} from './token-check-schema.ts';
export { fieldPath, problemsOf } from './validation.ts';
