import { hash } from 'node:crypto';
import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Finding } from '../finding.ts';
import { RULES } from '../rules/index.ts';
import type { Report } from '../validate.ts';

/**
 * SARIF 2.1.0, as GitHub's code scanning takes it.
 * @param version of this program
 * @param folder to which files are given relatively, as code scanning wants the repository's root
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function renderSarif({ findings }: Report, version: string, folder: string): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sigv4-extproc validate', semanticVersion: version, rules: RULES.map(describe) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => resultOf(finding, folder)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function describe({ id, severity, title, fix }: (typeof RULES)[number]) {
  return {
    id,
    shortDescription: { text: title },
    help: { text: fix },
    defaultConfiguration: { level: severity },
  };
}

function resultOf({ rule, severity, message, fix, file, line, column, path }: Finding, folder: string) {
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: severity,
    message: { text: `${message}. ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file, folder) },
          region: { startLine: line, startColumn: column },
        },
        ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
    // Holds while lines above are added or taken away.
    partialFingerprints: { 'rulePathMessage/v1': hash('sha256', `${rule}\n${path}\n${message}`).slice(0, 32) },
  };
}

function uriOf(file: string, folder: string): string {
  const inFolder = isAbsolute(file) ? relative(folder, file) : file;
  if (isAbsolute(file) && inFolder.startsWith('..')) return pathToFileURL(file).href;
  return inFolder
    .split(sep)
    .map(encodeURIComponent)
    .join('/')
    .replace(/^(?:\.\/)+/, '');
}
