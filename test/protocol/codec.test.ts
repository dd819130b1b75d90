import { describe, expect, it } from 'vitest';
import { decodeProcessingRequest } from '../../src/ext-proc/decode-request.ts';
import { encodeProcessingResponse } from '../../src/ext-proc/encode-response.ts';
import type { BodyMutation, ProcessingRequest, ProcessingResponse } from '../../src/ext-proc/messages.ts';
import { MalformedMessageError } from '../../src/protobuf/index.ts';
import { processMethod, type RequestMessage } from '../support/ext-proc-client.ts';
import { toStruct } from '../support/ext-proc-messages.ts';
import { fuzzSeed, type Prng, prng } from '../support/prng.ts';

const reference = processMethod();
const SEED = fuzzSeed();

const text = (random: Prng, most = 40) =>
  Array.from({ length: random.int(most) }, () => String.fromCharCode(random.int(256))).join('');
const bytes = (random: Prng, most = 300) => Buffer.from(text(random, most), 'latin1');

function json(random: Prng, depth = 0): unknown {
  switch (random.int(depth > 3 ? 5 : 7)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return (random.int(2_000_000) - 1_000_000) / 1_000;
    case 3:
      return `ü😀${text(random)}`;
    case 4:
      return '';
    case 5:
      return Array.from({ length: random.int(4) }, () => json(random, depth + 1));
    default:
      return object(random, depth + 1);
  }
}

function object(random: Prng, depth = 0): Record<string, unknown> {
  const keys = ['a', 'xds.route_metadata', '__proto__x', 'ü', ''];
  return Object.fromEntries(Array.from({ length: random.int(4) }, () => [random.pick(keys), json(random, depth)]));
}

const withPrototype = (value: unknown) => value && JSON.parse(JSON.stringify(value));

/** A message for the wire, and what is to be made of it. */
function randomRequest(random: Prng): { message: RequestMessage; expected: ProcessingRequest } {
  const message: RequestMessage = {};
  const expected: ProcessingRequest = {};
  const headers = () => {
    const entries = Array.from({ length: random.int(8) }, () => ({
      key: `x-${random.int(100)}`,
      ...(random.chance(0.9) && { raw_value: bytes(random, 200) }),
      ...(random.chance(0.1) && { value: 'plain ü' }),
    }));
    const plain = ({ key, raw_value, value = '' }: (typeof entries)[number]): [string, string] => [
      key,
      raw_value?.length ? raw_value.toString('latin1') : Buffer.from(value).toString('latin1'),
    ];
    return { wire: { headers: { headers: entries } }, plain: entries.map(plain) };
  };
  const endOfStream = random.chance(0.5);
  const phase = random.pick(['request_headers', 'response_headers', 'request_body', 'response_body', 'none'] as const);
  if (phase === 'request_headers' || phase === 'response_headers') {
    const { wire, plain } = headers();
    message[phase] = { ...wire, end_of_stream: endOfStream };
    expected[phase] = { headers: plain, end_of_stream: endOfStream };
  } else if (phase !== 'none') {
    const body = bytes(random, 3_000);
    message[phase] = { body, end_of_stream: endOfStream };
    expected[phase] = { body, end_of_stream: endOfStream };
  }
  if (random.chance(0.3)) {
    const trailers = random.pick(['request_trailers', 'response_trailers'] as const);
    message[trailers] = { trailers: headers().wire.headers };
    expected[trailers] = {};
  }
  if (random.chance(0.5)) {
    const attributes = object(random);
    message.attributes = { 'envoy.filters.http.ext_proc': toStruct(attributes) };
    expected.attributes = attributes;
  }
  if (random.chance(0.5)) {
    const namespaces = { a: object(random), 'aws-request-signing': object(random) };
    const wire = Object.entries(namespaces).map(([name, value]) => [name, toStruct(value)]);
    message.metadata_context = { filter_metadata: Object.fromEntries(wire) };
    expected.dynamic_metadata = namespaces;
  }
  if (random.chance(0.5)) {
    const mode = random.int(6);
    message.protocol_config = { request_body_mode: mode, response_body_mode: 2 };
    expected.protocol_config = { request_body_mode: mode, response_body_mode: 2 };
  }
  if (random.chance(0.1)) {
    message.observability_mode = true;
    expected.observability_mode = true;
  }
  return { message, expected };
}

