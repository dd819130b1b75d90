/** A canonical request, taken apart. */
export interface CanonicalLines {
  method: string;
  path: string;
  query: string;
  /** In the order in which they stand. */
  headers: ReadonlyMap<string, string>;
  signedHeaders: string;
  payloadHash: string;
}

/** A string to sign, taken apart. */
export interface StringToSignLines {
  algorithm: string;
  /** `YYYYMMDDTHHMMSSZ` */
  timestamp: string;
  scope: string;
  /** Of the canonical request, lower-case hex. */
  hash: string;
}

/**
 * Reads a canonical request, also one that lost its blank lines or gained blanks at its ends when it was copied.
 * Undefined where the text is none.
 */
export function parseCanonicalRequest(text: string): CanonicalLines | undefined {
  const lines = text
    .replace(/\r\n/g, '\n')
    .replace(/^\n+|\s+$/g, '')
    .split('\n');
  const [method = '', path = ''] = lines;
  const payloadHash = lines.at(-1)?.trim() ?? '';
  const signedHeaders = lines.at(-2)?.trim() ?? '';
  if (lines.length < 5 || !/^[A-Za-z]+ *$/.test(method) || !/^[^:\s]+$/.test(signedHeaders)) return undefined;

  // No encoded query holds a colon, so a third line with one is a header, and the empty query got lost.
  const hasQuery = !(lines[2] ?? '').includes(':');
  const headers = new Map<string, string>();
  for (const line of lines.slice(hasQuery ? 3 : 2, -2)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1));
  }
  return { method: method.trim(), path, query: hasQuery ? (lines[2] ?? '') : '', headers, signedHeaders, payloadHash };
}

/** Undefined where the text is no string to sign. */
export function parseStringToSign(text: string): StringToSignLines | undefined {
  const [algorithm, timestamp, scope, hash] = text.trim().split(/\s*\n\s*/);
  if (!algorithm?.startsWith('AWS4-') || !timestamp || !scope || !hash) return undefined;
  return { algorithm, timestamp, scope, hash };
}

/** The moment of `YYYYMMDDTHHMMSSZ`, or undefined. */
export function momentOf(amzDate: string | undefined): Date | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(amzDate ?? '') ?? [];
  if (year === undefined) return undefined;
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(moment.getTime()) ? undefined : moment;
}
