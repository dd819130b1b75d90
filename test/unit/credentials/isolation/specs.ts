import type { Identity, RoleSession, SessionParameters, StsEndpoint } from '../../../../src/config/index.ts';
import { parseTemplate } from '../../../../src/config/template.ts';
import type { Prng } from '../../../support/prng.ts';

export const ROLES = ['one', 'two', 'three'].map((name) => `arn:aws:iam::123456789012:role/${name}`);

/** A role session as a route's config has it: templates are texts. */
export interface HopSpec {
  arn: string;
  /** In place of the ARN, on a caller's first hop: the roles of a token's `team`. */
  roleOfTeam?: Readonly<Record<string, string>>;
  sessionName?: string;
  durationSeconds?: number;
  externalId?: string;
  sourceIdentity?: string;
  tags?: readonly (readonly [key: string, value: string])[];
  transitiveTagKeys?: readonly string[];
  policy?: string;
  policyArns?: readonly string[];
}

/** Whose credentials a route asks for. */
export interface IdentitySpec {
  source: 'caller' | 'workload';
  cacheScope: 'caller' | 'role';
  profile?: string;
  hops: readonly HopSpec[];
  sts: StsEndpoint;
}

const SESSION_NAMES = [
  'orders',
  'reports',
  '{claim.sub}',
  '{claim.team}',
  '{route_name}',
  '{header.x-team}-{claim.sub}',
];
const TAGS: HopSpec['tags'][] = [
  undefined,
  [['team', 'red']],
  [['team', 'blue']],
  [['cost', 'red']],
  [['team', '{claim.team}']],
  [
    ['team', '{claim.team}'],
    ['who', '{claim.sub}'],
  ],
];
const STATEMENT = '{"Version":"2012-10-17","Statement":[]}';

type Vary = (hop: HopSpec, random: Prng) => HopSpec;

/** Of every hop. */
const VARIATIONS: readonly Vary[] = [
  (hop, random) => ({ ...hop, arn: random.pick(ROLES) }),
  (hop, random) => ({ ...hop, sessionName: random.pick(SESSION_NAMES) }),
  (hop, random) => ({ ...hop, durationSeconds: random.pick([900, 1800, 3600]) }),
  (hop, random) => ({ ...hop, policy: random.pick([STATEMENT, `${STATEMENT} `]) }),
  (hop, random) => ({
    ...hop,
    policyArns: random.pick([['arn:aws:iam::aws:policy/A'], ['arn:aws:iam::aws:policy/B']]),
  }),
];
/** Of those that are AssumeRole's. */
const ASSUME_ROLE_VARIATIONS: readonly Vary[] = [
  ...VARIATIONS,
  (hop, random) => ({ ...hop, externalId: random.pick(['partner-1', 'partner-2']) }),
  (hop, random) => ({ ...hop, sourceIdentity: random.pick(['gateway', '{claim.sub}', '{claim.team}']) }),
  (hop, random) => {
    const { tags: _, ...rest } = hop;
    const tags = random.pick(TAGS);
    return { ...rest, ...(tags && { tags }) };
  },
  (hop, random) => ({ ...hop, transitiveTagKeys: random.pick([['team'], ['cost']]) }),
];

function isAssumeRole(spec: IdentitySpec, hop: number): boolean {
  return spec.source === 'workload' || hop > 0;
}

/** An identity with everything chosen at random. */
export function anyIdentity(random: Prng, checksTokens: boolean): IdentitySpec {
  const source = random.pick(['caller', 'workload'] as const);
  const bare: IdentitySpec = {
    source,
    cacheScope: source === 'caller' && checksTokens ? random.pick(['caller', 'role']) : 'caller',
    hops: Array.from({ length: source === 'caller' ? 1 + random.int(3) : random.int(4) }, () => ({
      arn: random.pick(ROLES),
    })),
    sts: { region: 'eu-west-1', fips: false, dualStack: false },
  };
  let spec = bare;
  for (let n = random.int(6); n > 0; n--) spec = neighbour(spec, random, checksTokens);
  return isUsable(spec, checksTokens) ? spec : anyIdentity(random, checksTokens);
}