describe('the codec of requests', () => {
  it(`makes of 5,000 random messages what they hold (seed ${SEED})`, () => {
    for (let seed = SEED; seed < SEED + 5_000; seed++) {
      const { message, expected } = randomRequest(prng(seed));
      const decoded = decodeProcessingRequest(reference.requestSerialize(message));
      const { attributes, dynamic_metadata, ...rest } = decoded;
      const seen = {
        ...rest,
        ...(attributes && { attributes: withPrototype(attributes) }),
        ...(dynamic_metadata && { dynamic_metadata: withPrototype(dynamic_metadata) }),
      };
      expect(seen, `seed ${seed}`).toEqual(expected);
    }
  });

  it(`reads 5,000 damaged messages to their end, or says that they are malformed (seed ${SEED})`, () => {
    for (let seed = SEED; seed < SEED + 5_000; seed++) {
      const random = prng(seed);
      const wire = reference.requestSerialize(randomRequest(random).message);
      const damaged = random.chance(0.5) ? wire.subarray(0, random.int(wire.length + 1)) : Buffer.from(wire);
      for (let n = random.int(4); n > 0 && damaged.length > 0; n--)
        damaged[random.int(damaged.length)] = random.int(256);
      try {
        decodeProcessingRequest(damaged);
      } catch (error) {
        if (!(error instanceof MalformedMessageError)) throw new Error(`seed ${seed}: ${String(error)}`);
      }
    }
  });

  it('leaves out fields that it does not know, of every wire type', () => {
    const known = reference.requestSerialize({ observability_mode: true });
    const unknown = Buffer.from([
      0xa0, 0x06, 0x96, 0x01, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 0x06, 2, 9, 9, 0xa5, 0x06, 1, 2, 3, 4,
    ]);
    expect(decodeProcessingRequest(Buffer.concat([unknown, known, unknown]))).toEqual({ observability_mode: true });
  });

  it.each([
    ['a length beyond the end', [0x12, 0x7f]],
    ['a number that does not end', [0x50, 0xff]],
    ['a number of eleven bytes', [0x50, ...Array(10).fill(0xff), 0x01]],
    ['field number 0', [0x00, 0x01]],
    ['a group', [0x63]],
    ['another wire type', [0x10, 0x01]],
  ])('calls %s malformed', (_, wire) => {
    expect(() => decodeProcessingRequest(Buffer.from(wire))).toThrow(MalformedMessageError);
  });

  it('refuses a Struct nested beyond reason', () => {
    const field = (number: number, content: Buffer) => {
      const { length } = content;
      return Buffer.concat([
        Buffer.of(number * 8 + 2, (length & 0x7f) | 0x80, (length >> 7) | 0x80, length >> 14),
        content,
      ]);
    };
    let struct = Buffer.alloc(0);
    for (let n = 0; n < 2_000; n++) struct = field(1, field(2, field(5, struct)));
    const wire = field(9, field(2, struct));
    expect(() => decodeProcessingRequest(wire)).toThrow('nested too deep');
  });

  it('takes a Struct’s keys for what they are', () => {
    const wire = reference.requestSerialize({ attributes: { f: toStruct(JSON.parse('{"__proto__": {"a": 1}}')) } });
    const { attributes } = decodeProcessingRequest(wire);
    expect(Object.keys(attributes ?? {})).toEqual(['__proto__']);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });
});

/** As proto-loader takes it: Buffers, and the action that others than Envoy read. */
function plainMutation({
  set_headers,
  remove_headers,
}: {
  set_headers: readonly (readonly [string, string])[];
  remove_headers: readonly string[];
}) {
  const set = set_headers.map(([key, value]) => ({
    header: { key, raw_value: Buffer.from(value, 'latin1') },
    append_action: 2,
  }));
  return { set_headers: set, remove_headers };
}

