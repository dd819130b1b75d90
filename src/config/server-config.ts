import { z } from 'zod';
import { type AllowRule, allowSchema } from './allow.ts';
import type { IdentitySettings } from './finish-identity.ts';
import type { Layer } from './layer.ts';
import { layerSchema } from './layer-schema.ts';
import { roleMappingsSchema } from './role-mapping.ts';
import { DEFAULT_SERVING, type ServingConfig, servingFields } from './serving-schema.ts';
import { type SharedCacheConfig, sharedCacheSchema } from './shared-cache-schema.ts';
import { type TelemetryConfig, telemetrySchema } from './telemetry-schema.ts';
import { type TokenCheckConfig, tokenCheckSchema } from './token-check-schema.ts';

/** The server's own configuration, validated: one immutable snapshot. */
export interface ServerConfig extends IdentitySettings, ServingConfig {
  readonly listen?: string;
  readonly admin?: string;
  readonly logLevel?: LogLevel;
  /** Share of the signed requests that get a log line, 0 to 1; absent: none. */
  readonly accessSample?: number;
  /** Whether Envoy is told what became of each request, for its access log. */
  readonly dynamicMetadata?: boolean;
  readonly telemetry?: TelemetryConfig;
  /** What becomes of a request whose route has no signing config. */
  readonly unconfigured: 'refuse' | 'pass';
  readonly defaults?: Layer;
  readonly profiles: ReadonlyMap<string, Layer>;
  /** For a whole exchange with STS, in milliseconds. */
  readonly stsTimeoutMs: number;
  /** Calls to STS per second, of all endpoints together; absent: as many as are needed. */
  readonly stsCallsPerSecond?: number;
  readonly cache: CacheSettings;
  /** How callers' tokens are verified before STS sees them; absent: by STS alone. */
  readonly tokenCheck?: TokenCheckConfig;
  /** What routes may ask for; absent: anything. */
  readonly allow?: readonly AllowRule[];
}

export interface CacheSettings {
  /** Identities whose credentials are kept at most. */
  readonly maxEntries: number;
  /** Of them, those of one caller. */
  readonly maxEntriesPerCaller: number;
  /** The second level, shared by replicas. */
  readonly shared?: SharedCacheConfig;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const DEFAULT_SERVER_CONFIG: ServerConfig = Object.freeze({
  ...DEFAULT_SERVING,
  unconfigured: 'refuse',
  profiles: new Map(),
  stsTimeoutMs: 3_000,
  cache: Object.freeze({ maxEntries: 100_000, maxEntriesPerCaller: 1_000 }),
  checksTokens: false,
  roleMappings: [],
});

/** The shape of the file. */
export const serverFileSchema = z.strictObject({
  listen: z.string().min(1).optional(),
  admin: z.string().min(1).optional(),
  ...servingFields,
  log: z
    .strictObject({ level: z.enum(LOG_LEVELS).optional(), access_sample: z.number().min(0).max(1).optional() })
    .optional(),
  dynamic_metadata: z.boolean().optional(),
  telemetry: telemetrySchema.optional(),
  unconfigured: z.enum(['refuse', 'pass']).optional(),
  defaults: layerSchema.optional(),
  profiles: z.record(z.string().min(1), layerSchema).optional(),
  sts_timeout: z.number().min(0.1).max(60).optional(),
  sts_calls_per_second: z.number().min(0.1).max(100_000).optional(),
  allow: allowSchema.optional(),
  token_check: tokenCheckSchema.optional(),
  role_mappings: roleMappingsSchema.optional(),
  cache: z
    .strictObject({
      max_entries: z.int().min(1).max(10_000_000).optional(),
      max_entries_per_caller: z.int().min(1).max(10_000_000).optional(),
      shared: sharedCacheSchema.optional(),
    })
    .optional(),
});

/** The file's own keys, by which it is told from other files. */
export const SERVER_FILE_KEYS: ReadonlySet<string> = new Set(Object.keys(serverFileSchema.shape));
