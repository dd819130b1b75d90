import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Finding, RULES, validate } from '../../../src/validate/index.ts';
import { corpus, expected, filesOf, REPOSITORY, read } from './support.ts';

const shown = ({ file, line, rule }: Finding) => `${file}:${line} ${rule}`;

describe('configurations that are right', () => {
  it.each(corpus('right'))('%s: nothing is found', (_, files) => {
    const { findings, notes } = validate({ files });
    expect(findings.map(shown)).toEqual([]);
    expect(notes).toEqual(files.some(({ name }) => name === 'other-ext-proc.yaml') ? [expect.any(String)] : []);
  });

  // What is no bootstrap of its own.
  const PARTS = new Set(['access-log.yaml']);
  const examples = join(REPOSITORY, 'envoy');
  const bootstraps = readdirSync(examples).filter((name) => name.endsWith('.yaml') && !PARTS.has(name));
  it.each(bootstraps)('envoy/%s: nothing is found', (name) => {
    const report = validate({ files: [read(examples, name)] });
    expect(report.findings.map(shown)).toEqual([]);
    expect(report.checked.signers).toBeGreaterThan(0);
    expect(report.checked.routes).toBeGreaterThan(0);
  });

  // Each folder is one installation; what a gateway's resources cannot say may be a warning.
  const integrations = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  it.skipIf(integrations.length === 0).each(integrations.map(({ name }) => name))(
    'envoy/%s: no error is found',
    (name) => {
      const { findings } = validate({ files: filesOf(join(examples, name)) });
      expect(findings.filter(({ severity }) => severity === 'error').map(shown)).toEqual([]);
    },
  );

  const pages = [
    'README.md',
    'envoy/README.md',
    ...readdirSync(join(REPOSITORY, 'docs')).map((name) => `docs/${name}`),
  ];
  const snippets = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(REPOSITORY, page), 'utf8').matchAll(/^```ya?ml\n(.*?)^```/gms)].map(
        ([, text = ''], index): [string, string] => [`${page} ${index + 1}`, text],
      ),
    );
  it.each(snippets)('the snippet %s: no error is found', (name, text) => {
    const { findings } = validate({ files: [{ name, text }] });
    expect(findings.filter(({ severity }) => severity === 'error').map(shown)).toEqual([]);
  });
});

describe('configurations that are wrong', () => {
  const wrong = corpus('wrong');

  it.each(wrong)('%s: what it says is found, where it says it, and nothing else', (_, files) => {
    expect(expected(files)).not.toEqual([]);
    expect(validate({ files }).findings.map(shown).sort()).toEqual(expected(files).sort());
  });

  it('show every rule', () => {
    const seen = new Set(wrong.flatMap(([, files]) => expected(files)).map((line) => line.split(' ')[1]));
    expect(RULES.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });
});