function randomResponse(random: Prng): { response: ProcessingResponse; plain: object } {
  const set_headers = Array.from({ length: random.int(9) }, (): [string, string] => [
    `x-${random.int(50)}`,
    text(random, 400),
  ]);
  const header_mutation = {
    set_headers,
    remove_headers: Array.from({ length: random.int(4) }, () => `r-${random.int(9)}`),
  };
  const body = bytes(random, 1_000);
  const answer = (mutation: object | undefined) => ({
    ...(random.chance(0.8) && { header_mutation }),
    ...(mutation && { body_mutation: mutation }),
  });
  const plainOf = ({ header_mutation: mutation, ...rest }: { header_mutation?: typeof header_mutation }) => ({
    ...rest,
    ...(mutation && { header_mutation: plainMutation(mutation) }),
  });
  switch (random.int(6)) {
    case 0: {
      const phase = random.pick(['request_headers', 'response_headers'] as const);
      const response = answer(undefined);
      return { response: { [phase]: { response } }, plain: { [phase]: { response: plainOf(response) } } };
    }
    case 1: {
      const phase = random.pick(['request_body', 'response_body'] as const);
      const end_of_stream = random.chance(0.5);
      const half = body.length >> 1;
      const streamed_response = { parts: [body.subarray(0, half), body.subarray(half)], end_of_stream };
      const [mutation, plain] = random.pick<[object, object]>([
        [{ body }, { body }],
        [{ clear_body: true }, { clear_body: true }],
        [{ streamed_response }, { streamed_response: { body, end_of_stream } }],
      ]);
      const response = answer(mutation);
      const plainResponse = { ...plainOf(response), body_mutation: plain };
      return { response: { [phase]: { response } }, plain: { [phase]: { response: plainResponse } } };
    }
    case 2: {
      const phase = random.pick(['request_trailers', 'response_trailers'] as const);
      return { response: { [phase]: {} }, plain: { [phase]: {} } };
    }
    case 3: {
      const refusal = { status: { code: 503 }, headers: header_mutation, body: bytes(random), details: 'sigv4_ü' };
      const plain = { ...refusal, headers: plainMutation(header_mutation) };
      return { response: { immediate_response: refusal }, plain: { immediate_response: plain } };
    }
    case 4: {
      const override_message_timeout = { seconds: random.int(100), nanos: random.int(1_000_000_000) };
      return { response: { override_message_timeout }, plain: { override_message_timeout } };
    }
    default: {
      const mode_override = { request_body_mode: random.int(5) };
      const response = answer(undefined);
      const dynamic_metadata = {
        'sigv4-extproc': { signed: random.chance(0.5), role: 'arn:ü', code: text(random, 300) },
      };
      const plain = {
        ...{ request_headers: { response: plainOf(response) }, mode_override },
        dynamic_metadata: toStruct(dynamic_metadata),
      };
      return { response: { request_headers: { response }, mode_override, dynamic_metadata }, plain };
    }
  }
}

it(`the codec of responses writes 5,000 random ones as protobufjs does (seed ${SEED})`, () => {
  for (let seed = SEED; seed < SEED + 5_000; seed++) {
    const { response, plain } = randomResponse(prng(seed));
    const read = (wire: Buffer) => reference.responseDeserialize(wire);
    const expected = read(reference.responseSerialize(plain as never));
    expect(read(encodeProcessingResponse(response)), `seed ${seed}`).toEqual(expected);
  }
});

it.each([16 * 1024, 100_000, 3 * 1024 * 1024])(
  'the codec of responses has room for a body of %s bytes, and forgets it',
  (size) => {
    const body = Buffer.alloc(size, 'x');
    for (const response of [
      { body },
      { streamed_response: { parts: [body], end_of_stream: true } },
    ] satisfies BodyMutation[]) {
      const wire = encodeProcessingResponse({ request_body: { response: { body_mutation: response } } });
      const read = reference.responseDeserialize(wire).request_body?.response?.body_mutation;
      const bodies = [(read as { body?: Buffer } | undefined)?.body, read?.streamed_response?.body].filter(
        (each) => each?.length,
      );
      expect(bodies.map((each) => each?.equals(body))).toEqual([true]);
    }
    expect(encodeProcessingResponse({ request_trailers: {} }).length).toBe(2);
  },
);
