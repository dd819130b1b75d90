import {
  cleanSessionName,
  type RoleSession,
  SESSION_TEXT,
  type SessionParameters,
  sessionNameOfRole,
  TAG_TEXT,
  type Template,
  type TemplatePart,
} from '../config/index.ts';
import { ConfigError, CredentialsError } from '../errors/index.ts';
import type { HeaderEntry } from '../signing/index.ts';
import { type Claims, claimText } from './claims.ts';

/** A role session as STS is asked for it: of a config's, with every placeholder filled. */
export interface SessionRequest {
  readonly arn: string;
  readonly sessionName: string;
  readonly durationSeconds?: number;
  readonly externalId?: string;
  readonly sourceIdentity?: string;
  readonly tags?: readonly (readonly [key: string, value: string])[];
  readonly transitiveTagKeys?: readonly string[];
  readonly policy?: string;
  readonly policyArns?: readonly string[];
}

/** What placeholders stand for. */
export interface TemplateValues {
  readonly claims?: Claims | undefined;
  readonly headers?: readonly HeaderEntry[] | undefined;
  readonly routeName?: string | undefined;
}

/**
 * Fills a session's placeholders. Session names are cleaned to what STS takes; a source identity or tag that STS would
 * not take is refused, as access may be decided by it.
 * @throws CredentialsError SIGV4_CLAIM_UNUSABLE; ConfigError where the route's name was not asked for
 */
export function sessionRequest(session: RoleSession, values: TemplateValues): SessionRequest {
  const { arn, sessionName, sourceIdentity, tags, ...rest } = session;
  return {
    arn,
    sessionName: sessionName === undefined ? sessionNameOfRole(arn) : cleanSessionName(filled(sessionName, values)),
    ...(sourceIdentity && { sourceIdentity: valid(filled(sourceIdentity, values), SESSION_TEXT, 'a source identity') }),
    ...(tags && {
      tags: tags.map(([key, value]) => [key, valid(filled(value, values), TAG_TEXT, 'a session tag')] as const),
    }),
    ...rest,
  };
}

/** Whether a session is the same for every request. */
export function isConstant({ sessionName = [], sourceIdentity = [], tags = [] }: SessionParameters): boolean {
  return [sessionName, sourceIdentity, ...tags.map(([, value]) => value)].flat().every(({ kind }) => kind === 'text');
}

function filled(template: Template, values: TemplateValues): string {
  return template.map((part) => textOf(part, values)).join('');
}

function textOf(part: TemplatePart, { claims, headers, routeName }: TemplateValues): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'claim':
      return present(claims && claimText(claims, part.path), 'the token lacks a claim that the role session needs');
    case 'header':
      return present(
        headers?.find(([name]) => name === part.name)?.[1],
        'the request lacks a header that the session name needs',
      );
    case 'route name':
      if (routeName) return routeName;
      throw new ConfigError(
        'SIGV4_CONFIG_INVALID',
        'signing config: {route_name} needs xds.route_name among the request_attributes, and a route with a name',
      );
  }
}

function present(text: string | undefined, otherwise: string): string {
  if (text !== undefined) return text;
  throw new CredentialsError('SIGV4_CLAIM_UNUSABLE', otherwise);
}

function valid(text: string, shape: RegExp, what: string): string {
  if (shape.test(text)) return text;
  throw new CredentialsError('SIGV4_CLAIM_UNUSABLE', `the token's claim cannot be used as ${what}`);
}
