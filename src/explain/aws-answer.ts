import { toBytes } from './client-request.ts';

/** What AWS said of a request that it refused; texts of its canonical form hold one byte per character. */
export interface AwsAnswer {
  /** Without the namespace before it, such as `InvalidSignatureException`. */
  code?: string;
  message?: string;
  canonicalRequest?: string;
  stringToSign?: string;
  signatureProvided?: string;
  accessKeyId?: string;
  /** Other fields of the answer, such as S3's Region and ServerTime. */
  fields: ReadonlyMap<string, string>;
}

/**
 * Reads an error answer of AWS, as a body or with its status line and headers before it: S3's and the query protocol's
 * XML, the JSON protocols' and API Gateway's JSON, and what SDKs print of them.
 */
export function parseAwsAnswer(text: string): AwsAnswer {
  const fields = new Map([...headerFields(text), ...(text.includes('</') ? xmlFields(text) : jsonFields(text))]);
  const field = (...names: string[]) => names.map((name) => fields.get(name)).find((value) => value !== undefined);
  const message = field('message') ?? (fields.size === 0 ? text.trim() : undefined);
  const embedded = embeddedForms(message ?? text);
  const code = field('code', '__type', 'x-amzn-errortype') ?? /\b(\w+Exception)\b/.exec(text)?.[1];
  const canonicalRequest =
    fromHex(field('canonicalrequestbytes')) ?? bytesOf(field('canonicalrequest')) ?? embedded.canonicalRequest;
  const stringToSign = bytesOf(field('stringtosign')) ?? embedded.stringToSign;
  const signatureProvided = field('signatureprovided')?.trim();
  const accessKeyId = field('awsaccesskeyid')?.trim();
  return {
    ...(code !== undefined && { code: withoutNamespace(code) }),
    ...(message !== undefined && { message: message.split(/\n\s*\nThe (?:Canonical String|String-to-Sign)/)[0] ?? '' }),
    ...(canonicalRequest && { canonicalRequest }),
    ...(stringToSign && { stringToSign }),
    ...(signatureProvided && { signatureProvided }),
    ...(accessKeyId && { accessKeyId }),
    fields,
  };
}

function withoutNamespace(code: string): string {
  return code
    .trim()
    .replace(/^.*#/, '')
    .replace(/[:,].*$/, '');
}

/** `x-amzn-errortype` of an answer that was copied with its headers. */
function headerFields(text: string): [string, string][] {
  const type = /^x-amzn-errortype:[ \t]*(\S+)/im.exec(text)?.[1];
  return type === undefined ? [] : [['x-amzn-errortype', type]];
}

function xmlFields(text: string): [string, string][] {
  return [...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [
    name.toLowerCase(),
    unescapeXml(value),
  ]);
}

function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (entity, hex, decimal, name) => {
    if (name !== undefined) return named[String(name).toLowerCase()] ?? entity;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
  });
}

function jsonFields(text: string): [string, string][] {
  const start = text.indexOf('{');
  const end = text.lastIndexOf('}');
  if (start < 0 || end < start) return [];
  try {
    const value = JSON.parse(text.slice(start, end + 1)) as Record<string, unknown>;
    return Object.entries(value).flatMap(([name, field]) =>
      typeof field === 'string' ? [[name.toLowerCase(), field] as [string, string]] : [],
    );
  } catch {
    return [];
  }
}

/** What services other than S3 write into their message. */
function embeddedForms(text: string): { canonicalRequest?: string; stringToSign?: string } {
  const plain = /should have been\s*\\n'/.test(text) ? text.replaceAll('\\n', '\n') : text;
  const canonical = /The Canonical String for this request should have been\s*'([\s\S]*?)'\s+The String-to-Sign/.exec(
    plain,
  );
  const toSign = /The String-to-Sign should have been\s*'([^']*)'/.exec(plain);
  return {
    ...(canonical?.[1] && { canonicalRequest: toBytes(canonical[1]) }),
    ...(toSign?.[1] && { stringToSign: toBytes(toSign[1]) }),
  };
}

/** S3 spells the canonical request out as hex bytes, too, which survive copying better than the text. */
function fromHex(bytes: string | undefined): string | undefined {
  const hex = bytes?.replace(/\s+/g, '');
  return hex && /^(?:[0-9a-f]{2})+$/i.test(hex) ? Buffer.from(hex, 'hex').toString('latin1') : undefined;
}

function bytesOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : toBytes(text.replace(/\r\n/g, '\n').replace(/^\n+|\s+$/g, ''));
}
