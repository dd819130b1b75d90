import type { LogLevel, ServerConfig } from '../config/index.ts';

export const DEFAULT_LISTEN = '127.0.0.1:50051';
export const DEFAULT_ADMIN = '127.0.0.1:9902';

export interface ServeFlags {
  listen?: string;
  socketMode?: number;
  insecure?: boolean;
  admin?: string;
  adminTokenFile?: string;
  config?: string;
  workers?: number;
  logLevel?: LogLevel;
  /** In seconds. */
  shutdownDelay?: number;
  shutdownGrace?: number;
}

/** The file's settings, with what flags and environment say put over them. */
export function withFlags(config: ServerConfig, flags: ServeFlags): ServerConfig {
  const insecure = flags.insecure ?? insecureByEnvironment();
  const { socketMode, adminTokenFile, workers, logLevel, shutdownDelay, shutdownGrace } = flags;
  return {
    ...config,
    listen: flags.listen ?? config.listen ?? DEFAULT_LISTEN,
    admin: flags.admin ?? config.admin ?? DEFAULT_ADMIN,
    logLevel: logLevel ?? config.logLevel ?? 'info',
    ...(socketMode !== undefined && { socketMode }),
    ...(insecure !== undefined && { insecure }),
    ...(adminTokenFile !== undefined && { adminTokenFile }),
    ...(workers !== undefined && { workers }),
    shutdown: {
      delayMs: shutdownDelay === undefined ? config.shutdown.delayMs : shutdownDelay * 1000,
      graceMs: shutdownGrace === undefined ? config.shutdown.graceMs : shutdownGrace * 1000,
    },
  };
}

const INSECURE_VARIABLE = 'SIGV4_EXTPROC_INSECURE';

/** To commander, a variable of whatever value is a yes. @throws Error for one that is neither yes nor no */
function insecureByEnvironment(): boolean | undefined {
  const value = process.env[INSECURE_VARIABLE];
  if (value === undefined || value === '') return undefined;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new Error(`${INSECURE_VARIABLE}: true or false, not something else`);
}
