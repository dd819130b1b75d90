import { z } from 'zod';
import type { ConfigSources } from '../../config/index.ts';
import {
  buildReport,
  type ClientRequest,
  credentialsToExplainWith,
  explain,
  InputError,
  parseAwsAnswer,
  parseCurl,
  parseHttpRequest,
  parseRouteNamespace,
  type Report,
} from '../../explain/index.ts';
import type { PageSources } from './page-sources.ts';

const formSchema = z.strictObject({
  /** Id of a seen route, or empty for the config that is pasted. */
  route: z.string(),
  config: z.string(),
  request: z.string(),
  answer: z.string(),
});

/**
 * Explains what was pasted, as a request of a seen route or of a pasted config, with example keys alone.
 * @throws InputError that says what to change
 */
export async function explainPasted(form: unknown, { journal, resolver }: PageSources): Promise<Report> {
  const parsed = formSchema.safeParse(form);
  if (!parsed.success) throw new InputError('the form is not the one of this page: load it anew');
  const { route, config, request, answer: answerText } = parsed.data;
  const client = clientOf(request);
  const sources = route === '' ? sourcesOf(config) : journal.routes.find(route)?.sources;
  if (sources === undefined) throw new InputError('the route is not known any more: load the page anew');
  const answer = answerText.trim() === '' ? undefined : parseAwsAnswer(answerText);
  const choice = 'example';
  const explanation = await explain({
    client,
    sources,
    resolver: resolver(),
    credentialsFor: ({ identity }) => credentialsToExplainWith(choice, identity, {}),
    now: new Date(),
    ...(answer && { answer }),
  });
  return buildReport({ explanation, client, choice, ...(answer && { answer }) });
}

function clientOf(pasted: string): ClientRequest {
  if (pasted.trim() === '') throw new InputError('paste the request');
  if (/^\s*curl\s/.test(pasted)) return parseCurl(pasted.trim(), noFile);
  return parseHttpRequest(Buffer.from(pasted, 'utf8'));
}

/** The page must not become a way to read the server's files. */
function noFile(): never {
  throw new InputError('this page reads no files: put the data itself in place of @FILE');
}

function sourcesOf(config: string): ConfigSources {
  if (config.trim() === '') throw new InputError("choose a route, or paste a route's config");
  return { initialMetadata: JSON.stringify(parseRouteNamespace(config, 'the config')) };
}
