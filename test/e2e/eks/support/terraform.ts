import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ensurePythonTools } from '../../../../scripts/tools.ts';
import { run } from '../../../../scripts/venv.ts';

export const DEPLOY = join(import.meta.dirname, '..', '..', '..', '..', 'deploy', 'eks');
export type Folder = 'irsa' | 'pod-identity' | 'api-account';
export const FOLDERS: readonly Folder[] = ['irsa', 'pod-identity', 'api-account'];

const READ_HCL = `
import glob, hcl2, json, sys
files = {}
for name in sorted(glob.glob(sys.argv[1] + "/*.tf")):
    try:
        files[name] = hcl2.load(open(name))
    except Exception as error:
        sys.exit(f"{name}: {error!r}")
print(json.dumps(files))
`;

const blocks = z.array(z.record(z.string(), z.unknown())).default([]);
const file = z.object({ variable: blocks, provider: blocks, resource: blocks, data: blocks, output: blocks });

/** What a folder of Terraform declares and refers to. */
export interface Module {
  variables: Map<string, { default?: unknown }>;
  /** `TYPE.NAME` of resources and `data.TYPE.NAME`, with their arguments as HCL. */
  objects: Map<string, unknown>;
  /** Every `var.NAME`. */
  usedVariables: Set<string>;
  /** Every object that an expression names. */
  usedObjects: Set<string>;
  /** The policies' template files, with the names that they are given. */
  templates: Map<string, string[]>;
}

/** Parses a folder's HCL with python-hcl2. @throws Error with the parser's message */
export async function readModule(folder: Folder): Promise<Module> {
  const { python } = await ensurePythonTools();
  const { ok, output: parsed } = await run(python, ['-c', READ_HCL, join(DEPLOY, folder)]);
  if (!ok) throw new Error(`the HCL of ${folder} cannot be parsed: ${parsed}`);
  const files = Object.values(z.record(z.string(), file).parse(JSON.parse(parsed)));
  const objects = new Map<string, unknown>();
  for (const { resource, data } of files) {
    for (const [type, name, body] of named(resource)) objects.set(`${type}.${name}`, body);
    for (const [type, name, body] of named(data)) objects.set(`data.${type}.${name}`, body);
  }
  const variables = files.flatMap(({ variable }) => variable.flatMap((block) => Object.entries(block)));
  const expressions = [...objects.values(), files.map(({ provider, output }) => [provider, output])];
  const text = JSON.stringify(expressions).replaceAll('\\"', '"');
  return {
    variables: new Map(variables.map(([name, body]) => [unquoted(name), defaultOf(body)])),
    objects,
    usedVariables: new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name = '']) => name)),
    usedObjects: new Set([...text.matchAll(/(?<![\w."/-])(?:data\.)?aws_\w+\.\w+/g)].map(([name]) => name)),
    templates: new Map(
      [...text.matchAll(/templatefile\("\$\{path\.module\}\/([\w.-]+)", \{(.*?)\}\)/g)].map(
        ([, name = '', given = '']) => [name, [...given.matchAll(/(\w+) = /g)].map(([, argument = '']) => argument)],
      ),
    ),
  };
}

/** The names that a template asks for, each once. */
export function placeholders(folder: Folder, template: string): string[] {
  const text = readFileSync(join(DEPLOY, folder, template), 'utf8');
  return [...new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name))];
}

const policyDocument = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z.tuple([
    z.strictObject({
      Effect: z.literal('Allow'),
      Principal: z.record(z.string(), z.string()).optional(),
      Action: z.union([z.string(), z.array(z.string())]),
      Resource: z.string().optional(),
      Condition: z.strictObject({ StringEquals: z.record(z.string(), z.string()) }).optional(),
    }),
  ]),
});

/** The one statement of a policy, filled in as Terraform would. @throws where a value is missing or the result is no policy */
export function policyStatement(folder: Folder, template: string, values: Record<string, string>) {
  const text = readFileSync(join(DEPLOY, folder, template), 'utf8').replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${folder}/${template}: no value for ${name}`);
    return value;
  });
  return policyDocument.parse(JSON.parse(text)).Statement[0];
}

function* named(list: Record<string, unknown>[]): Generator<[type: string, name: string, body: unknown]> {
  for (const [type, byName] of list.flatMap((block) => Object.entries(block))) {
    for (const [name, body] of Object.entries(byName as Record<string, unknown>)) {
      if (!name.startsWith('__')) yield [unquoted(type), unquoted(name), body];
    }
  }
}

function defaultOf(body: unknown): { default?: unknown } {
  const value = (body as { default?: unknown }).default;
  return value === undefined ? {} : { default: typeof value === 'string' ? unquoted(value) : value };
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1');
}
