import { InputError } from './client-request.ts';

/** One word, or the blank between two. The order of the alternatives matters. */
const PIECE =
  /(?<blank>(?:[ \t\r\n]|\\\r?\n)+)|'(?<single>[^']*)'|\$'(?<ansi>(?:[^'\\]|\\[\s\S])*)'|"(?<double>(?:[^"\\]|\\[\s\S])*)"|\\(?<escaped>[\s\S])|(?<variable>\$(?:\w+|\{[^}]*\}|\([^)]*\))|`[^`]*`)|(?<operator>[|;&<>()])|(?<open>['"])|(?<plain>[^\s'"\\|;&<>()`$]+|[$`\\])/gy;

/**
 * Splits a command line as a POSIX shell does, `$'…'` included, as browsers write it when they copy a request as curl.
 * @throws InputError on an open quote, an operator, or a variable that only a shell can fill in
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const { groups = {} } of line.trim().matchAll(PIECE)) {
    const { blank, single, ansi, double, escaped, variable, operator, open, plain } = groups;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (open !== undefined) throw new InputError(`the curl line has an open ${open}`);
    if (variable !== undefined) throw unfilled(variable);
    if (operator !== undefined) {
      throw new InputError(`the curl line has an unquoted ${operator}, where a shell would end the command`);
    }
    word =
      (word ?? '') +
      (single ?? escaped ?? plain ?? (ansi === undefined ? inDoubleQuotes(double ?? '') : unescaped(ansi)));
  }
  if (word !== undefined) words.push(word);
  return words;
}

function inDoubleQuotes(text: string): string {
  const variable = /(?<!\\)(?:\\\\)*(\$(?:\w+|\{[^}]*\}|\([^)]*\))|`[^`]*`)/.exec(text)?.[1];
  if (variable !== undefined) throw unfilled(variable);
  return text.replace(/\\\r?\n/g, '').replace(/\\([$`"\\])/g, '$1');
}

/** The escapes of `$'…'`. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|x([0-9A-Fa-f]{1,2})|([\s\S]))/g,
    (_, short, long, hex, letter) => {
      const code: string | undefined = short ?? long ?? hex;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      return LETTERS[letter as string] ?? letter;
    },
  );
}

const LETTERS: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b', f: '\f', v: '\v', e: '\x1b' };

function unfilled(variable: string): InputError {
  return new InputError(
    `the curl line holds ${variable}, which only a shell fills in: put a value there (of a token, any will do)`,
  );
}
