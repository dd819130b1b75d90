import type { SigningConfig } from '../config/index.ts';
import { pathAtTarget } from '../signer/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import type { AwsAnswer } from './aws-answer.ts';
import { type ClientRequest, headerOf } from './client-request.ts';
import type { CredentialChoice } from './credentials.ts';
import { describeAws } from './describe-aws.ts';
import type { Explanation, SignedExplanation } from './explain.ts';
import { createMask, type Mask } from './mask.ts';
import type { Change, NamedValue, Report, SigningReport } from './report.ts';
import { routeFacts } from './route-facts.ts';
import { shown } from './shown.ts';

export interface ReportInput {
  explanation: Explanation;
  client: ClientRequest;
  choice: CredentialChoice;
  answer?: AwsAnswer;
}

/** Puts an explanation into words, without a secret in them. */
export function buildReport(input: ReportInput): Report {
  const { explanation, client, answer } = input;
  const hide = maskFor(input);
  const mask: Mask = (text) => hide(shown(text));
  const { method, path, authority, headers } = client.request;
  const { config } = explanation;
  const report: Report = {
    outcome: explanation.outcome,
    request: {
      method: mask(method),
      path: mask(path),
      authority: mask(authority),
      headers: headers.map(([name, value]) => masked(name, name === 'authorization' ? schemeOf(value) : value, hide)),
      bodyBytes: client.body.length,
    },
    ...(config && { route: routeFacts(config) }),
    notes: [...client.notes],
  };
  if (explanation.outcome === 'refused') {
    const { code, status, message } = explanation.error;
    const advice = ADVICE[code];
    report.refusal = { code, status, message: mask(message), ...(advice && { advice }) };
  } else if (explanation.outcome === 'passed') {
    report.passed = { because: config ? NO_TOKEN : UNCONFIGURED, remove: explanation.remove };
  } else {
    report.signing = describeSigning(explanation, input, hide);
    report.notes.push(...notesOn(explanation.config, input), ...notesOnComparison(explanation));
  }
  if (answer) report.aws = describeAws(answer, explanation, client, mask);
  return report;
}

function describeSigning(
  { config, credentials, authority, body, stages, mutation, chunk }: SignedExplanation,
  { choice, client }: ReportInput,
  hide: Mask,
): SigningReport {
  const lines = (text: string) => text.split('\n').map((line) => hide(shown(line)));
  const source = choice === 'env' ? 'from the environment' : "AWS's documented example keys";
  const token = credentials.sessionToken === undefined ? 'no session token' : 'with a session token';
  const path = pathAtTarget(config, headerOf(mutation.set, ':path') ?? client.request.path);
  const url = `${config.scheme ?? 'https'}://${authority}${path}`;
  return {
    credentials: hide(shown(`${credentials.accessKeyId}, ${token} (${source}); no STS was called`)),
    body,
    canonicalRequest: lines(stages.canonicalRequest),
    stringToSign: lines(stages.stringToSign),
    signature: hide(stages.signedRequest.signature),
    changes: changesOf(mutation, client, hide),
    ...(config.queryExpiresSeconds !== undefined && { url: hide(shown(url)) }),
    ...(chunk && {
      firstChunk: { bytes: chunk.bytes, stringToSign: lines(chunk.stringToSign), signature: hide(chunk.signature) },
    }),
  };
}

function changesOf({ set, remove }: SignedExplanation['mutation'], { request }: ClientRequest, hide: Mask): Change[] {
  const before: Record<string, string> = { ':path': request.path, ':authority': request.authority };
  const changes: Change[] = [];
  for (const [name, value] of set) {
    const from = before[name];
    if (from !== undefined) changes.push({ kind: 'rewrite', name, from: hide(shown(from)), to: hide(shown(value)) });
  }
  for (const name of remove) changes.push({ kind: 'remove', name });
  for (const [name, value] of set) {
    if (before[name] !== undefined) continue;
    changes.push({
      kind: 'set',
      ...masked(name, value, hide),
      replaces: headerOf(request.headers, name) !== undefined,
    });
  }
  return changes;
}

