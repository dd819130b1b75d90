import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FileWatch, watchFiles } from '../../../src/server/watch-files.ts';

let folder: string;
let watch: FileWatch;
let told: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'watch-'));
  told = [];
});
afterEach(async () => {
  watch.close();
  await rm(folder, { recursive: true });
});

function start(...names: string[]): void {
  const initial = names.map(() => Buffer.from('1'));
  watch = watchFiles(
    names.map((name) => join(folder, name)),
    initial,
    {
      intervalMs: 10,
      onChange: (contents) => {
        told.push(contents.map(String).join());
        if (told.length === 1) throw new Error('of no concern');
      },
    },
  );
}

it('tells of writes in place and of renames, once each, after trouble too', async () => {
  await writeFile(join(folder, 'a'), '1');
  start('a');
  await writeFile(join(folder, 'a'), '2');
  await expect.poll(() => told).toEqual(['2']);
  await writeFile(join(folder, 'b'), '3');
  await rename(join(folder, 'b'), join(folder, 'a'));
  await expect.poll(() => told).toEqual(['2', '3']);
});

it('tells of both files together when a link to their folder is turned', async () => {
  for (const version of ['1', '2']) {
    await mkdir(join(folder, version));
    for (const name of ['a', 'b']) await writeFile(join(folder, version, name), version);
  }
  await symlink('1', join(folder, 'data'));
  start('data/a', 'data/b');
  await symlink('2', join(folder, 'new'));
  await rename(join(folder, 'new'), join(folder, 'data'));
  await expect.poll(() => told).toEqual(['2,2']);
});

it('takes a file that is gone for unchanged, and tells at once when asked', async () => {
  start('a');
  await watch.readNow();
  expect(told).toEqual([]);
  await writeFile(join(folder, 'a'), '1');
  await watch.readNow();
  expect(told).toEqual(['1']);
});
