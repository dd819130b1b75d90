import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';

/** What a set of .proto files declares, each declaration in one canonical line, keyed by fully qualified name. */
export interface Descriptors {
  /** `Process: 'stream pkg.Request returns stream pkg.Response'` */
  readonly services: Readonly<Record<string, { file: string; methods: Readonly<Record<string, string>> }>>;
  /** `attributes: 'map<string, google.protobuf.Struct> = 9'`, `body: 'bytes = 1 in oneof mutation'` */
  readonly messages: Readonly<Record<string, { file: string; fields: Readonly<Record<string, string>> }>>;
  readonly enums: Readonly<Record<string, { file: string; values: Readonly<Record<string, number>> }>>;
}

interface Named {
  readonly name: string;
  readonly fullName: string;
  readonly filename: string | null;
}

interface Field extends Named {
  readonly id: number;
  readonly type: string;
  readonly keyType?: string;
  readonly repeated: boolean;
  readonly partOf: (Named & { readonly isProto3Optional: boolean }) | null;
  readonly resolvedType: Named | null;
}

interface Method extends Named {
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
  readonly resolvedRequestType: Named;
  readonly resolvedResponseType: Named;
}

interface Reflected extends Named {
  readonly nestedArray?: readonly Reflected[];
  readonly fieldsArray?: readonly Field[];
  readonly methodsArray?: readonly Method[];
  readonly values?: Readonly<Record<string, number>>;
}

interface Root extends Reflected {
  resolvePath: (origin: string, target: string) => string;
  loadSync(files: string[], options: { keepCase: boolean }): Root;
  resolveAll(): Root;
}

// The protobufjs that proto-loader itself runs on, so that the files are read here by the parser that reads them in service.
const protobufjs: { Root: new () => Root } = createRequire(import.meta.resolve('@grpc/proto-loader'))('protobufjs');

/** Reads every .proto file under `directory`; throws on one that does not parse or whose types do not resolve. */
export function readDescriptors(directory: string): Descriptors {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.proto'));
  const root = new protobufjs.Root();
  root.resolvePath = (_origin, target) => (target.startsWith('google/protobuf/') ? target : join(directory, target));
  root.loadSync(files, { keepCase: true }).resolveAll();

  const services: Record<string, { file: string; methods: Record<string, string> }> = {};
  const messages: Record<string, { file: string; fields: Record<string, string> }> = {};
  const enums: Record<string, { file: string; values: Record<string, number> }> = {};
  const collect = (item: Reflected): void => {
    const name = qualified(item);
    const file = relative(directory, item.filename ?? '')
      .split(sep)
      .join('/');
    if (name.startsWith('google.protobuf.')) return;
    if (item.methodsArray) services[name] = { file, methods: declarations(item.methodsArray, methodLine) };
    if (item.fieldsArray) messages[name] = { file, fields: declarations(item.fieldsArray, fieldLine) };
    if (item.values) enums[name] = { file, values: { ...item.values } };
    item.nestedArray?.forEach(collect);
  };
  collect(root);
  return { services, messages, enums };
}

function declarations<T extends Named>(items: readonly T[], line: (item: T) => string): Record<string, string> {
  return Object.fromEntries(items.map((item) => [item.name, line(item)]));
}

function methodLine(method: Method): string {
  const stream = (on: boolean | undefined, type: Named) => (on ? `stream ${qualified(type)}` : qualified(type));
  const request = stream(method.requestStream, method.resolvedRequestType);
  return `${request} returns ${stream(method.responseStream, method.resolvedResponseType)}`;
}

function fieldLine(field: Field): string {
  const type = field.resolvedType ? qualified(field.resolvedType) : field.type;
  if (field.keyType) return `map<${field.keyType}, ${type}> = ${field.id}`;
  if (field.repeated) return `repeated ${type} = ${field.id}`;
  if (field.partOf?.isProto3Optional) return `optional ${type} = ${field.id}`;
  return `${type} = ${field.id}${field.partOf ? ` in oneof ${field.partOf.name}` : ''}`;
}

function qualified(item: Named): string {
  return item.fullName.replace(/^\./, '');
}

/**
 * Says where `subset` departs from `upstream`, one line each; none means wire-compatible. Whole messages and plain fields
 * may be left out; enums and oneofs must be whole, since a member unknown to us would change what the others mean.
 */
export function differences(subset: Descriptors, upstream: Descriptors): string[] {
  const found: string[] = [];
  const compare = (name: string, ours: unknown, theirs: unknown): void => {
    if (ours !== theirs) found.push(`${name}: ours is ${ours ?? 'absent'}, upstream's ${theirs ?? 'absent'}`);
  };
  const compareAll = <T>(name: string, ours: Readonly<Record<string, T>>, theirs: Readonly<Record<string, T>> = {}) => {
    for (const key of Object.keys(ours)) compare(`${name}.${key}`, ours[key], theirs[key]);
  };

  for (const [name, service] of Object.entries(subset.services)) {
    compare(`file of service ${name}`, service.file, upstream.services[name]?.file);
    compareAll(name, service.methods, upstream.services[name]?.methods);
  }
  for (const [name, message] of Object.entries(subset.messages)) {
    const theirs = upstream.messages[name];
    compare(`file of message ${name}`, message.file, theirs?.file);
    compareAll(name, message.fields, theirs?.fields);
    for (const [field, line] of Object.entries(theirs?.fields ?? {})) {
      if (line.includes(' in oneof ') && !(field in message.fields)) compare(`${name}.${field}`, undefined, line);
    }
  }
  for (const [name, declared] of Object.entries(subset.enums)) {
    const theirs = upstream.enums[name];
    compare(`file of enum ${name}`, declared.file, theirs?.file);
    compareAll(name, declared.values, theirs?.values);
    for (const value of Object.keys(theirs?.values ?? {})) {
      if (!(value in declared.values)) compare(`${name}.${value}`, undefined, theirs?.values[value]);
    }
  }
  return found;
}