/** A client's authorization is never shown, whatever its scheme; the signature that replaces it is. */
function schemeOf(authorization: string): string {
  const [, scheme = '', rest = ''] = /^([\w-]+ +)?(.*)$/.exec(authorization) ?? [];
  return `${scheme}<masked, ${rest.length} characters>`;
}

function masked(name: string, value: string, hide: Mask): NamedValue {
  return { name, value: hide(shown(`${name}:${value}`)).slice(name.length + 1) };
}

function maskFor({ explanation, client, choice, answer }: ReportInput): Mask {
  const { headers } = client.request;
  const rule = explanation.config?.callerToken;
  const signed = explanation.outcome === 'signed' ? explanation : undefined;
  const signatures = signed ? [signed.stages.signedRequest.signature, signed.chunk?.signature ?? ''] : [];
  return createMask({
    secrets: [
      signed?.credentials.secretAccessKey,
      signed?.credentials.sessionToken,
      ...['authorization', rule?.header, rule?.copyHeader].flatMap((name) => tokensIn(headers, name)),
    ],
    shortened: choice === 'env' ? signatures.filter((signature) => signature !== '') : [],
    accessKeyIds: [signed?.credentials.accessKeyId, answer?.accessKeyId].filter((id) => id !== undefined),
    headers: [rule?.header, rule?.copyHeader].filter(
      (name) => name !== undefined && name !== 'authorization',
    ) as string[],
  });
}

/** The values of a header, without the scheme before them. */
function tokensIn(headers: readonly HeaderEntry[], name: string | undefined): string[] {
  return headers.filter((entry) => entry[0] === name).map(([, value]) => value.replace(/^[\w-]+ +/, ''));
}

function notesOn({ target, payload, identity, algorithm }: SigningConfig, { client, choice }: ReportInput): string[] {
  const notes: string[] = [];
  if (choice === 'example') {
    notes.push(
      'The signature is made with example keys: AWS would refuse it, but every stage before it is the real one.',
    );
  } else if (identity.role) {
    notes.push("The service would sign with the keys of the route's role, not with those of the environment.");
  }
  if (identity.source === 'caller') notes.push("The caller's token was not looked into: STS would judge it.");
  if (target.kind === 'sign-host') {
    notes.push(`The authority stays as the client sent it: Envoy's own route has to make it ${target.authority}.`);
  }
  if (client.body.length > 0) {
    const mode = { signed: 'BUFFERED', passthrough: 'BUFFERED', streaming: 'FULL_DUPLEX_STREAMED', unsigned: 'NONE' };
    notes.push(
      `Envoy is taken to deliver the body as this payload mode needs it: request_body_mode: ${mode[payload]}.`,
    );
  }
  if (algorithm === 'sigv4a') notes.push('A SigV4A signature takes a random number: each one is different.');
  return notes;
}

function notesOnComparison({ comparison }: SignedExplanation): string[] {
  if (!comparison) return [];
  const notes = ["Date, access key id and session token are taken from AWS's answer, as far as it shows them."];
  if (comparison.damaged) notes.push(DAMAGED);
  return notes;
}

const DAMAGED =
  "AWS's text is not the one that AWS hashed: it was changed on its way here (a token masked, blanks lost). Of S3's answers the CanonicalRequestBytes survive copying.";

const UNCONFIGURED = "the server's file says unconfigured: pass, and the route has no signing config";
const NO_TOKEN = "the route says on_missing_token: pass, and the request has no caller's token";

const ADVICE: Partial<Record<string, string>> = {
  SIGV4_TOKEN_MISSING:
    'Give the request with its token. It is neither checked nor sent here, so "Bearer placeholder" will do.',
  SIGV4_ROUTE_NOT_CONFIGURED:
    'Give the route with --route, or a profile of the server file with --config and --profile.',
};
