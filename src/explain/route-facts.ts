import type { SigningConfig } from '../config/index.ts';
import type { Fact } from './report.ts';

type Field = Parameters<SigningConfig['origins']['get']>[0];

/** What a route's config comes to, and which layer each part is from. */
export function routeFacts(config: SigningConfig): Fact[] {
  const { rules, identity } = config;
  const from = (...fields: Field[]) => fields.map((field) => config.origins.get(field)).find((origin) => origin);
  const fact = (name: string, value: string, ...fields: Field[]): Fact => {
    const origin = from(...fields);
    return { name, value, ...(origin && { from: origin }) };
  };
  const facts = [
    fact('region', config.region, 'aws_region'),
    fact('service', config.service, 'aws_service'),
    fact('algorithm', config.algorithm, 'signing_algorithm'),
    fact('identity', identityText(config), 'aws_assume_role_arn', 'aws_account_id', 'credential_source'),
    fact('host', targetText(config), 'override_target_host', 'sign_host', 'use_altered_target'),
    fact('path', pathText(rules), 'path_encoding', 'path_normalization'),
    fact('payload', payloadText(config), 'payload'),
    fact('signature', placementText(config), 'sign_query'),
  ];
  if (config.signedHeaders.size > 0) {
    facts.push(fact('also signed', [...config.signedHeaders].join(', '), 'signed_headers'));
  }
  if (identity.source === 'caller') facts.push(fact('token from', config.callerToken.header, 'auth_header'));
  return facts;
}

function identityText({ identity: { source, role, chain } }: SigningConfig): string {
  const first = role && ('arn' in role ? role.arn : 'the role that role_mappings gives');
  const roles = [...(first ? [first] : []), ...chain.map(({ arn }) => arn)].join(', then ');
  if (source === 'caller') return `the caller's own, by its token, as ${roles}`;
  return roles === '' ? "the workload's own" : `the workload's, as ${roles}`;
}

function targetText({ target }: SigningConfig): string {
  switch (target.kind) {
    case 'override':
      return `${target.authority}, set and signed`;
    case 'sign-host':
      return `${target.authority}, signed; Envoy's route has to set it`;
    case 'keep':
      return "the client's, signed as it is";
  }
}

function pathText({ pathEncoding, pathNormalization }: SigningConfig['rules']): string {
  const normalised = pathNormalization ? 'dots and double slashes resolved' : 'dots and double slashes kept';
  return `${normalised}, ${pathEncoding === 'single' ? 'decoded and strictly encoded' : 'encoded once more'}`;
}

function payloadText({ payload, trailerChecksum }: SigningConfig): string {
  return trailerChecksum === undefined ? payload : `${payload}, with a checksum: ${trailerChecksum}`;
}

function placementText({ queryExpiresSeconds }: SigningConfig): string {
  return queryExpiresSeconds === undefined ? 'in headers' : `in the query, good for ${queryExpiresSeconds} s`;
}
