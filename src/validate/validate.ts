import { type DocumentKind, kindOf } from './detect.ts';
import { readBootstrap, readConfigDump, readFragment } from './envoy/index.ts';
import { type Finding, findingOf, withoutRepetitions } from './finding.ts';
import { readManifests } from './kubernetes/index.ts';
import type { Traffic } from './model/traffic.ts';
import { RULES } from './rules/index.ts';
import { NO_SERVER_FILE, readServerFile, type ServerGiven } from './server-given.ts';
import { type ConfigNode, readDocuments } from './source/index.ts';
import { concernsSigning, type Subject, subjectOf } from './subject/subject.ts';

export interface InputFile {
  readonly name: string;
  readonly text: string;
}

export interface ValidateInput {
  readonly files: readonly InputFile[];
  /** The server's file, where it is named as such. */
  readonly config?: InputFile;
}

/** What was looked at, and what was found. */
export interface Report {
  readonly findings: readonly Finding[];
  readonly checked: {
    readonly files: number;
    readonly routes: number;
    readonly signers: number;
    readonly serverFile: boolean;
  };
  /** What could not be judged, and why. */
  readonly notes: readonly string[];
}

/**
 * Checks configurations of Envoy, of the gateways around it, and of the server, against what is known to break a
 * signature or to let a request leave without one. Reads nothing but what it is given.
 * @throws UnreadableError for a file that is no YAML
 */
export function validate({ files, config }: ValidateInput): Report {
  const documents = files.flatMap(({ name, text }) =>
    readDocuments(text, name).map((document) => ({ document, text })),
  );
  // Read here first, as what is said of a file that is no YAML must not quote it.
  if (config) readDocuments(config.text, config.name);
  const ofKind = (kind: DocumentKind) => documents.filter(({ document }) => kindOf(document) === kind);
  const roots = (kind: DocumentKind) => ofKind(kind).map(({ document }) => document);
  const servers = config
    ? [readServerFile(config.text, config.name)]
    : ofKind('server file').map(({ document, text }) => readServerFile(text, document.file));
  const traffic: Traffic[] = [
    ...roots('bootstrap').map(readBootstrap),
    ...roots('config dump').map(readConfigDump),
    ...roots('fragment').map(readFragment),
    ...readManifests(roots('manifest')),
  ];
  const subjects = traffic.map((one) => subjectOf(one, nearest(servers, one))).filter(concernsSigning);
  const found = subjects.flatMap((subject) =>
    RULES.flatMap((rule) => [...rule.check(subject)].map((hit) => findingOf(rule, hit))),
  );
  return {
    findings: inOrder(withoutRepetitions([...servers.flatMap(({ findings }) => findings), ...found]), files),
    checked: {
      files: files.length,
      routes: count(subjects, ({ configs }) => configs.map(({ route }) => route.at)),
      signers: count(subjects, ({ signers }) => signers.map(({ at }) => at)),
      serverFile: servers.length > 0,
    },
    notes: notesOn(subjects, servers.length > 0),
  };
}

/** Of several server's files the one that stands nearest to a configuration, in the tree of folders. */
function nearest(servers: readonly ServerGiven[], { signers, pairs, chains, looseRoutes }: Traffic): ServerGiven {
  const [place] = [...signers, ...pairs.map(({ route }) => route), ...chains, ...looseRoutes];
  const folders = (place?.at.file ?? '').split(/[\\/]/);
  const shared = ({ name }: ServerGiven) => {
    const parts = name.split(/[\\/]/);
    const differs = parts.findIndex((part, index) => part !== folders[index]);
    return differs === -1 ? parts.length : differs;
  };
  return servers.toSorted((a, b) => shared(b) - shared(a))[0] ?? NO_SERVER_FILE;
}

function inOrder(findings: readonly Finding[], files: readonly InputFile[]): Finding[] {
  const rank = new Map(files.map(({ name }, index) => [name, index]));
  const place = ({ file }: Finding) => rank.get(file) ?? -1;
  return findings.toSorted((a, b) => place(a) - place(b) || a.line - b.line || a.column - b.column);
}

function count(subjects: readonly Subject[], places: (subject: Subject) => ConfigNode[]): number {
  return new Set(subjects.flatMap(places).map(({ file, path, line }) => `${file} ${line} ${path}`)).size;
}

function notesOn(subjects: readonly Subject[], hasServerFile: boolean): string[] {
  const configs = subjects.flatMap((subject) => subject.configs);
  const unknown = configs.filter(({ judgement }) => judgement.kind === 'unknown').length;
  const notes: string[] = [];
  if (subjects.length === 0 && !hasServerFile) {
    notes.push(
      'Nothing that concerns signing was found: no filter that asks the signer, no route with signing config.',
    );
  }
  if (unknown > 0) {
    notes.push(
      `${unknown} ${unknown === 1 ? 'route takes its' : 'routes take their'} config from a profile: give the server's file with --config to have it checked.`,
    );
  }
  return notes;
}
