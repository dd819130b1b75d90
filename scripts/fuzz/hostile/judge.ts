import type { RouteConfigResolver, SigningConfig } from '../../../src/config/index.ts';
import { ERROR_TABLE, type ErrorCode } from '../../../src/errors/index.ts';
import type { CredentialStore } from '../../../test/stand-in/index.ts';
import { verify } from '../../../test/stand-in/sigv4-verifier.ts';
import type { HeaderPair } from '../../../test/support/ext-proc-messages.ts';
import { holdsControls, TOKEN } from './bytes.ts';
import type { Fate, HostileRequest } from './play.ts';
import { verifyStreaming } from './verify-streaming.ts';

/** What a fate comes to: for the tally, or what is wrong with it. */
export type Judgement = { ok: true; what: string } | { ok: false; problem: string };

/** Judges fates as AWS would, and against the table of errors. */
export class Judge {
  readonly #resolver: RouteConfigResolver;
  readonly #store: CredentialStore;

  constructor(resolver: RouteConfigResolver, store: CredentialStore) {
    this.#resolver = resolver;
    this.#store = store;
  }

  judge(request: HostileRequest, fate: Fate): Judgement {
    if (fate.kind === 'refused') return judgeRefusal(fate);
    const config = this.#configOf(request);
    if (config === undefined) return wrong('released without a config');
    const { headers, body, reported } = fate;
    if (reported === 'passed') return judgePassed(config, request, headers);
    if (reported !== 'signed') return wrong(`released, but reported ${reported}`);
    if (writesControls(request, headers)) return wrong('writes a header that Envoy will refuse');
    if (config.algorithm === 'sigv4a') return judgeByForm(headers, config);
    if (isUnverifiable(headers, config)) return judgeByForm(headers, config, 'signed, in a form that HTTP forbids');
    return this.#judgeSigned(config, headers, isUpgrade(headers) ? Buffer.alloc(0) : body);
  }

  #judgeSigned(config: SigningConfig, headers: readonly HeaderPair[], body: Buffer): Judgement {
    const header = (name: string) => headers.find(([key]) => key === name)?.[1] ?? '';
    const raw = headers.filter(([name]) => !name.startsWith(':') && name !== 'host').flat();
    const rawHeaders = ['host', authorityOf(config, headers), ...raw];
    const pathRule = config.rules.pathEncoding === 'single' ? 'decode-once' : 'encode-again';
    const hash = header('x-amz-content-sha256');
    if (hash.startsWith('STREAMING-AWS4')) {
      const problem = verifyStreaming(header(':method'), header(':path'), rawHeaders, body);
      return problem === undefined ? right('signed, chunk by chunk') : wrong(problem);
    }
    if (hash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
      return judgeByForm(headers, config, 'signed, trailers passed on');
    if (config.payload !== 'passthrough' && body.length > 0 && isFramed(header('content-encoding'))) {
      return wrong('the frames of an aws-chunked body are signed as if they were the body');
    }
    const now = new Date();
    const options = { payload: 'either', pathRule } as const;
    const verdict = verify(header(':method'), header(':path'), rawHeaders, body, this.#store, now, options);
    if (verdict.ok) return right(hash === 'UNSIGNED-PAYLOAD' ? 'signed, payload unsigned' : 'signed');
    // A client may declare any hash of a body that is passed through: AWS holds it against the body, as the stand-in does.
    if (config.payload === 'passthrough' && verdict.reason === 'payload-hash')
      return right('signed, as the client lied');
    return wrong(`AWS would refuse it: ${verdict.reason}`);
  }

  #configOf({ config: { initialMetadata, attributes, dynamic } }: HostileRequest): SigningConfig | undefined {
    const fields = dynamic['aws-request-signing'];
    const resolved = this.#resolver.resolve({
      initialMetadata,
      routeMetadata: attributes['xds.route_metadata'],
      virtualHostMetadata: attributes['xds.virtual_host_metadata'],
      clusterMetadata: attributes['xds.cluster_metadata'],
      routeName: attributes['xds.route_name'],
      dynamicMetadata: fields && JSON.stringify(fields),
    });
    return resolved === 'unconfigured-pass' ? undefined : resolved;
  }
}

