const JWT = /eyJ[\w-]+\.[\w-]*\.?[\w-]*/g;
const BEARER = /Bearer\s+[\w\-.~+/]+=*/gi;
const LONG_BASE64 = /[A-Za-z0-9+/_-]{60,}={0,2}/g;

/** A text of a third party's with whatever looks like a token struck out: STS and proxies echo what they were sent. */
export function struckOut(text: string): string {
  return text.replaceAll(JWT, '[redacted]').replaceAll(BEARER, '[redacted]').replaceAll(LONG_BASE64, '[redacted]');
}
