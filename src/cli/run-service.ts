import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { DEFAULT_SERVER_CONFIG, loadServerFile, type ServerConfig, ServerFileError } from '../config/index.ts';
import { runServer } from '../server/index.ts';
import { type ServeFlags, withFlags } from './serve-flags.ts';

/** Runs the service until `stopped`, a signal, ends it; what it cannot start with is a usage error. */
export async function runService(flags: ServeFlags, command: Command, stopped: Promise<NodeJS.Signals>): Promise<void> {
  try {
    const { config, file } = await configured(flags);
    await runServer({ config, stopped, ...(file && { file }) });
  } catch (error) {
    if (error instanceof ServerFileError)
      command.error(`error: the config file cannot be used\n${indented(error.problems)}`);
    command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function configured(flags: ServeFlags) {
  const override = (config: ServerConfig) => withFlags(config, flags);
  const path = flags.config;
  if (path === undefined) return { config: override(DEFAULT_SERVER_CONFIG), file: undefined };
  // Read ahead of what is loaded: a change in between is seen as one.
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  return { config: override(await loadServerFile(path)), file: { path, content, override } };
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
