import { describe, expect, it } from 'vitest';
import { bodyOf, echoed, isRequestBody, type Phase, phaseOf, unchanged } from '../../../bench/contenders/noop-wire.ts';
import { envoyCodec } from '../../../bench/stages/envoy-codec.ts';
import { requestBody, requestHeaders, requestTrailers } from '../../support/ext-proc-messages.ts';

const { requestBytes, answerOf } = envoyCodec();

function phase(message: object): Phase {
  const found = phaseOf(requestBytes(message));
  if (found === undefined) throw new Error('no phase');
  return found;
}

describe('the no-op server', () => {
  it.each([
    ['request_headers', requestHeaders({ attributes: { 'xds.route_name': 'a' }, dynamic: { ns: { a: 1 } } })],
    ['request_body', requestBody('body')],
    ['request_trailers', requestTrailers],
  ])('answers %s, and changes nothing', (name, message) => {
    expect(answerOf(unchanged(phase(message)))).toEqual({ [name]: name.endsWith('trailers') ? {} : { response: {} } });
  });

  it.each([0, 1, 127, 128, 300, 70_000])('finds a body of %d bytes, and gives it back', (length) => {
    const body = Buffer.alloc(length, 'x');
    const found = phase(requestBody(body, true));
    expect(isRequestBody(found)).toBe(true);
    expect(bodyOf(found.content).equals(body)).toBe(true);
    const streamed_response = { body, end_of_stream: true };
    expect(answerOf(echoed(found))).toEqual({ request_body: { response: { body_mutation: { streamed_response } } } });
  });

  it('answers no message of an unknown kind', () => {
    expect(phaseOf(Buffer.alloc(0))).toBeUndefined();
    expect(phaseOf(requestBytes({ observability_mode: true }))).toBeUndefined();
  });

  it('refuses a message that is cut off', () => {
    expect(() => phaseOf(Buffer.from([0x80]))).toThrow('ends in a number');
  });
});