function judgeRefusal({ answer, reported }: Extract<Fate, { kind: 'refused' }>): Judgement {
  const { code, message } = JSON.parse(answer.body?.toString('utf8') ?? '{}') as { code?: string; message?: string };
  if (code === undefined || !Object.hasOwn(ERROR_TABLE, code)) return wrong(`refused with no documented code: ${code}`);
  if (code === 'SIGV4_INTERNAL') return wrong('refused as a defect of the signer');
  if (answer.status?.code !== ERROR_TABLE[code as ErrorCode].status) return wrong(`${code} with another status`);
  if (reported !== (ERROR_TABLE[code as ErrorCode].status < 500 ? 'refused' : 'failed')) {
    return wrong(`${code}, but reported ${reported}`);
  }
  return message ? right(code) : wrong(`${code} without a message`);
}

function judgePassed(
  { callerToken }: SigningConfig,
  { headers }: HostileRequest,
  sent: readonly HeaderPair[],
): Judgement {
  if (callerToken.onMissing !== 'pass') return wrong('passed unsigned');
  if (headers.some(([name]) => name === callerToken.header)) return wrong('passed though the caller sent a token');
  const isCopied = sent.some(([name]) => name === callerToken.copyHeader);
  return isCopied ? wrong("passed with the client's own copy of a token") : right('passed, as the route says');
}

/** Where nobody but AWS could verify it: one signature of ours, in its place. */
function judgeByForm(
  headers: readonly HeaderPair[],
  { queryExpiresSeconds }: SigningConfig,
  what = 'signed (SigV4A)',
): Judgement {
  const values = headers.filter(([name]) => name === 'authorization').map(([, value]) => value);
  const path = headers.find(([name]) => name === ':path')?.[1] ?? '';
  const inQuery = queryExpiresSeconds !== undefined;
  const isOurs = inQuery
    ? values.length === 0 &&
      /[?&]X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F.*&X-Amz-Signature=[0-9a-f]+(?:&|$)/s.test(path)
    : values.length === 1 && /^AWS4-\S+ Credential=AKIAIOSFODNN7EXAMPLE\//.test(values[0] ?? '');
  return isOurs ? right(what) : wrong('released without a signature of ours');
}

/** Whether bytes came into the head that were not there before: from the body, for one. */
function writesControls(request: HostileRequest, headers: readonly HeaderPair[]): boolean {
  const before = [request.path, request.method, request.authority, ...request.headers.map(([, value]) => value)];
  return !before.some(holdsControls) && headers.some(([, value]) => holdsControls(value));
}

/** Where Envoy sets the authority later on, it is the route's that is signed. */
function authorityOf({ target }: SigningConfig, headers: readonly HeaderPair[]): string {
  if (target.kind === 'sign-host') return target.authority;
  return headers.find(([name]) => name === ':authority')?.[1] ?? '';
}

/** No such bytes come over HTTP, and a path starts with a slash; the stand-in knows the services' own rules alone. */
function isUnverifiable(headers: readonly HeaderPair[], { rules }: SigningConfig): boolean {
  const isOddRule = (rules.pathEncoding === 'single') === rules.pathNormalization;
  return isOddRule || headers.some(([name, value]) => holdsControls(value) || !isHttp(name, value));
}

function isHttp(name: string, value: string): boolean {
  if (name === ':path') return value.startsWith('/');
  if (name === ':method') return TOKEN.test(value);
  return name.startsWith(':') || TOKEN.test(name);
}

function isFramed(contentEncoding: string): boolean {
  return /(?:^|,)\s*aws-chunked\s*(?:,|$)/i.test(contentEncoding);
}

function isUpgrade(headers: readonly HeaderPair[]): boolean {
  return headers.some(([name]) => name === 'upgrade');
}

function right(what: string): Judgement {
  return { ok: true, what };
}

function wrong(problem: string): Judgement {
  return { ok: false, problem };
}
