import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { run } from '../../scripts/venv.ts';
import { repositoryFiles } from '../deploy/support/build-image.ts';
import { ROOT } from '../deploy/support/dockerfile.ts';
import { startChild } from '../support/child.ts';

const PACK_MS = 120_000;
const manifest = z
  .object({
    version: z.string(),
    bin: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));

let folder: string;
let installed: string;
let files: string[];

// Packed from a copy: npm builds what it packs, and other tests run the dist/ of this folder.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const source = join(folder, 'source');
  for (const path of await repositoryFiles()) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    cpSync(join(ROOT, path), join(source, path));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder, source]);
  const tarball = join(folder, `sigv4-extproc-${manifest.version}.tgz`);
  if (!packed.ok || !existsSync(tarball)) throw new Error(packed.output);
  installed = join(folder, 'empty', 'node_modules', 'sigv4-extproc');
  mkdirSync(installed, { recursive: true });
  const unpacked = await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  if (!unpacked.ok) throw new Error(unpacked.output);
  // What npm would install beside it: what it says that it depends on, and nothing else.
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, 'empty', 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
  files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
}, PACK_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the npm package', () => {
  it('holds what users need, and nothing else', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'deploy',
      'dist',
      'envoy',
      'package.json',
      'proto',
    ]);
    expect(
      files.filter((path) => /(^|\/)(test|tests|node_modules)\/|\.test\.|\.env|\.npmrc|\.pem$|\.key$/.test(path)),
    ).toEqual([]);
    const kinds = {
      dist: /\.js$|^dist\/admin\/page\/(page\.css|icon\.svg)$/,
      proto: /\.proto$/,
      envoy: /\.(ya?ml|md|json)$/,
      deploy: /\.(ya?ml|tpl|tf|tftpl|md|json|txt|helmignore)$/,
    };
    for (const [top, kind] of Object.entries(kinds)) {
      const own = files.filter((path) => path.startsWith(`${top}/`));
      expect(own.length).toBeGreaterThan(3);
      expect(own.filter((path) => !kind.test(path))).toEqual([]);
    }
  });

  it('holds no secret, and no path of the machine that packed it', () => {
    const secret = /-----BEGIN [A-Z ]*PRIVATE KEY|\b(AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b|npm_[A-Za-z0-9]{36}/;
    const told = files.filter((path) => {
      const text = readFileSync(join(installed, path), 'utf8');
      return secret.test(text) || text.includes(ROOT);
    });
    expect(told).toEqual([]);
  });

  it('runs where nothing but its dependencies is installed', async () => {
    const bin = join(installed, manifest.bin['sigv4-extproc'] ?? '');
    expect(await run(bin, ['--version'])).toEqual({ ok: true, output: manifest.version });
    const signer = await startChild(bin, ['serve', '--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'], {});
    const first = await new Promise<string>((resolve) => {
      signer.onLine(resolve);
      signer.exited.then(() => resolve(signer.output()));
    });
    const exit = await signer.close();
    expect({ first, ...exit }).toMatchObject({ first: expect.stringContaining('"msg":"ready"'), code: 0 });
  });
});

describe('the SBOM', () => {
  it('names every package that the service loads, with its version, and none of development', async () => {
    const { ok, output } = await run(process.execPath, [join(ROOT, 'scripts', 'sbom.ts')]);
    expect(ok, output).toBe(true);
    const component = z.object({ name: z.string(), version: z.string(), purl: z.string().startsWith('pkg:npm/') });
    const sbom = z
      .object({ bomFormat: z.literal('CycloneDX'), components: z.array(component) })
      .parse(JSON.parse(output.slice(output.indexOf('{'))));
    const entry = z.looseObject({ version: z.string(), dev: z.boolean().optional() });
    const lock = z
      .object({ packages: z.record(z.string(), entry) })
      .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
    const wanted = Object.entries(lock.packages)
      .filter(([path, { dev }]) => path !== '' && !dev)
      .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
    const named = sbom.components.map(({ name, version }) => `${name}@${version}`);
    expect([...new Set(named)].sort()).toEqual([...new Set(wanted)].sort());
  });
});
