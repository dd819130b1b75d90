import type { SigningCase } from './cases.ts';

/** The smallest case that still fails, of those that one comes to by taking parts away, one at a time. */
export async function shrink(failing: SigningCase, fails: (c: SigningCase) => Promise<boolean>): Promise<SigningCase> {
  let smallest = failing;
  for (;;) {
    const smaller = await firstThatFails(smallerCases(smallest), fails);
    if (smaller === undefined) return smallest;
    smallest = smaller;
  }
}

async function firstThatFails(
  cases: Iterable<SigningCase>,
  fails: (c: SigningCase) => Promise<boolean>,
): Promise<SigningCase | undefined> {
  for (const candidate of cases) if (await fails(candidate)) return candidate;
  return undefined;
}

function* smallerCases(whole: SigningCase): Iterable<SigningCase> {
  const { request, parameters, credentials } = whole;
  const questionMark = request.path.indexOf('?');
  const path = questionMark < 0 ? request.path : request.path.slice(0, questionMark);
  const query = questionMark < 0 ? '' : request.path.slice(questionMark);
  if (query !== '') yield { ...whole, request: { ...request, path } };
  if (path !== '/') yield { ...whole, request: { ...request, path: `/${query}` } };
  for (const headers of without(request.headers)) yield { ...whole, request: { ...request, headers } };
  if (parameters.signedHeaders.size > 0) yield { ...whole, parameters: { ...parameters, signedHeaders: new Set() } };
  const { sessionToken, ...lasting } = credentials;
  if (sessionToken !== undefined) yield { ...whole, credentials: lasting };
  for (const pairs of without(query.slice(1).split('&'))) {
    if (pairs.length > 0) yield { ...whole, request: { ...request, path: `${path}?${pairs.join('&')}` } };
  }
  for (const segments of without(path.slice(1).split('/'))) {
    if (segments.length > 0) yield { ...whole, request: { ...request, path: `/${segments.join('/')}${query}` } };
  }
  for (const characters of without([...request.path.slice(1)])) {
    yield { ...whole, request: { ...request, path: `/${characters.join('')}` } };
  }
}

/** A list with one of its items left out, for each of them. */
function without<T>(items: readonly T[]): T[][] {
  return items.map((_, index) => items.toSpliced(index, 1));
}
