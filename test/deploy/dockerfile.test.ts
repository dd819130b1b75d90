import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ensureDeployTools } from '../../scripts/deploy-tools.ts';
import { run } from '../../scripts/venv.ts';
import { startChild } from '../support/child.ts';
import { buildImage, repositoryFiles } from './support/build-image.ts';
import { inContext, inherited, lastOf, ROOT, readDockerfile } from './support/dockerfile.ts';

const BUILD_MS = 300_000;
const file = readDockerfile();
const dependencies = z.record(z.string(), z.string());
const manifest = z
  .object({ dependencies, devDependencies: dependencies })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

const { packages } = z
  .object({ packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })) })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));

describe('the Dockerfile', () => {
  it('has nothing that hadolint names', async () => {
    const { hadolint } = await ensureDeployTools();
    expect(await run(hadolint, ['--no-color', join(ROOT, 'Dockerfile')])).toEqual({ ok: true, output: '' });
  });

  it('copies what is there, from stages that are there', async () => {
    const files = (await repositoryFiles()).filter(inContext);
    const before = new Set<string>();
    for (const { name, instructions } of file.stages) {
      for (const { words, flags } of instructions.filter(({ keyword }) => keyword === 'COPY')) {
        if (flags.from !== undefined) expect(before).toContain(flags.from);
        else
          for (const source of words.slice(0, -1))
            expect(
              files.some((one) => `${one}/`.startsWith(`${source}/`)),
              source,
            ).toBe(true);
      }
      before.add(name);
    }
  });

  it('lets nothing into the build that it does not copy', async () => {
    const sources = file.stages
      .flatMap(({ instructions }) => instructions)
      .filter(({ keyword, flags }) => keyword === 'COPY' && flags.from === undefined)
      .flatMap(({ words }) => words.slice(0, -1));
    const files = (await repositoryFiles()).filter(inContext);
    expect(files.filter((one) => !sources.some((source) => `${one}/`.startsWith(`${source}/`)))).toEqual([]);
    for (const secret of ['.env', '.npmrc', '.git/config', 'node_modules/x/index.js'])
      expect(inContext(secret)).toBe(false);
  });

  it('names exact tags, and the Node that the tests run', () => {
    expect(file.args.NODE_IMAGE).toBe(`node:${manifest.devDependencies.node}-bookworm-slim`);
    for (const image of Object.values(file.args)) expect(image).not.toMatch(/:latest|^[^:]+$/);
  });

  it('builds once for all platforms, as no dependency is for one alone', () => {
    const bound = Object.entries(packages).filter(
      ([, entry]) => !entry.dev && ('cpu' in entry || 'os' in entry || 'libc' in entry),
    );
    expect(bound.map(([name]) => name)).toEqual([]);
  });

  it.each(['signer', 'demo'])('%s runs as a user with a number, and its process 1 is node', (stage) => {
    expect(lastOf(file, stage, 'USER')?.words).toEqual(['65532:65532']);
    expect(lastOf(file, stage, 'ENTRYPOINT')?.words[0]).toBe('node');
    expect(lastOf(file, stage, 'ENTRYPOINT')?.text).toMatch(/^\[/);
  });

  it("starts node with the flags of the program's own first line", () => {
    const [line = ''] = readFileSync(join(ROOT, 'src', 'cli', 'main.ts'), 'utf8').split('\n');
    const flags = line.split(' ').filter((word) => word.startsWith('--'));
    expect(lastOf(file, 'signer', 'ENTRYPOINT')?.words).toEqual(['node', ...flags, 'dist/cli/main.js']);
    expect(flags.length).toBeGreaterThan(0);
  });

  it('opens nothing beyond loopback by itself', () => {
    const settings = inherited(file, 'signer').filter(({ keyword }) => keyword === 'ENV');
    expect(settings.map(({ text }) => text)).toEqual(['NODE_ENV=production']);
  });

  it('is the image that docker build makes', () => {
    expect(file.stages.at(-1)?.name).toBe('signer');
  });
});

describe('the image', () => {
  let folder: string;
  let app: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'image-'));
    app = join(folder, 'signer', 'app');
    await buildImage(file, folder);
  }, BUILD_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what runs, and nothing else', () => {
    expect(readdirSync(app).sort()).toEqual(['LICENSE', 'dist', 'node_modules', 'package.json', 'proto']);
    for (const name of Object.keys(manifest.dependencies))
      expect(existsSync(join(app, 'node_modules', name)), name).toBe(true);
    const ofDevelopment = Object.keys(packages).filter((path) => packages[path]?.dev);
    expect(ofDevelopment.filter((path) => existsSync(join(app, path)))).toEqual([]);
  });

  it('starts, is healthy, and ends with 0 at SIGTERM', async () => {
    const [, ...entry] = lastOf(file, 'signer', 'ENTRYPOINT')?.words ?? [];
    const command = lastOf(file, 'signer', 'CMD')?.words ?? [];
    const args = [...entry.map((word) => (word.startsWith('dist/') ? join(app, word) : word)), ...command];
    const signer = await startChild(process.execPath, [...args, '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], {
      env: { NODE_ENV: 'production' },
    });
    const admin = await new Promise<string>((resolve, reject) => {
      const ready = z.object({ msg: z.literal('ready'), admin: z.string() });
      signer.onLine((line) => {
        const { data } = ready.safeParse(JSON.parse(line));
        if (data) resolve(data.admin);
      });
      signer.exited.then(() => reject(new Error(signer.output())));
    });
    const [, ...check] = lastOf(file, 'signer', 'HEALTHCHECK')?.words ?? [];
    const healthy = await run('env', [
      `SIGV4_EXTPROC_ADMIN=${admin}`,
      process.execPath,
      ...check.map((word) => join(app, word)),
    ]);
    expect(healthy).toEqual({ ok: true, output: '' });
    expect(await signer.close()).toEqual({ code: 0, signal: null });
  });

  it.each(['main.ts', 'stand-in-main.ts'])('of the demo holds all that %s imports', (name) => {
    const demo = join(folder, 'demo', 'app');
    const seen = new Set<string>();
    const missing: string[] = [];
    const follow = (path: string) => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export|\}) .*from '([^']+)';$/gm)) {
        if (target.startsWith('node:')) continue;
        const found = target.startsWith('.') ? join(dirname(path), target) : join(demo, 'node_modules', target);
        if (!existsSync(found)) missing.push(`${target} of ${path}`);
        else if (target.startsWith('.')) follow(found);
      }
    };
    follow(join(demo, 'scripts', 'demo', name));
    expect(missing).toEqual([]);
    expect(seen.size).toBeGreaterThan(3);
  });
});
