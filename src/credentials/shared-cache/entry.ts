import { z } from 'zod';
import type { ExpiringCredentials } from '../types.ts';

/** What is sealed. */
export interface Entry {
  credentials: ExpiringCredentials & { readonly expiresAt: number };
  /** An end that is not in the credentials, in milliseconds since the epoch; Infinity for none. */
  keepUntil: number;
}

const contentSchema = z.strictObject({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  expiresAt: z.number(),
  keepUntil: z.number().nullable(),
});

export function encodeEntry({ credentials, keepUntil }: Entry): Buffer {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
  // JSON has no Infinity.
  const end = Number.isFinite(keepUntil) ? keepUntil : null;
  const content: z.infer<typeof contentSchema> = { accessKeyId, secretAccessKey, expiresAt, keepUntil: end };
  return Buffer.from(JSON.stringify(sessionToken === undefined ? content : { ...content, sessionToken }));
}

/** Undefined for what is no entry. */
export function decodeEntry(plain: Buffer): Entry | undefined {
  let content: unknown;
  try {
    content = JSON.parse(plain.toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = contentSchema.safeParse(content);
  if (!parsed.success) return undefined;
  const { keepUntil, accessKeyId, secretAccessKey, sessionToken, expiresAt } = parsed.data;
  return {
    credentials: {
      ...{ accessKeyId, secretAccessKey, expiresAt },
      ...(sessionToken !== undefined && { sessionToken }),
    },
    keepUntil: keepUntil ?? Number.POSITIVE_INFINITY,
  };
}
