import type { HeaderEntry } from '../signing/index.ts';
import type { PreparedRequest } from './prepare.ts';

/**
 * A prepared request with some headers written and some taken away: both in what will be signed and in what Envoy is
 * told. A header that the client sent more than once is removed before it is set, as setting may replace only the first.
 */
export function changeHeaders(
  prepared: PreparedRequest,
  set: readonly HeaderEntry[],
  remove: readonly string[],
): PreparedRequest {
  const { headers } = prepared.request;
  const touched = new Set([...remove, ...set.map(([name]) => name)]);
  const timesSent = (name: string) => headers.filter((entry) => entry[0] === name).length;
  const removed = [
    ...remove.filter((name) => timesSent(name) > 0),
    ...set.map(([name]) => name).filter((name) => timesSent(name) > 1),
  ];
  return {
    request: { ...prepared.request, headers: [...headers.filter(([name]) => !touched.has(name)), ...set] },
    set: [...prepared.set, ...set],
    remove: [...prepared.remove, ...removed],
  };
}
