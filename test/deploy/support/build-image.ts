import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from '../../../scripts/venv.ts';
import { type Dockerfile, type Instruction, inContext, ROOT } from './dockerfile.ts';

/** The files of the repository as they are now, committed or not, without what git ignores. */
export async function repositoryFiles(): Promise<string[]> {
  const listed = await run('git', ['-C', ROOT, 'ls-files', '--cached', '--others', '--exclude-standard']);
  if (!listed.ok) throw new Error(listed.output);
  return listed.output.split('\n').filter((file) => existsSync(join(ROOT, file)));
}

/**
 * Follows the Dockerfile without an engine: each stage is a folder `<folder>/<stage>/app`, COPY copies, shell commands
 * run there with the npm and the Node of this machine. What comes from images (the Node binary) stays away.
 */
export async function buildImage(file: Dockerfile, folder: string): Promise<void> {
  const context = join(folder, 'context');
  for (const path of (await repositoryFiles()).filter(inContext)) {
    mkdirSync(dirname(join(context, path)), { recursive: true });
    cpSync(join(ROOT, path), join(context, path));
  }
  for (const { name, base, instructions } of file.stages) {
    const stage = join(folder, name);
    mkdirSync(join(stage, 'app'), { recursive: true });
    if (file.stages.some((one) => one.name === base)) cpSync(join(folder, base), stage, { recursive: true });
    for (const instruction of instructions) {
      if (instruction.keyword === 'COPY') copy(instruction, context, folder, join(stage, 'app'));
      if (instruction.keyword === 'RUN' && !instruction.text.startsWith('[')) {
        // Out of the npm cache, where it holds what is needed; as in the image, without this machine's development mode.
        const command = `cd "$0" && ${instruction.text}`;
        const done = await run('env', [
          'NODE_ENV=',
          'npm_config_prefer_offline=true',
          'sh',
          '-c',
          command,
          join(stage, 'app'),
        ]);
        if (!done.ok) throw new Error(`${instruction.text}\n${done.output}`);
      }
    }
  }
}

function copy({ words, flags }: Instruction, context: string, folder: string, app: string): void {
  const sources = words.slice(0, -1);
  const target = join(app, words.at(-1) ?? '');
  for (const source of sources) {
    if (source.startsWith('/') && !source.startsWith('/app/')) continue;
    const from = flags.from === undefined ? join(context, source) : join(folder, flags.from, source);
    const isFolder = statSync(from).isDirectory();
    cpSync(from, isFolder || !words.at(-1)?.endsWith('/') ? target : join(target, basename(source)), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
}
