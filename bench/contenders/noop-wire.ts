// As much of ext_proc's wire format as a server needs that answers without reading: the lowest cost of a server on
// grpc-js. Field numbers as in proto/envoy/service/ext_proc/v3/external_processor.proto.

const LENGTH_DELIMITED = 2;
const REQUEST_HEADERS = 2;
const REQUEST_BODY = 4;
const REQUEST_TRAILERS = 6;
const LAST_PHASE = 7;

/** What of a ProcessingRequest a no-op needs. */
export interface Phase {
  /** The field's number in the oneof `request`, 2 to 7; the answer's is one less. */
  field: number;
  /** The message in it. */
  content: Buffer;
}

/** The phase of a message; undefined for one that awaits no answer. */
export function phaseOf(message: Buffer): Phase | undefined {
  for (const { number, content } of fields(message)) {
    if (number >= REQUEST_HEADERS && number <= LAST_PHASE && content) return { field: number, content };
  }
  return undefined;
}

export function isRequestBody({ field }: Phase): boolean {
  return field === REQUEST_BODY;
}

/** Of an HttpBody: the bytes of the body, not copied. */
export function bodyOf(content: Buffer): Buffer {
  for (const field of fields(content)) if (field.number === 1 && field.content) return field.content;
  return EMPTY;
}

/** A ProcessingResponse that lets a phase go on as it is. */
export function unchanged({ field }: Phase): Buffer {
  return nested(field >= REQUEST_TRAILERS ? [field - 1] : [field - 1, 1], EMPTY);
}

/** The same for a body in FULL_DUPLEX_STREAMED, where the answer brings the body: HttpBody has StreamedBodyResponse's fields. */
export function echoed({ field, content }: Phase): Buffer {
  return nested([field - 1, 1, 3, 3], content);
}

const EMPTY = Buffer.alloc(0);

function* fields(message: Buffer): Generator<{ number: number; content?: Buffer }> {
  let at = 0;
  const read = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('the message ends in a number');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = read();
    const number = Math.floor(tag / 8);
    const value = read();
    if (tag % 8 !== LENGTH_DELIMITED) {
      yield { number };
      continue;
    }
    at += value;
    yield { number, content: message.subarray(at - value, at) };
  }
}

/** Content in a message in a message …, by the numbers of the fields from the outermost to the innermost. */
function nested(path: readonly number[], content: Buffer): Buffer {
  const parts = [content];
  let length = content.length;
  for (const field of path.toReversed()) {
    const head = Buffer.from([field * 8 + LENGTH_DELIMITED, ...varint(length)]);
    parts.unshift(head);
    length += head.length;
  }
  return Buffer.concat(parts);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
