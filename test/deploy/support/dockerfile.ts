import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Instruction {
  keyword: string;
  flags: Readonly<Record<string, string>>;
  /** Of exec form (JSON) or split at blanks. */
  words: readonly string[];
  /** As written, without flags, lines joined. */
  text: string;
}

export interface Stage {
  name: string;
  /** What it starts from: another stage or an image. */
  base: string;
  instructions: readonly Instruction[];
}

export interface Dockerfile {
  /** The defaults of those before the first stage. */
  args: Readonly<Record<string, string>>;
  stages: readonly Stage[];
}

export const ROOT = join(import.meta.dirname, '..', '..', '..');

/** The project's Dockerfile: what it uses of the format. */
export function readDockerfile(): Dockerfile {
  const args: Record<string, string> = {};
  const stages: { name: string; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))) {
    const [first = '', as, name = ''] = instruction.words;
    const stage = stages.at(-1);
    if (instruction.keyword === 'FROM') {
      if (as !== 'AS') throw new Error(`a stage without a name: ${instruction.text}`);
      stages.push({ name, base: first.replace(/\$\{(\w+)\}/, (_, key: string) => args[key] ?? ''), instructions: [] });
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else {
      const [key = '', value = ''] = first.split('=');
      args[key] = value;
    }
  }
  return { args, stages };
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n');
  return joined.map((line) => {
    const [, keyword = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    const flags: Record<string, string> = {};
    let body = rest;
    // HEALTHCHECK's own instruction stands behind its flags.
    for (let flag = next(body); flag; flag = next(body)) {
      flags[flag[1] ?? ''] = flag[2] ?? '';
      body = body.slice(flag[0].length);
    }
    body = body.replace(/^CMD\s+/, '');
    const words = body.startsWith('[') ? (JSON.parse(body) as string[]) : body.split(/\s+/);
    return { keyword, flags, words, text: body };
  });
}

function next(text: string): RegExpExecArray | null {
  return /^--([\w-]+)=(\S+)\s+/.exec(text);
}

/** A stage's own instructions behind those of the stages that it starts from. */
export function inherited({ stages }: Dockerfile, name: string): Instruction[] {
  const stage = stages.find((one) => one.name === name);
  if (stage === undefined) return [];
  return [...inherited({ args: {}, stages }, stage.base), ...stage.instructions];
}

/** The last instruction of a kind that holds for a stage. */
export function lastOf(file: Dockerfile, stage: string, keyword: string): Instruction | undefined {
  return inherited(file, stage).findLast((instruction) => instruction.keyword === keyword);
}

/** Whether .dockerignore lets a file into the build; the last pattern that matches it or a folder of it decides. */
export function inContext(path: string): boolean {
  const patterns = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  let kept = true;
  for (const pattern of patterns.filter((line) => line !== '' && !line.startsWith('#'))) {
    // Unlike a shell's, Docker's * takes a leading dot too.
    const glob = new RegExp(`^${pattern.replace(/^!/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
    const folders = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    if (folders.some((folder) => glob.test(folder))) kept = pattern.startsWith('!');
  }
  return kept;
}
