import { Char } from './chars.ts';
import type { TextScanner } from './scanner.ts';

/** Reads `: "…"`. */
export function readString(scanner: TextScanner): string {
  scanner.expect(Char.colon);
  return scanner.string();
}

/** Reads `: <number>`, a finite decimal; `inf` and `nan` have no place in JSON and are refused. */
export function readNumber(scanner: TextScanner): number {
  scanner.expect(Char.colon);
  const negative = scanner.accept(Char.minus);
  const scalar = scanner.scalar();
  const value = decimal(scalar);
  if (!Number.isFinite(value)) scanner.fail('a finite decimal number', scanner.position - scalar.length);
  return negative ? -value : value;
}

/** Reads `: true` or `: false`, in any of the spellings that protobuf's own parsers take. */
export function readBool(scanner: TextScanner): boolean {
  scanner.expect(Char.colon);
  const scalar = scanner.scalar();
  switch (scalar) {
    case 'true':
    case 'True':
    case 't':
    case '1':
      return true;
    case 'false':
    case 'False':
    case 'f':
    case '0':
      return false;
    default:
      return scanner.fail("'true' or 'false'", scanner.position - scalar.length);
  }
}

/** Reads `: NULL_VALUE`, or the enum's number. */
export function readNull(scanner: TextScanner): null {
  scanner.expect(Char.colon);
  const scalar = scanner.scalar();
  if (scalar !== 'NULL_VALUE' && scalar !== '0') scanner.fail('NULL_VALUE', scanner.position - scalar.length);
  return null;
}

const ZERO = 0x30;
const NINE = 0x39;

/** `Number()`, narrowed to the text format's float literals: decimal, no leading zero or sign, `f` may follow. */
function decimal(scalar: string): number {
  const last = scalar.charCodeAt(scalar.length - 1) | 0x20;
  const digits = last === 0x66 ? scalar.slice(0, -1) : scalar;
  const first = digits.charCodeAt(0);
  const second = digits.charCodeAt(1);
  if (first === ZERO && second >= ZERO && second <= NINE) return Number.NaN;
  if (first !== Char.dot && !(first >= ZERO && first <= NINE)) return Number.NaN;
  for (let at = 1; at < digits.length; at++) {
    const code = digits.charCodeAt(at);
    const exponent = (code | 0x20) === 0x65 || code === Char.plus || code === Char.minus;
    if (!exponent && code !== Char.dot && !(code >= ZERO && code <= NINE)) return Number.NaN;
  }
  return Number(digits);
}
