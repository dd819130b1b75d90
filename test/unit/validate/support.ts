import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { InputFile } from '../../../src/validate/index.ts';

export const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const CORPUS = join(REPOSITORY, 'test', 'corpus', 'validate');

/** The sets of files under a folder of the corpus: each file, or each folder with all in it. */
export function corpus(kind: 'right' | 'wrong'): [name: string, files: InputFile[]][] {
  const folder = join(CORPUS, kind);
  return readdirSync(folder)
    .sort()
    .map((name) => [
      name,
      statSync(join(folder, name)).isDirectory() ? filesOf(join(folder, name)) : [read(folder, name)],
    ]);
}

export function filesOf(folder: string): InputFile[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.(?:ya?ml|json)$/.test(name))
    .sort()
    .map((name) => read(folder, name));
}

/** What the comments `# expect: RULE, RULE` say: `FILE:LINE RULE`. */
export function expected(files: readonly InputFile[]): string[] {
  return files.flatMap(({ name, text }) =>
    text.split('\n').flatMap((line, index) => {
      const rules = /# expect: (.*)$/.exec(line)?.[1]?.split(', ') ?? [];
      return rules.map((rule) => `${name}:${index + 1} ${rule}`);
    }),
  );
}

export function read(folder: string, name: string): InputFile {
  return { name, text: readFileSync(join(folder, name), 'utf8') };
}
