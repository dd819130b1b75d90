import type { LogLevel } from '../config/index.ts';

export const DEFAULT_LISTEN = '127.0.0.1:50051';
export const DEFAULT_ADMIN = '127.0.0.1:9902';

export interface ServeFlags {
  listen?: string;
  admin?: string;
  config?: string;
  logLevel?: LogLevel;
  shutdownGrace: number;
}
