import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROOT } from '../deploy/support/dockerfile.ts';

const folder = join(ROOT, '.github', 'workflows');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const job = z.looseObject({
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  permissions: permissions.optional(),
  steps: z.array(
    z.looseObject({ uses: z.string().optional(), run: z.string().optional(), with: z.looseObject({}).optional() }),
  ),
});
const workflow = z.looseObject({ on: z.looseObject({}), permissions, jobs: z.record(z.string(), job) });
const version = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))).version;
const release = workflow.parse(parse(read('release.yml')));

describe.each(readdirSync(folder))('%s', (name) => {
  const parsed = workflow.parse(parse(read(name)));
  const steps = Object.values(parsed.jobs).flatMap((one) => one.steps);

  it('may read, and no more unless a job says so', () => expect(parsed.permissions).toEqual({ contents: 'read' }));

  it('pins actions by commit, and names the version', () => {
    const lines = read(name)
      .split('\n')
      .filter((line) => /\buses:/.test(line));
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('keeps no credentials behind a checkout, and puts no expression into a shell', () => {
    for (const step of steps) {
      if (step.uses?.startsWith('actions/checkout@')) expect(step.with).toEqual({ 'persist-credentials': false });
      expect(step.run ?? '').not.toContain('${{');
    }
  });
});

describe('CI', () => {
  it('runs what is run here', () => {
    const { jobs } = workflow.parse(parse(read('ci.yml')));
    expect(jobs.ci?.steps.at(-1)?.run).toBe('.ci/run');
  });
});

describe('a release', () => {
  const stepOf = (name: string, words: string) =>
    release.jobs[name]?.steps.find((step) => (step.run ?? '').includes(words) || step.uses?.includes(words));

  it('publishes nothing that was not tested', () => {
    const tested = (name: string): boolean => {
      const needs = [release.jobs[name]?.needs ?? []].flat();
      return name === 'test' || needs.some(tested);
    };
    for (const name of Object.keys(release.jobs)) expect(tested(name), name).toBe(true);
    expect(stepOf('test', '.ci/run')).toBeDefined();
  });

  it('is signed by the identity of the workflow: npm with provenance, the image with SBOM and cosign', () => {
    expect(stepOf('npm', 'npm publish --provenance')).toBeDefined();
    expect(stepOf('image', 'docker/build-push-action')?.with).toMatchObject({
      platforms: 'linux/amd64,linux/arm64',
      provenance: 'mode=max',
      sbom: true,
      target: 'signer',
    });
    expect(stepOf('image', 'cosign sign --yes "$IMAGE"')?.run).toContain('cosign attest --yes --type cyclonedx');
    const identities = Object.entries(release.jobs).filter(([, one]) => one.permissions?.['id-token'] === 'write');
    expect(identities.map(([name]) => name)).toEqual(['npm', 'image']);
  });

  it('is of one version: package and chart', () => {
    const chart = readFileSync(join(ROOT, 'deploy', 'helm', 'sigv4-extproc', 'Chart.yaml'), 'utf8');
    expect(parse(chart)).toMatchObject({ version, appVersion: version });
  });
});

it('the other YAML files parse', () => {
  for (const file of ['docker-compose.yml', '.github/dependabot.yml'])
    expect(parse(readFileSync(join(ROOT, file), 'utf8'))).toBeTypeOf('object');
});
