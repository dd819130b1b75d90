import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { partitionOf } from '../../../src/signing/partitions.ts';
import { SERVICE_RULES, serviceRules } from '../../../src/signing/services.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const docs = readFileSync(join(root, 'docs', 'signing.md'), 'utf8');

/** The rows of the docs' table whose header begins with a cell; each row by its first cell. */
function documentedTable(firstHeader: string): Map<string, string[]> {
  const lines = docs.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeader} |`));
  const length = lines.slice(start).findIndex((line) => !line.startsWith('|'));
  const rows = lines.slice(start + 2, start + length).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(rows.map(([first = '', ...rest]) => [first.replaceAll('`', ''), rest]));
}

describe('the table of services in docs/signing.md', () => {
  const documented = documentedTable('`aws_service`');

  it('has every service that differs from the rest, and the names of the issue', () => {
    const named =
      'execute-api lambda s3 s3express s3-object-lambda vpc-lattice-svcs bedrock es aoss aps dynamodb sqs sns';
    const expected = [...SERVICE_RULES.keys(), ...named.split(' '), 'appsync', 'iotdevicegateway', 'mediastore'];
    expect([...documented.keys()]).toEqual(expect.arrayContaining(expected));
  });

  it.each([...documented])(
    '%s follows the rules that are documented',
    (service, [, path, unsigned, streaming, notes]) => {
      const rules = serviceRules(service);
      expect(path).toBe(`${rules.pathEncoding}, ${rules.pathNormalization ? 'normalized' : 'as it is'}`);
      const unsignedCells = { allowed: ['documented', 'not documented'], refused: ['refused'], required: ['required'] };
      expect(unsignedCells[rules.unsignedPayload]).toContain(unsigned);
      expect(streaming).toBe(rules.streamingPayload ? 'yes' : 'no');
      expect(notes?.includes('the token is unsigned') ?? false).toBe(rules.unsignedQueryToken);
      for (const prefix of rules.strippedHeaderPrefixes) expect(notes).toContain(`\`${prefix}*\``);
    },
  );

  it('is sorted', () => {
    expect([...documented.keys()]).toEqual([...documented.keys()].sort());
  });
});

it('a service without an entry follows the common rules', () => {
  expect(serviceRules('no-such-service')).toEqual(serviceRules('dynamodb'));
  expect(serviceRules('constructor')).toEqual(serviceRules('dynamodb'));
});

describe('the partition of a region', () => {
  it.each([
    ['eu-west-1', 'aws'],
    ['us-east-1', 'aws'],
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-east-1', 'aws-us-gov'],
    ['us-iso-east-1', 'aws-iso'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eu-isoe-west-1', 'aws-iso-e'],
    ['us-isof-south-1', 'aws-iso-f'],
    ['eusc-de-east-1', 'aws-eusc'],
    ['aws-us-gov-global', 'aws-us-gov'],
    ['zz-nowhere-9', 'aws'],
    ['some-global', 'aws'],
  ])('%s is in %s', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
  });
});

const botocore = botocoreData();

