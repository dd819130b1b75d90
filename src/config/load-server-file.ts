import { readFile } from 'node:fs/promises';
import type { ServerConfig } from './server-config.ts';
import { ServerFileError } from './server-file-error.ts';

/**
 * Reads and validates the server's file (YAML or JSON).
 * @throws ServerFileError
 */
export async function loadServerFile(path: string): Promise<ServerConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new ServerFileError([
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`,
    ]);
  }
  return loadServerText(text, path);
}

/**
 * Validates the text of the server's file. YAML's parser is loaded by those alone who have one.
 * @param name how the file is called in errors
 * @throws ServerFileError
 */
export async function loadServerText(text: string, name: string): Promise<ServerConfig> {
  const { parseServerFile } = await import('./server-file.ts');
  return parseServerFile(text, name);
}
