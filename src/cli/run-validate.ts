import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import {
  type InputFile,
  type Paint,
  type Report,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
  UnreadableError,
  validate,
} from '../validate/index.ts';
import { USAGE, type ValidateFlags } from './validate.ts';

const FOUND = 1;
const CONFIGURATION = /\.(?:ya?ml|json)$/i;

/** Exit codes: 0 nothing of severity error, 1 something (with --strict a warning too), 2 wrong usage. */
export function runValidate(names: readonly string[], flags: ValidateFlags, command: Command): void {
  try {
    const files = names.flatMap(filesAt).map(read);
    const report = validate({ files, ...(flags.config !== undefined && { config: read(flags.config) }) });
    process.stdout.write(rendered(report, flags, command.parent?.version() ?? '0.0.0'));
    process.exitCode = fails(report, flags.strict ?? false) ? FOUND : 0;
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: USAGE });
  }
}

function fails({ findings, checked }: Report, strict: boolean): boolean {
  if (!strict) return findings.some(({ severity }) => severity === 'error');
  return findings.length > 0 || (checked.routes === 0 && checked.signers === 0 && !checked.serverFile);
}

function rendered(report: Report, { format }: ValidateFlags, version: string): string {
  switch (format) {
    case 'json':
      return renderJson(report);
    case 'sarif':
      return renderSarif(report, version, process.cwd());
    case 'github':
      return renderGithub(report);
    case 'text':
      return renderText(report, paint);
  }
}

function filesAt(name: string): string[] {
  if (name === '-' || !isDirectory(name)) return [name];
  const found = readdirSync(name, { recursive: true, encoding: 'utf8' }).filter((file) => CONFIGURATION.test(file));
  return found
    .filter((file) => !/(?:^|[\\/])(?:node_modules|\.git)[\\/]/.test(file))
    .sort()
    .map((file) => join(name, file));
}

function isDirectory(name: string): boolean {
  try {
    return statSync(name).isDirectory();
  } catch {
    return false;
  }
}

function read(name: string): InputFile {
  try {
    return { name: name === '-' ? '<stdin>' : name, text: readFileSync(name === '-' ? 0 : name, 'utf8') };
  } catch (error) {
    throw new UnreadableError(`${name}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}

// Plain where standard output is no terminal, or NO_COLOR is set.
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
