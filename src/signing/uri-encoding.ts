const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_OR_SLASH = /^[A-Za-z0-9\-._~/]*$/;

const SLASH = 0x2f;

/** Each byte as AWS encodes it: unreserved characters bare, all else `%XX` in upper-case hex. */
const ENCODED_BYTE: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/**
 * AWS's UriEncode of a byte string, slash included.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function uriEncode(bytes: string): string {
  return UNRESERVED.test(bytes) ? bytes : encodeBytes(bytes, false);
}

/** The same for a path, whose slashes stay. */
export function uriEncodePath(bytes: string): string {
  return UNRESERVED_OR_SLASH.test(bytes) ? bytes : encodeBytes(bytes, true);
}

function encodeBytes(bytes: string, keepSlash: boolean): string {
  let encoded = '';
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes.charCodeAt(i) & 0xff;
    encoded += keepSlash && byte === SLASH ? '/' : ENCODED_BYTE[byte];
  }
  return encoded;
}

/** Percent-decodes to a byte string. A `%` that no two hex digits follow stands for itself. */
export function percentDecode(encoded: string): string {
  if (!encoded.includes('%')) return encoded;
  return encoded.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
