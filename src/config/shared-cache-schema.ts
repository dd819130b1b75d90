import { z } from 'zod';

/** Where a secret is; `field` is its place in the server's file, for messages. */
export interface SecretSource {
  readonly field: string;
  readonly from: 'file' | 'environment';
  /** The file's path, or the variable's name. */
  readonly name: string;
}

/** `cache.shared` of the server's file: credentials shared by replicas in Valkey or Redis. */
export interface SharedCacheConfig {
  /** `redis:`, `rediss:` or `unix:`, without user and password. */
  readonly url: string;
  readonly username?: string;
  readonly password?: SecretSource;
  /** The first encrypts, all decrypt. */
  readonly keys: readonly [SecretSource, ...SecretSource[]];
  /** For each exchange with Redis, in milliseconds. */
  readonly timeoutMs: number;
  /** How long one replica may load while others wait, in milliseconds. */
  readonly lockMs: number;
  readonly caFile?: string;
}

export const SHARED_CACHE_FIELD = 'cache.shared';

const DEFAULT_TIMEOUT_SECONDS = 0.1;
/** Longer than `sts_timeout` by default. */
const DEFAULT_LOCK_SECONDS = 5;

const name = z.string().min(1);

const fieldsSchema = z.strictObject({
  url: z.string(),
  username: name.optional(),
  password_file: name.optional(),
  password_env: name.optional(),
  key_file: name.optional(),
  key_env: name.optional(),
  previous_key_files: z.array(name).optional(),
  previous_key_envs: z.array(name).optional(),
  timeout: z.number().min(0.01).max(5).default(DEFAULT_TIMEOUT_SECONDS),
  lock: z.number().min(0.1).max(60).default(DEFAULT_LOCK_SECONDS),
  ca_file: name.optional(),
});

type Fields = z.infer<typeof fieldsSchema>;

/** The shape of `cache.shared`; gives a {@link SharedCacheConfig}. */
export const sharedCacheSchema = fieldsSchema
  .superRefine((fields, context) => {
    const problem = (field: keyof Fields, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    const urlProblem = problemOfUrl(fields.url);
    if (urlProblem !== undefined) problem('url', urlProblem);
    if (fields.key_file === undefined && fields.key_env === undefined) {
      problem('key_file', 'is required, or key_env in its place');
    }
    if (fields.key_file !== undefined && fields.key_env !== undefined) {
      problem('key_env', 'must not stand beside key_file');
    }
    const passwords = [fields.password_file, fields.password_env].filter((source) => source !== undefined).length;
    if (passwords > 1) problem('password_env', 'must not stand beside password_file');
    if (passwords === 0 && fields.username !== undefined) {
      problem('username', 'needs password_file or password_env beside it');
    }
    if (fields.ca_file !== undefined && urlProblem === undefined && !fields.url.startsWith('rediss:')) {
      problem('ca_file', 'needs a url with rediss:');
    }
  })
  .transform((fields): SharedCacheConfig => {
    const [first, ...previous] = [
      ...sources('key_file', 'file', fields.key_file),
      ...sources('key_env', 'environment', fields.key_env),
      ...sources('previous_key_files', 'file', fields.previous_key_files),
      ...sources('previous_key_envs', 'environment', fields.previous_key_envs),
    ];
    if (first === undefined) throw new TypeError('a shared cache without a key');
    const [password] = [
      ...sources('password_file', 'file', fields.password_file),
      ...sources('password_env', 'environment', fields.password_env),
    ];
    return {
      url: fields.url,
      ...(fields.username !== undefined && { username: fields.username }),
      ...(password !== undefined && { password }),
      keys: [first, ...previous],
      timeoutMs: Math.round(fields.timeout * 1000),
      lockMs: Math.round(fields.lock * 1000),
      ...(fields.ca_file !== undefined && { caFile: fields.ca_file }),
    };
  });

function sources(field: keyof Fields, from: SecretSource['from'], names: string | string[] | undefined) {
  if (names === undefined) return [];
  const at = `${SHARED_CACHE_FIELD}.${field}`;
  if (typeof names === 'string') return [{ field: at, from, name: names }];
  return names.map((each, index): SecretSource => ({ field: `${at}[${index}]`, from, name: each }));
}

function problemOfUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const shape = 'must be redis://host:port, rediss://host:port (each with /database at will) or unix:/path';
  if (url === undefined || !['redis:', 'rediss:', 'unix:'].includes(url.protocol)) return shape;
  if (url.username !== '' || url.password !== '') {
    return 'must not hold a user or a password: username and password_file or password_env are for these';
  }
  if (url.search !== '' || url.hash !== '') return shape;
  const isSound =
    url.protocol === 'unix:'
      ? url.hostname === '' && url.pathname.length > 1 && url.pathname.startsWith('/')
      : url.hostname !== '' && /^(\/\d{0,5})?$/.test(url.pathname);
  return isSound ? undefined : shape;
}