/** AWS's own data, where the end-to-end tests have installed it. */
describe.skipIf(botocore === undefined)(
  botocore === undefined ? "botocore's data (skipped: .tools/venv has no botocore yet)" : "botocore's data",
  () => {
    const read = (...path: string[]) => readFileSync(join(botocore ?? '', ...path));
    const partitions = () => partitionsFile.parse(JSON.parse(read('partitions.json').toString())).partitions;

    it('has no region that is in another partition than ours', () => {
      const theirs = partitions().flatMap(({ id, regions }) => Object.keys(regions).map((region) => [region, id]));
      expect(theirs.length).toBeGreaterThan(40);
      expect(theirs.map(([region = '']) => [region, partitionOf(region)])).toEqual(theirs);
    });

    it('has no pattern for regions to come that leads to another partition', () => {
      const theirs = partitions().map(({ id, regionRegex }) => {
        const region = exampleOf(regionRegex);
        expect(region).toMatch(new RegExp(regionRegex));
        return [region, id];
      });
      expect(theirs.map(([region = '']) => [region, partitionOf(region)])).toEqual(theirs);
    });

    it('has the DNS suffixes that are documented', () => {
      const theirs = partitions().map(
        ({ id, outputs }) => [id, [outputs.dnsSuffix, outputs.dualStackDnsSuffix]] as const,
      );
      const ours = [...documentedTable('partition')].map(
        ([id, cells]) => [id, cells.slice(1).map((cell) => cell.replaceAll('`', ''))] as const,
      );
      expect(new Map(ours)).toEqual(new Map(theirs));
    });

    it('has the single path encoding for the same services', () => {
      const schemes = ['s3', 's3control'].flatMap((service) =>
        authSchemes(newest(service, 'endpoint-rule-set-1.json.gz')),
      );
      const single = schemes.filter((scheme) => scheme.disableDoubleEncoding).map(({ signingName }) => signingName);
      const ours = [...SERVICE_RULES].filter(([, rules]) => rules.pathEncoding === 'single').map(([name]) => name);
      expect([...new Set(single)].sort()).toEqual(ours.sort());
    });

    it.each(['s3', 'mediastore-data', 'lex-runtime', 'lexv2-runtime', 'ebs', 'omics'])(
      'has operations of %s with an unsigned payload, which we allow and document',
      (service) => {
        const { metadata, operations } = serviceModel.parse(newest(service, 'service-2.json.gz'));
        const unsigned = Object.values(operations).filter((operation) => operation.unsignedPayload);
        const name = metadata.signingName ?? metadata.endpointPrefix;
        expect(unsigned).not.toEqual([]);
        expect(serviceRules(name).unsignedPayload).toBe('allowed');
        expect(documentedTable('`aws_service`').get(name)?.[2]).toBe('documented');
      },
    );

    function newest(service: string, file: string): unknown {
      const version =
        readdirSync(join(botocore ?? '', service))
          .sort()
          .at(-1) ?? '';
      return JSON.parse(gunzipSync(read(service, version, file)).toString());
    }
  },
);

const partitionsFile = z.object({
  partitions: z.array(
    z.object({
      id: z.string(),
      regionRegex: z.string(),
      regions: z.record(z.string(), z.unknown()),
      outputs: z.object({ dnsSuffix: z.string(), dualStackDnsSuffix: z.string() }),
    }),
  ),
});
const serviceModel = z.object({
  metadata: z.object({ signingName: z.string().optional(), endpointPrefix: z.string() }),
  operations: z.record(z.string(), z.object({ unsignedPayload: z.boolean().optional() })),
});
const authScheme = z.object({ signingName: z.string(), disableDoubleEncoding: z.boolean().optional() });

/** Every object of an `authSchemes` list, wherever it stands. */
function authSchemes(node: unknown): z.infer<typeof authScheme>[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'authSchemes' in node && Array.isArray(node.authSchemes) ? node.authSchemes : [];
  return [...own.map((scheme) => authScheme.parse(scheme)), ...Object.values(node).flatMap(authSchemes)];
}

/** A region that a pattern such as `^(us|eu)\-\w+\-\d+$` takes. */
function exampleOf(pattern: string): string {
  return pattern
    .replace(/^\^|\$$/g, '')
    .replaceAll('\\w+', 'nowhere')
    .replaceAll('\\d+', '9')
    .replace(/\((\w+)[^)]*\)/, '$1')
    .replaceAll('\\', '');
}

function botocoreData(): string | undefined {
  const lib = join(root, '.tools', 'venv', 'lib');
  try {
    const python = readdirSync(lib).find((name) => name.startsWith('python3'));
    const data = join(lib, python ?? '', 'site-packages', 'botocore', 'data');
    readdirSync(data);
    return data;
  } catch {
    return undefined;
  }
}
