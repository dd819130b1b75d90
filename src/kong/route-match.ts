import type { Findings } from './findings.ts';
import type { KongRoute } from './model.ts';
import type { KongPath } from './path-rewrite.ts';
import { asFullMatch, escaped, toRe2 } from './regex.ts';
import { precedenceOf } from './route-order.ts';

/** One path of a Kong route as Envoy matches it. */
export interface RouteMatch {
  path: KongPath;
  /** Of the matches for a request, Kong takes the highest. */
  precedence: readonly number[];
  /** `config.route.v3.RouteMatch`. */
  match: Record<string, unknown>;
}

/** Envoy refuses regular expressions of more than 100 instructions (`re2.max_program_size.error_level`). */
const LONG_REGEX = 60;

/** With Kong before 3.0 a path that has other characters than these is a regular expression. */
const PLAIN_PATH = /^[A-Za-z0-9\-._~/%]*$/;

/** What an Envoy route cannot ask for. */
const UNCARRIED = ['expression', 'snis', 'sources', 'destinations'] as const;

/** The matches of a route, one for each of its paths; none where a condition would be lost, which would open the route. */
export function matchesOf(route: KongRoute, tildePaths: boolean, findings: Findings): RouteMatch[] {
  const lost = UNCARRIED.filter((field) => (route.raw[field]?.length ?? 0) > 0);
  for (const field of lost) {
    findings.error(`${route.at}.${field}`, 'has no counterpart in an Envoy route: the route is left out');
  }
  const headers = headerMatchers(route, findings);
  if (lost.length > 0 || !headers) return [];
  const paths = route.raw.paths?.length ? route.raw.paths : ['/'];
  return paths.flatMap((text, index) => {
    const at = `${route.at}.paths[${index}]`;
    const path = pathOf(text, tildePaths, at, findings);
    if (!path) return [];
    const match = path.kind === 'prefix' ? { prefix: path.prefix } : { safe_regex: regexOf(path.regex, at, findings) };
    const precedence = precedenceOf(route.raw, path, tildePaths);
    return [{ path, precedence, match: { ...match, ...(headers.length > 0 && { headers }) } }];
  });
}

function pathOf(text: string, tildePaths: boolean, at: string, findings: Findings): KongPath | undefined {
  const isRegex = tildePaths ? text.startsWith('~') : !PLAIN_PATH.test(text);
  if (!isRegex) {
    if (/%|[^ -~]/.test(text)) {
      findings.note(at, 'Kong compares it with the decoded path; Envoy with the path as it was sent');
    }
    return { kind: 'prefix', prefix: text };
  }
  const translated = toRe2(tildePaths ? text.slice(1) : text);
  if ('regex' in translated) return { kind: 'regex', regex: translated.regex };
  findings.error(at, `${translated.problem}: the path is left out`);
  return undefined;
}

function regexOf(regex: string, at: string, findings: Findings): { regex: string } {
  if (regex.length > LONG_REGEX) {
    findings.note(at, 'Envoy takes regular expressions of at most 100 instructions (re2.max_program_size.error_level)');
  }
  return { regex: asFullMatch(regex) };
}

/** @returns undefined where a header's condition cannot be written */
function headerMatchers({ raw, at }: KongRoute, findings: Findings): object[] | undefined {
  const matchers: object[] = [];
  const methods = raw.methods ?? [];
  if (methods.length > 0) matchers.push({ name: ':method', string_match: oneOf(methods) });
  for (const [name, values] of Object.entries(raw.headers ?? {})) {
    const [first = ''] = values;
    if (!first.startsWith('~*')) {
      // Kong compares in lower case.
      const exact = values.length === 1 ? { exact: first, ignore_case: true } : oneOf(values, '(?i)');
      matchers.push({ name, string_match: exact });
      continue;
    }
    const translated = toRe2(first.slice(2));
    if ('problem' in translated) {
      findings.error(`${at}.headers.${name}`, `${translated.problem}: the route is left out`);
      return undefined;
    }
    matchers.push({ name, string_match: { safe_regex: { regex: `(?i).*(?:${translated.regex}).*` } } });
  }
  return matchers;
}

function oneOf(values: readonly string[], flags = ''): object {
  if (values.length === 1) return { exact: values[0] };
  return { safe_regex: { regex: `${flags}${values.map(escaped).join('|')}` } };
}
