import type { ConfigSources, RouteConfigResolver, SigningConfig } from '../config/index.ts';
import { SignerError } from '../errors/index.ts';
import { Allowance, type RequestMutation, Signer, UNNAMED_PEER } from '../signer/index.ts';
import type { Credentials, SigningStages } from '../signing/index.ts';
import type { AwsAnswer } from './aws-answer.ts';
import { momentOf, parseCanonicalRequest, parseStringToSign } from './canonical-lines.ts';
import type { ClientRequest } from './client-request.ts';
import { type Comparison, compareWithAws } from './compare.ts';
import { asAwsSaw } from './credentials.ts';
import { type FirstChunk, firstChunk } from './first-chunk.ts';
import { signAsServed } from './sign-as-served.ts';
import { stagesOf } from './stages.ts';

export interface ExplainInput {
  client: ClientRequest;
  sources: ConfigSources;
  resolver: RouteConfigResolver;
  /** The credentials to sign with, once it is known whose the route asks for. */
  credentialsFor: (config: SigningConfig) => Credentials;
  /** The moment of signing; AWS's own answer, where it names one, goes before it. */
  now: Date;
  answer?: AwsAnswer;
}

/** What the service would do with a request. */
export type Explanation =
  | { outcome: 'refused'; error: SignerError; config?: SigningConfig }
  /** Without a config where the server lets unconfigured routes through, else for want of the caller's token. */
  | { outcome: 'passed'; remove: readonly string[]; config?: SigningConfig }
  | SignedExplanation;

export interface SignedExplanation {
  outcome: 'signed';
  config: SigningConfig;
  credentials: Credentials;
  /** The authority that is signed. */
  authority: string;
  /** What becomes of the body, for people. */
  body: string;
  mutation: RequestMutation;
  stages: SigningStages;
  chunk?: FirstChunk;
  comparison?: Comparison;
}

/**
 * Goes with a request the service's own way, from the route's config to the headers that Envoy is told to set. No STS is
 * called and nothing is sent.
 * @throws InputError, from `credentialsFor`
 */
export async function explain(input: ExplainInput): Promise<Explanation> {
  const { client, sources, resolver, answer } = input;
  const now = (answer && momentOfAnswer(answer)) ?? input.now;
  const signer = signerFor(resolver, now);
  let config: SigningConfig | undefined;
  try {
    const resolution = resolver.resolve(sources);
    config = resolution === 'unconfigured-pass' ? undefined : resolution;
    const task = signer.admit(client.request, resolution, { peer: UNNAMED_PEER, routeName: sources.routeName });
    if (task.kind === 'pass') return { outcome: 'passed', remove: task.remove, ...(config && { config }) };
    const own = input.credentialsFor(task.config);
    const credentials = answer ? asAwsSaw(own, answer) : own;
    const { mutation, body, frames } = await signAsServed(signer, task, credentials, client);
    const { authority } = task.prepared.request;
    const stages = stagesOf({ ...client.request, authority }, mutation, task.config, credentials, now);
    const chunk = frames && firstChunk(frames, stages.signedRequest);
    const comparison = answer && compareWithAws(stages, answer);
    const optional = { ...(chunk && { chunk }), ...(comparison && { comparison }) };
    return { outcome: 'signed', config: task.config, credentials, authority, body, mutation, stages, ...optional };
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    return { outcome: 'refused', error, ...(config && { config }) };
  }
}

/** When the request that AWS answers was signed. */
function momentOfAnswer({ stringToSign, canonicalRequest }: AwsAnswer): Date | undefined {
  const { headers, query } = parseCanonicalRequest(canonicalRequest ?? '') ?? {};
  return (
    momentOf(parseStringToSign(stringToSign ?? '')?.timestamp) ??
    momentOf(headers?.get('x-amz-date')) ??
    momentOf(/(?:^|&)X-Amz-Date=([^&]*)/.exec(query ?? '')?.[1])
  );
}

/** Whatever asked this signer for credentials would be a mistake. */
function signerFor(resolver: RouteConfigResolver, now: Date): Signer {
  const none = () => {
    throw new Error('explain gets no credentials');
  };
  return new Signer({
    resolver,
    credentials: { credentialsFor: none, evict: none },
    allowance: new Allowance(undefined),
    now: () => now,
    observer: { rejectedByAws: none, targetClock: none },
  });
}
