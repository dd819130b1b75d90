import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Finding,
  type Report,
  RULES,
  renderGithub,
  renderJson,
  renderSarif,
  renderText,
} from '../../../src/validate/index.ts';

const error: Finding = {
  rule: 'envoy/failure-mode-allow',
  severity: 'error',
  file: 'deploy/envoy, 100%.yaml',
  line: 12,
  column: 5,
  path: 'static_resources.listeners[0]',
  message: 'the signer (ext_proc) fails open',
  fix: 'Set failure_mode_allow: false.',
};
const warning: Finding = {
  ...error,
  rule: 'config/server-file',
  severity: 'warning',
  file: '/repository/server.yaml',
  line: 1,
  column: 1,
  path: '',
  message: `${'long '.repeat(30)}line\nand another`,
};
const checked = { files: 2, routes: 1, signers: 1, serverFile: true };
const report: Report = { findings: [error, warning], checked, notes: ['A note.'] };
const clean: Report = { findings: [], checked, notes: [] };

describe('text', () => {
  const plain = (one: Report) => renderText(one, (_, text) => text);

  it('shows place, reason and fix of each finding, then the notes and the sum', () => {
    expect(
      plain({ ...report, findings: [error] }),
    ).toBe(`error    deploy/envoy, 100%.yaml:12:5  envoy/failure-mode-allow
         the signer (ext_proc) fails open
    at   static_resources.listeners[0]
    fix  Set failure_mode_allow: false.

note: A note.
1 error, 0 warnings (2 files, 1 route, 1 signer)
`);
  });

  it('leaves the path out where there is none, and keeps lines within 100 columns', () => {
    const lines = plain({ ...report, findings: [{ ...warning, message: 'word '.repeat(60).trim() }] }).split('\n');
    expect(lines.filter((line) => line.startsWith('    at'))).toEqual([]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(lines[2]).toMatch(/^ {9}word/);
  });

  it('says so where there is nothing', () => {
    expect(plain(clean)).toBe('0 errors, 0 warnings (2 files, 1 route, 1 signer)\n');
  });

  it('has errors in red, warnings in yellow', () => {
    const painted = renderText(report, (style, text) => `<${style}>${text}</>`);
    expect(painted).toContain('<red>error  </>');
    expect(painted).toContain('<yellow>warning</>');
    expect(painted).toContain('<red>1 error, 1 warning</>');
    expect(renderText(clean, (style, text) => `<${style}>${text}</>`)).toContain('<green>0 errors, 0 warnings</>');
  });
});

describe('json', () => {
  it('is the findings and their sum', () => {
    expect(JSON.parse(renderJson(report))).toEqual({
      version: 1,
      findings: [error, warning],
      summary: { errors: 1, warnings: 1, ...checked },
      notes: ['A note.'],
    });
  });
});

describe('github', () => {
  it('is one workflow command a finding, with what GitHub reads as its own syntax escaped', () => {
    expect(renderGithub(report).trimEnd().split('\n')).toEqual([
      '::error file=deploy/envoy%2C 100%25.yaml,line=12,col=5,title=envoy/failure-mode-allow::the signer (ext_proc) fails open. Set failure_mode_allow: false.',
      `::warning file=/repository/server.yaml,line=1,col=1,title=config/server-file::${'long '.repeat(30)}line%0Aand another. Set failure_mode_allow: false.`,
      '::notice::A note.',
    ]);
    expect(renderGithub(clean)).toBe('');
  });
});

/** What GitHub's code scanning takes of SARIF 2.1.0, as its documentation has it; what it does not know is refused. */
const text = z.strictObject({ text: z.string().min(1).max(1024) });
const level = z.enum(['error', 'warning', 'note', 'none']);
const position = z.int().min(1);
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z
    .array(
      z.strictObject({
        tool: z.strictObject({
          driver: z.strictObject({
            name: z.string().min(1),
            semanticVersion: z.string().regex(/^\d+\.\d+\.\d+/),
            rules: z.array(
              z.strictObject({
                id: z.string().max(255),
                shortDescription: text,
                help: text,
                defaultConfiguration: z.strictObject({ level }),
              }),
            ),
          }),
        }),
        columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
        results: z.array(
          z.strictObject({
            ruleId: z.string(),
            ruleIndex: z.int().min(0),
            level,
            message: text,
            locations: z
              .array(
                z.strictObject({
                  physicalLocation: z.strictObject({
                    artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s\\]+$/) }),
                    region: z.strictObject({ startLine: position, startColumn: position }),
                  }),
                  logicalLocations: z.array(z.strictObject({ fullyQualifiedName: z.string().min(1) })).optional(),
                }),
              )
              .length(1),
            partialFingerprints: z.record(z.string(), z.string().regex(/^[0-9a-f]{32}$/)),
          }),
        ),
      }),
    )
    .length(1),
});

describe('sarif', () => {
  const parsed = (one: Report) => sarif.parse(JSON.parse(renderSarif(one, '1.2.3', '/repository')));

  it('has the form that code scanning takes, with every rule in it', () => {
    const [run] = parsed(report).runs;
    expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    for (const { ruleId, ruleIndex } of run?.results ?? []) expect(RULES[ruleIndex]?.id).toBe(ruleId);
    expect(parsed(clean).runs[0]?.results).toEqual([]);
  });

  it('names files from the root of the repository, as URIs', () => {
    const uris = (file: string) =>
      parsed({ ...report, findings: [{ ...error, file }] }).runs[0]?.results[0]?.locations[0]?.physicalLocation
        .artifactLocation.uri;
    expect(uris('deploy/envoy, 100%.yaml')).toBe('deploy/envoy%2C%20100%25.yaml');
    expect(uris('./envoy.yaml')).toBe('envoy.yaml');
    expect(uris('/repository/a/b.yaml')).toBe('a/b.yaml');
    expect(uris('/elsewhere/b.yaml')).toBe('file:///elsewhere/b.yaml');
  });

  it('knows a finding again when lines above it are added', () => {
    const print = (one: Finding) => parsed({ ...report, findings: [one] }).runs[0]?.results[0]?.partialFingerprints;
    expect(print({ ...error, line: 99 })).toEqual(print(error));
    expect(print({ ...error, path: 'static_resources.listeners[1]' })).not.toEqual(print(error));
  });
});
