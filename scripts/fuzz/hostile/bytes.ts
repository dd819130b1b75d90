import type { Prng } from '../../../test/support/prng.ts';

/** Texts, one character a byte, that parsers trip over. */
const TRAPS = [
  ...[
    '',
    ' ',
    '\t',
    '\r\n',
    '\n',
    '\0',
    '\u007f',
    '\u00ff',
    '\u00c3',
    '\u00c3\u00a9',
    '\u00f0\u009f\u0098\u0080',
    '%',
    '%%',
    '%zz',
  ],
  ...[
    '%00',
    '%0d%0a',
    '%2F',
    '%2f',
    '%c0%af',
    '%25',
    '+',
    '&',
    '&&',
    '=',
    '==',
    '?',
    '??',
    '#',
    ';',
    ',',
    ':',
    '://',
    '//',
    '\\',
  ],
  ...[
    '.',
    '..',
    '/../',
    '/..;/',
    '__proto__',
    'constructor',
    'toString',
    '{}',
    '[]',
    '"',
    "'",
    '`',
    '<',
    '$(x)',
    '-1',
    '1e309',
  ],
  ...[
    'X-Amz-Signature',
    'AWS4-HMAC-SHA256 ',
    'Bearer ',
    'UNSIGNED-PAYLOAD',
    'STREAMING-',
    'aws-chunked',
    '18446744073709551616',
  ],
];

/** Any bytes; most often a few, made of traps and noise. */
export function hostileBytes(random: Prng, most = 6): string {
  let bytes = '';
  for (let left = random.int(most + 1); left > 0; left--) bytes += piece(random);
  return bytes;
}

function piece(random: Prng): string {
  if (random.chance(0.5)) return random.pick(TRAPS);
  if (random.chance(0.6)) return random.pick(['a', 'Bc', '0', 'x-amz-', 'value', '~']);
  return String.fromCharCode(random.int(256));
}

/** A text that is nothing but one thing, very often: what quadratic code is slow at. */
export function longBytes(random: Prng, length: number): string {
  const unit = random.pick(TRAPS) || 'a';
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

/** A text with a few of its characters changed, taken out, doubled or cut off. */
export function damaged(random: Prng, text: string): string {
  let result = text;
  for (let left = 1 + random.int(3); left > 0; left--) {
    const at = random.int(result.length + 1);
    const [before, after] = [result.slice(0, at), result.slice(at)];
    switch (random.int(5)) {
      case 0:
        result = before + after.slice(1 + random.int(4));
        break;
      case 1:
        result = before + piece(random) + after;
        break;
      case 2:
        result = before + piece(random) + after.slice(1);
        break;
      case 3:
        result = before;
        break;
      default:
        result = before + after.slice(0, 20) + after;
    }
  }
  return result;
}

/** RFC 9110 §5.6.2. */
export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** A text without the bytes that no HTTP message may hold in its head. */
export function withoutControls(bytes: string): string {
  return [...bytes].filter((byte) => !isControl(byte)).join('');
}

export function holdsControls(bytes: string): boolean {
  return [...bytes].some(isControl);
}

function isControl(byte: string): boolean {
  return (byte < ' ' && byte !== '\t') || byte === '\u007f';
}
