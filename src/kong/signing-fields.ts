import { DEFAULT_SERVER_CONFIG, METADATA_NAMESPACE, RouteConfigResolver } from '../config/index.ts';
import { ConfigError } from '../errors/index.ts';
import { partitionOf } from '../signing/index.ts';
import type { Findings } from './findings.ts';
import type { KongPlugin } from './model.ts';
import { namesPort, type Target } from './target.ts';

/** A route's metadata, as the namespace holds it. */
export type SigningFields = Readonly<Record<string, unknown>>;

/** The plugin's own fields, of all its versions up to 1.1.0, in the order of its schema. */
const PLUGIN_FIELDS = [
  'aws_region',
  'aws_service',
  'aws_assume_role_arn',
  'aws_account_id',
  'aws_assume_role_name',
  'override_target_host',
  'override_target_port',
  'override_target_protocol',
  'use_altered_target',
  'return_aws_sts_error',
  'sign_query',
  'auth_header',
  'preserve_auth_header',
  'preserve_auth_header_key',
] as const;

const KNOWN: ReadonlySet<string> = new Set(PLUGIN_FIELDS);
const ACCOUNT_DIGITS = 12;

/** A secret that Kong looks up as it runs, or a variable of the environment that decK fills in. */
const REFERENCE = /^\{vault:\/\/.*\}$|\$\{\{.*\}\}/s;

const resolver = new RouteConfigResolver(DEFAULT_SERVER_CONFIG);

/**
 * The plugin's config as route metadata with `compat: kong`, which the signer is known to take.
 * @returns undefined where it would not take it; the findings say why
 */
export function signingFieldsOf(plugin: KongPlugin, target: Target, findings: Findings): SigningFields | undefined {
  const at = `${plugin.at}.config`;
  const given = Object.fromEntries(Object.entries(plugin.config).filter(([, value]) => value !== null));
  for (const name of Object.keys(given)) {
    if (!KNOWN.has(name)) findings.error(`${at}.${name}`, 'is no field of the plugin: left out');
  }
  const references = PLUGIN_FIELDS.filter((name) => isReference(given[name]));
  for (const name of references) {
    findings.error(`${at}.${name}`, 'is a reference that Kong or decK resolves: put the value itself there');
  }
  if (references.length > 0) return undefined;

  const fields: Record<string, unknown> = { compat: 'kong' };
  for (const name of PLUGIN_FIELDS) {
    if (given[name] !== undefined) fields[name] = given[name];
  }
  if (fields.aws_account_id !== undefined) fields.aws_account_id = accountId(fields.aws_account_id, at, findings);
  addTarget(fields, target, at, findings);
  noteDifferences(fields, at, findings);
  return isTaken(fields, at, findings) ? fields : undefined;
}

/** Up to 1.0.8 a number, which has no leading zeros. */
function accountId(value: unknown, at: string, findings: Findings): unknown {
  if (typeof value !== 'number') return value;
  const text = String(value).padStart(ACCOUNT_DIGITS, '0');
  findings.note(`${at}.aws_account_id`, `is a number: taken as '${text}'`);
  return text;
}

/** Kong signs the service's host where none is given; Envoy would show the signer the host that the client asked for. */
function addTarget(fields: Record<string, unknown>, target: Target, at: string, findings: Findings): void {
  if (fields.use_altered_target === true) {
    findings.note(
      `${at}.use_altered_target`,
      "signs the host that Envoy's route sets: the host_rewrite_literal here; for a canary, that of each of the weighted_clusters",
    );
    return;
  }
  if (fields.override_target_host === undefined) fields.override_target_host = target.host;
  if (fields.override_target_port === undefined && namesPort(target)) fields.override_target_port = target.port;
}

function noteDifferences(fields: Record<string, unknown>, at: string, findings: Findings): void {
  const { aws_account_id: account, aws_region: region } = fields;
  const partition = typeof region === 'string' ? partitionOf(region) : 'aws';
  if (account !== undefined && partition !== 'aws') {
    findings.note(`${at}.aws_account_id`, `names a role of the partition ${partition}; Kong took aws for every region`);
  }
}

/** Asks the signer's own code. */
function isTaken(fields: SigningFields, at: string, findings: Findings): boolean {
  try {
    resolver.resolve({ initialMetadata: JSON.stringify(fields) });
    return true;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    findings.error(
      at,
      error.message.replace(/^signing config(?: \(route\))?: /, `as ${METADATA_NAMESPACE} metadata: `),
    );
    return false;
  }
}

function isReference(value: unknown): boolean {
  return typeof value === 'string' && REFERENCE.test(value);
}
