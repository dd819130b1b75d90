import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import {
  type ConfigSources,
  DEFAULT_SERVER_CONFIG,
  loadServerFile,
  RouteConfigResolver,
  ServerFileError,
} from '../config/index.ts';
import {
  type AwsAnswer,
  buildReport,
  type ClientRequest,
  credentialsToExplainWith,
  explain,
  hasFinding,
  InputError,
  type Paint,
  parseAwsAnswer,
  parseCurl,
  parseHttpRequest,
  parseRouteNamespace,
  type Report,
  renderText,
} from '../explain/index.ts';
import { type ExplainFlags, USAGE } from './explain-flags.ts';

/** A refusal, or a difference. */
const FOUND = 1;

/** Explains one request; what it cannot be explained with is a usage error. */
export async function runExplain(flags: ExplainFlags, command: Command): Promise<void> {
  try {
    const report = await reportOn(flags);
    process.stdout.write(flags.format === 'json' ? `${JSON.stringify(report, null, 2)}\n` : renderText(report, paint));
    process.exitCode = hasFinding(report) ? FOUND : 0;
  } catch (error) {
    const problems = error instanceof ServerFileError ? error.problems.join('\n') : undefined;
    if (problems === undefined && !(error instanceof InputError)) throw error;
    command.error(`error: ${problems ?? (error as Error).message}`, { exitCode: USAGE });
  }
}

async function reportOn(flags: ExplainFlags): Promise<Report> {
  const client = clientOf(flags);
  const sources = sourcesOf(flags);
  const server = flags.config === undefined ? DEFAULT_SERVER_CONFIG : await loadServerFile(flags.config);
  const answer = answerOf(flags);
  const explanation = await explain({
    client,
    sources,
    resolver: new RouteConfigResolver(server),
    credentialsFor: ({ identity }) => credentialsToExplainWith(flags.credentials, identity, process.env),
    now: flags.at ?? new Date(),
    ...(answer && { answer }),
  });
  return buildReport({ explanation, client, choice: flags.credentials, ...(answer && { answer }) });
}

function clientOf({ request, curl, awsAnswer }: ExplainFlags): ClientRequest {
  if (curl !== undefined) return parseCurl(curl, read);
  if (request === undefined) throw new InputError('give the request: --request FILE or --curl LINE');
  if (request === '-' && awsAnswer === '-') throw new InputError('only one of --request and --aws-answer can be -');
  return parseHttpRequest(read(request));
}

function answerOf({ awsAnswer }: ExplainFlags): AwsAnswer | undefined {
  if (awsAnswer === undefined) return undefined;
  const text = read(awsAnswer).toString('utf8');
  if (text.trim() === '') throw new InputError(`${awsAnswer}: holds no answer`);
  return parseAwsAnswer(text);
}

function sourcesOf({ route, config, profile }: ExplainFlags): ConfigSources {
  if (route === undefined && config === undefined) {
    throw new InputError("give the route's config: --route FILE, or --config FILE with --profile NAME");
  }
  if (profile !== undefined && config === undefined) throw new InputError('--profile needs --config');
  const fields = route === undefined ? {} : parseRouteNamespace(read(route).toString('utf8'), route);
  const named = profile === undefined ? fields : { ...fields, profile };
  // A route without metadata is a route all the same: its attribute is there, and empty.
  return Object.keys(named).length === 0 ? { routeMetadata: '' } : { initialMetadata: JSON.stringify(named) };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new InputError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}

// Plain where standard output is no terminal, or NO_COLOR is set.
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
