import { z } from 'zod';
import { hasPlaceholder, literalText, parseTemplate } from './template.ts';

/** Roles need not be AWS's own: MinIO's are `arn:minio:iam:::role/…`, Ceph's name a tenant as account. */
export const roleArn = z
  .string()
  .max(2048)
  .regex(/^arn:[a-z0-9-]+:iam:[a-z0-9-]*:[A-Za-z0-9-]*:role\/[\w+=,.@/-]+$/, "must be an IAM role's ARN");

/** A whole session name or source identity. */
export const SESSION_TEXT = /^[\w+=,.@-]{2,64}$/;
/** A whole tag value. */
export const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

const SESSION_CHARACTERS = /^[\w+=,.@-]*$/;
/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
const TAG_CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

interface TextRule {
  characters: RegExp;
  shortest: number;
  longest: number;
  /** Whether `{header.…}` may stand in it: a client writes its headers as it likes. */
  headers: boolean;
  says: string;
}

const SESSION_NAME: TextRule = {
  characters: SESSION_CHARACTERS,
  shortest: 2,
  longest: 64,
  headers: true,
  says: 'must be 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -',
};
const SOURCE_IDENTITY: TextRule = { ...SESSION_NAME, headers: false };
const TAG_VALUE: TextRule = {
  characters: TAG_CHARACTERS,
  shortest: 0,
  longest: 256,
  headers: false,
  says: 'must be at most 256 letters, digits, blanks and _ . : / = + - @',
};

/** A text that may hold placeholders; what is known of it before any request must be what AWS takes. */
function template(rule: TextRule) {
  return z.string().superRefine((text, context) => {
    const parsed = parseTemplate(text);
    const problem = (message: string) => context.addIssue({ code: 'custom', message });
    if (parsed === undefined)
      return problem('has a brace that belongs to none of {claim.NAME}, {route_name}, {header.NAME}');
    if (!rule.headers && hasPlaceholder(parsed, 'header'))
      return problem('must not be made of {header.…}: only session names may');
    const known = literalText(parsed);
    const tooShort = !hasPlaceholder(parsed) && known.length < rule.shortest;
    if (tooShort || known.length > rule.longest || !rule.characters.test(known)) problem(rule.says);
  });
}

const tagKey = z
  .string()
  .min(1)
  .max(128)
  .regex(TAG_CHARACTERS, 'must be a tag key')
  .refine((key) => !/^aws:/i.test(key), 'must not begin with aws:');

const MOST_TAGS = 50;

const sessionTags = z
  .record(tagKey, template(TAG_VALUE))
  .refine((tags) => Object.keys(tags).length <= MOST_TAGS, `must hold at most ${MOST_TAGS} tags`)
  .refine(
    (tags) => new Set(Object.keys(tags).map((key) => key.toLowerCase())).size === Object.keys(tags).length,
    'must not hold keys that differ in case alone',
  );

const policy = z
  .string()
  .min(1)
  .max(2048)
  .refine((text) => isJsonObject(text), 'must be a policy document in JSON, of at most 2048 characters');

/**
 * The parameters of one role session, within AWS's limits.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
export const SESSION_FIELDS = {
  session_name: template(SESSION_NAME),
  duration_seconds: z.int().min(900).max(43_200),
  external_id: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, 'must be 2 to 1224 of the characters A-Z a-z 0-9 _ + = , . @ : / -'),
  source_identity: template(SOURCE_IDENTITY),
  session_tags: sessionTags,
  transitive_tag_keys: z.array(tagKey).max(MOST_TAGS),
  policy,
  policy_arns: z
    .array(
      z
        .string()
        .max(2048)
        .regex(/^arn:[a-z0-9-]+:iam::[A-Za-z0-9-]*:policy\/[\w+=,.@/-]+$/, "must be a managed policy's ARN"),
    )
    .max(10),
};

/** AWS caps sessions of chained roles at an hour. */
export const LONGEST_CHAINED_SECONDS = 3600;

export const assumeRoleChain = z.array(z.strictObject({ role_arn: roleArn, ...optional(SESSION_FIELDS) })).max(10);

function optional<S extends Record<string, z.ZodType>>(fields: S): { [K in keyof S]: z.ZodOptional<S[K]> } {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema.optional()])) as never;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
