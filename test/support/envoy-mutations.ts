import type { AnswerMessage, Mutation } from './ext-proc-client.ts';
import type { HeaderPair } from './ext-proc-messages.ts';

/** What Envoy makes of a header mutation: removes first, then sets, reading `raw_value` alone. */
export function applyMutation(headers: readonly HeaderPair[], mutation: Mutation | undefined): HeaderPair[] {
  const removed = mutation?.remove_headers ?? [];
  let result = headers.filter(([name]) => !removed.includes(name));
  for (const { header, append } of mutation?.set_headers ?? []) {
    const name = header.key ?? '';
    if (append === undefined) result = result.filter(([other]) => other !== name);
    result.push([name, (header.raw_value ?? Buffer.alloc(0)).toString('latin1')]);
  }
  return result;
}

/** The header mutation of an answer to the request's headers or body. */
export function mutationOf(answer: AnswerMessage): Mutation | undefined {
  return (answer.request_headers ?? answer.request_body)?.response?.header_mutation;
}

/** The request's headers as the upstream gets them, behind all answers. */
export function behind(headers: readonly HeaderPair[], answers: readonly AnswerMessage[]): HeaderPair[] {
  return answers.reduce<HeaderPair[]>((now, answer) => applyMutation(now, mutationOf(answer)), [...headers]);
}

/** One header's only value; undefined where it is not there, an error where it is there twice. */
export function headerValue(headers: readonly HeaderPair[], name: string): string | undefined {
  const values = headers.filter(([other]) => other === name).map(([, value]) => value);
  if (values.length > 1) throw new Error(`${name} is there ${values.length} times`);
  return values[0];
}
