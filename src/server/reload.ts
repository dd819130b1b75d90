import { isDeepStrictEqual } from 'node:util';
import { loadServerText, type ServerConfig, ServerFileError } from '../config/index.ts';
import type { Logger } from './log.ts';
import { type FileWatch, watchFiles } from './watch-files.ts';

export interface ReloadOptions {
  path: string;
  /** What the file held when it was taken into use. */
  content: Buffer;
  /** What flags and environment make of the file's settings. */
  override: (config: ServerConfig) => ServerConfig;
  /** Takes settings into use; rejects with everything as it was before. */
  apply: (config: ServerConfig) => Promise<void>;
  onOutcome: (outcome: 'ok' | 'failed') => void;
  log: Logger;
}

/** Reads the server's file again as it changes; one that cannot be used leaves the settings as they are. */
export function watchServerFile({ path, content, override, apply, onOutcome, log }: ReloadOptions): FileWatch {
  return watchFiles([path], [content], {
    async onChange([changed]) {
      try {
        await apply(override(await loadServerText(changed?.toString('utf8') ?? '', path)));
        onOutcome('ok');
        log.info('the config file is in use as it is now');
      } catch (error) {
        onOutcome('failed');
        const about = error instanceof ServerFileError ? { problems: error.problems } : { err: error };
        log.error(about, 'the config file cannot be used; the settings before stay in use');
      }
    },
  });
}

/** What only a restart changes, with its name in the file. */
const FIXED = {
  listen: ({ listen }) => listen,
  socket_mode: ({ socketMode }) => socketMode,
  insecure: ({ insecure }) => insecure,
  tls: ({ tls }) => tls && [tls.certFile, tls.keyFile, tls.clientCaFile],
  admin: ({ admin }) => admin,
  admin_token_file: ({ adminTokenFile }) => adminTokenFile,
  workers: ({ workers }) => workers,
  verdicts: ({ verdicts }) => verdicts,
  limits: ({ limits }) => limits,
} as const satisfies Record<string, (config: ServerConfig) => unknown>;

/** The names of settings that differ and that a reload does not take into use. */
export function needingRestart(before: ServerConfig, after: ServerConfig): string[] {
  return Object.entries(FIXED).flatMap(([name, of]) => (isDeepStrictEqual(of(before), of(after)) ? [] : [name]));
}