/** The same identity but for one thing. */
export function neighbour(spec: IdentitySpec, random: Prng, checksTokens: boolean): IdentitySpec {
  const vary: (() => IdentitySpec)[] = [
    () => ({ ...spec, sts: { ...spec.sts, region: random.pick(['us-east-1', 'eu-west-1']) } }),
    () => ({ ...spec, sts: { ...spec.sts, url: random.pick(['https://sts-a.test', 'https://sts-b.test']) } }),
    () => ({ ...spec, sts: { ...spec.sts, fips: !spec.sts.fips } }),
    () => ({ ...spec, sts: { ...spec.sts, dualStack: !spec.sts.dualStack } }),
    ...(spec.source === 'workload' ? [() => ({ ...spec, profile: random.pick(['a', 'b']) })] : []),
    ...(spec.source === 'caller' ? [() => ({ ...spec, hops: spec.hops.with(0, mapped(spec.hops[0], random)) })] : []),
    ...(spec.source === 'caller' && checksTokens
      ? [() => ({ ...spec, cacheScope: random.pick(['caller', 'role'] as const) })]
      : []),
    () => ({ ...spec, hops: [...spec.hops.slice(0, firstOfChain(spec)), ...random.shuffle(chainOf(spec))] }),
    () => ({ ...spec, hops: [...spec.hops, { arn: random.pick(ROLES) }].slice(0, 4) }),
    ...spec.hops.map((hop, index) => () => {
      const variations = isAssumeRole(spec, index) ? ASSUME_ROLE_VARIATIONS : VARIATIONS;
      return { ...spec, hops: spec.hops.with(index, random.pick(variations)(hop, random)) };
    }),
  ];
  // What a hop is asked for with is most of what there is to vary.
  const weighted = [...vary, ...Array.from({ length: 3 }, () => vary.slice(-spec.hops.length || vary.length)).flat()];
  const changed = random.pick(weighted)();
  return isUsable(changed, checksTokens) ? changed : neighbour(spec, random, checksTokens);
}

function mapped(hop: HopSpec | undefined, random: Prng): HopSpec {
  const [red, blue] = random.shuffle(ROLES) as [string, string];
  return { arn: ROLES[0] as string, ...hop, roleOfTeam: { red, blue } };
}

/** Order matters, also that of a workload's roles, all of which AssumeRole yields. */
function firstOfChain({ source }: IdentitySpec): number {
  return source === 'caller' ? 1 : 0;
}

function chainOf(spec: IdentitySpec): readonly HopSpec[] {
  return spec.hops.slice(firstOfChain(spec));
}

/** What config refuses is not tried: claims of a token that nobody checks. */
function isUsable(spec: IdentitySpec, checksTokens: boolean): boolean {
  return spec.source === 'caller' || checksTokens || !usesClaims(spec);
}

export function usesClaims({ hops }: IdentitySpec): boolean {
  return hops.some((hop) => hop.roleOfTeam !== undefined || JSON.stringify(hop).includes('{claim.'));
}

/** As the config hands it to the credentials. */
export function identityOf(spec: IdentitySpec): Identity {
  const { sts, hops } = spec;
  const [first, ...rest] = hops;
  if (spec.source === 'workload') {
    return {
      source: 'workload',
      ...(spec.profile !== undefined && { profile: spec.profile }),
      ...(first && { role: sessionOf(first) }),
      ...{ chain: rest.map(sessionOf), sts, usesClaims: usesClaims(spec) },
    };
  }
  const { arn, ...parameters } = sessionOf(first ?? { arn: '' });
  const { roleOfTeam } = first ?? {};
  const mappings = Object.entries(roleOfTeam ?? {}).map(([equals, roleArn]) => ({ claim: 'team', equals, roleArn }));
  return {
    source: 'caller',
    role: roleOfTeam === undefined ? { arn, ...parameters } : { mappings, ...parameters },
    ...{ chain: rest.map(sessionOf), sts, cacheScope: spec.cacheScope, usesClaims: usesClaims(spec) },
  };
}

function sessionOf({ roleOfTeam: _, sessionName, sourceIdentity, tags, ...rest }: HopSpec): RoleSession {
  const template = (text: string): NonNullable<SessionParameters['sessionName']> => {
    const parsed = parseTemplate(text);
    if (parsed === undefined) throw new Error(`no template: ${text}`);
    return parsed;
  };
  return {
    ...(sessionName !== undefined && { sessionName: template(sessionName) }),
    ...(sourceIdentity !== undefined && { sourceIdentity: template(sourceIdentity) }),
    ...(tags && { tags: tags.map(([key, value]) => [key, template(value)] as const) }),
    ...rest,
  };
}
