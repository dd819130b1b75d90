import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError, Option } from 'commander';
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
  type CredentialChoice,
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

interface ExplainFlags {
  route?: string;
  config?: string;
  profile?: string;
  request?: string;
  curl?: string;
  awsAnswer?: string;
  at?: Date;
  credentials: CredentialChoice;
  format: 'text' | 'json';
}

/** Exit codes: explained and nothing to mend; a refusal or a difference; wrong usage. */
const FOUND = 1;
const USAGE = 2;

/** `sigv4-extproc explain`. Calls nobody: neither STS nor AWS. */
export function explainCommand(): Command {
  return new Command('explain')
    .description("Show how a request would be signed, stage by stage, and where AWS's answer differs. Calls nobody.")
    .option('--route <file>', "the route's signing config: the namespace aws-request-signing as YAML or JSON")
    .option('--config <file>', "the server's file, for its defaults and profiles")
    .option('--profile <name>', "a profile of the server's file")
    .addOption(new Option('--request <file>', 'the request in HTTP form; - for standard input').conflicts('curl'))
    .option('--curl <line>', 'the request as a curl command line')
    .option('--aws-answer <file>', "AWS's error answer, XML or JSON, to compare with; - for standard input")
    .addOption(
      new Option(
        '--at <time>',
        "the moment of signing, ISO 8601 (default: now; where AWS's answer names one, that one)",
      ).argParser(moment),
    )
    .addOption(
      new Option('--credentials <from>', 'keys to sign with: example keys, or those of the environment')
        .choices(['example', 'env'])
        .default('example'),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .action(run);
}

async function run(flags: ExplainFlags, command: Command): Promise<void> {
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

function moment(text: string): Date {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It takes a time such as 2026-11-22T10:11:12Z.');
  return date;
}

// Plain where standard output is no terminal, or NO_COLOR is set.
const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
