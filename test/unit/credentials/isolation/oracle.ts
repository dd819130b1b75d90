import { cleanSessionName } from '../../../../src/config/index.ts';
import type { HopSpec, IdentitySpec } from './specs.ts';

/** A caller's token, as its text and as what it says. */
export interface Token {
  readonly text: string;
  readonly sub: string;
  readonly team: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** STS and the token check refuse it, whatever it says. */
  readonly forged: boolean;
}

/** A request, as far as it decides whose credentials it must get. */
export interface Ask {
  readonly spec: IdentitySpec;
  readonly token: Token | undefined;
  readonly headerTeam: string;
  readonly routeName: string;
}

/** What STS is to be asked for on one hop: the parameters of the API, by their names. */
export type StsRequest = Readonly<Record<string, unknown>>;

/**
 * The exchanges that yield a request's credentials, rendered by other code than the signer's; undefined where the token
 * lacks what they need.
 */
export function expectedExchanges(ask: Ask): StsRequest[] | undefined {
  const requests = ask.spec.hops.map((hop) => exchangeOf(hop, ask));
  return requests.every((request) => request !== undefined) ? requests : undefined;
}

function exchangeOf(hop: HopSpec, ask: Ask): StsRequest | undefined {
  const arn = hop.roleOfTeam === undefined ? hop.arn : hop.roleOfTeam[ask.token?.team ?? ''];
  if (arn === undefined) return undefined;
  const name = hop.sessionName === undefined ? arn.slice(arn.lastIndexOf('/') + 1) : render(hop.sessionName, ask);
  const source = hop.sourceIdentity === undefined ? '' : render(hop.sourceIdentity, ask);
  const tags = hop.tags?.map(([Key, value]) => ({ Key, Value: render(value, ask) }));
  if (name === undefined || source === undefined || tags?.some(({ Value }) => Value === undefined)) return undefined;
  if (source !== '' && !/^[A-Za-z0-9_+=,.@-]{2,64}$/.test(source)) return undefined;
  if (tags?.some(({ Value = '' }) => !/^[A-Za-z0-9 _.:/=+@-]*$/.test(Value))) return undefined;
  return {
    RoleArn: arn,
    RoleSessionName: cleanSessionName(name),
    ...(hop.durationSeconds !== undefined && { DurationSeconds: hop.durationSeconds }),
    ...(hop.policy !== undefined && { Policy: hop.policy }),
    ...(hop.policyArns && { PolicyArns: hop.policyArns.map((policyArn) => ({ arn: policyArn })) }),
    ...(hop.externalId !== undefined && { ExternalId: hop.externalId }),
    ...(source !== '' && { SourceIdentity: source }),
    ...(tags && { Tags: tags }),
    ...(hop.transitiveTagKeys && { TransitiveTagKeys: hop.transitiveTagKeys }),
  };
}

function render(text: string, { token, headerTeam, routeName }: Ask): string | undefined {
  const values: Record<string, string | undefined> = {
    '{claim.sub}': token?.sub,
    '{claim.team}': token?.team,
    '{header.x-team}': headerTeam,
    '{route_name}': routeName,
  };
  let rendered = text;
  for (const [placeholder, value] of Object.entries(values)) {
    if (!text.includes(placeholder)) continue;
    if (value === undefined) return undefined;
    rendered = rendered.replaceAll(placeholder, value);
  }
  return rendered;
}

/** One text for requests that are the same, however they were put together. */
export function canonical(request: StsRequest): string {
  return JSON.stringify(Object.fromEntries(Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1))));
}
