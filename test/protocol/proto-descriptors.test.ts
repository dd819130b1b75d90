import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Descriptors, differences, readDescriptors } from '../support/proto-descriptors.ts';
import fixture from './fixtures/envoy-descriptors.json' with { type: 'json' };

const protoDirectory = fileURLToPath(new URL('../../proto', import.meta.url));
const upstream: Descriptors = fixture;

const processor = 'envoy/service/ext_proc/v3/external_processor.proto';
const authorization = 'envoy/service/auth/v3/external_auth.proto';
const files = [
  processor,
  authorization,
  'envoy/service/auth/v3/attribute_context.proto',
  'google/rpc/status.proto',
  'envoy/extensions/filters/http/ext_proc/v3/processing_mode.proto',
  'envoy/config/core/v3/base.proto',
  'envoy/type/v3/http_status.proto',
];

describe(`proto/ against ${fixture.source.package} ${fixture.source.version}`, () => {
  it('declares nothing but what upstream declares, under the same names, numbers, types and files', () => {
    expect(differences(readDescriptors(protoDirectory), upstream)).toEqual([]);
  });

  it('has compared all that the files declare', () => {
    const ours = readDescriptors(protoDirectory);
    const declared = files.flatMap((file) =>
      [...readFileSync(join(protoDirectory, file), 'utf8').matchAll(/^\s*(?:service|message|enum) (\w+) \{/gm)].map(
        (match) => match[1],
      ),
    );
    const compared = [ours.services, ours.messages, ours.enums].flatMap((group) => Object.keys(group));
    expect(compared.map((name) => name.split('.').at(-1)).sort()).toEqual(declared.sort());
    expect(ours.messages['envoy.service.ext_proc.v3.ProcessingRequest']?.fields).toMatchObject({
      request_headers: 'envoy.service.ext_proc.v3.HttpHeaders = 2 in oneof request',
      attributes: 'map<string, google.protobuf.Struct> = 9',
    });
  });
});

describe('a proto/ that departs from upstream', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'sigv4-extproc-proto-'));
    cpSync(protoDirectory, copy, { recursive: true });
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  it.each([
    ['a field number', 'bool end_of_stream = 3;', 'bool end_of_stream = 2;', 'HttpHeaders.end_of_stream'],
    ['a scalar type', 'bytes raw_value = 3;', 'string raw_value = 3;', 'HeaderValue.raw_value'],
    ['a message type', 'HeadersResponse request_headers', 'BodyResponse request_headers', 'Response.request_headers'],
    ['a field name', 'bool keep_empty_value', 'bool keep_empty', 'HeaderValueOption.keep_empty'],
    ['a label', 'repeated string remove_headers', 'string remove_headers', 'HeaderMutation.remove_headers'],
    ['a map', 'map<string, google.protobuf.Struct> attr', 'google.protobuf.Struct attr', 'Request.attributes'],
    ['a oneof', 'oneof mutation {', 'oneof change {', 'BodyMutation.streamed_response'],
    ['a oneof member left out', 'HttpTrailers response_trailers = 7;', '', 'Request.response_trailers'],
    ['an enum number', ' BUFFERED = 2;', ' BUFFERED = 6;', 'BodySendMode.BUFFERED'],
    ['an enum value left out', 'ServiceUnavailable = 503;', '', 'StatusCode.ServiceUnavailable'],
    ['a message', 'message HttpBody {', 'message Extra { bool a = 1; } message HttpBody {', 'Extra.a'],
    ['a package', 'envoy.type.v3', 'envoy.type.v4', 'envoy.type.v4.HttpStatus'],
    ['a method', 'returns (stream ', 'returns (', 'ExternalProcessor.Process'],
    [
      'a nested message',
      'message HttpRequest {',
      'message Http { bool a = 1; } message HttpRequest {',
      'Context.Http.a',
    ],
    ['what would open the door', 'error_response = 5;', 'error_response = 6;', 'CheckResponse.error_response'],
    ["another publisher's message", 'int32 code = 1;', 'int32 code = 6;', 'google.rpc.Status.code'],
  ])('is found by %s', (_what, before, after, where) => {
    expect(differences(readDescriptors(copy), upstream)).toEqual([]);
    const changed = files.filter((file) => {
      const text = readFileSync(join(copy, file), 'utf8');
      writeFileSync(join(copy, file), text.replaceAll(before, after));
      return text.includes(before);
    });
    expect(changed).not.toEqual([]);
    expect(differences(readDescriptors(copy), upstream).join('\n')).toContain(where);
  });
});

describe('proto/ in proto-loader', () => {
  const definition = loadSync(processor, {
    includeDirs: [protoDirectory],
    keepCase: true,
    longs: String,
    enums: String,
    oneofs: true,
  });
  const service = definition['envoy.service.ext_proc.v3.ExternalProcessor'];
  if (service === undefined || 'format' in service) throw new Error('ExternalProcessor did not load as a service');
  const process = service.Process;
  if (process === undefined) throw new Error('Process did not load');

  it('is one bidirectional stream at the path that Envoy calls', () => {
    expect(process.path).toBe('/envoy.service.ext_proc.v3.ExternalProcessor/Process');
    expect([process.requestStream, process.responseStream]).toEqual([true, true]);
  });

  it('writes the bytes that upstream reads', () => {
    const answer = {
      request_headers: { response: { header_mutation: { remove_headers: ['x'] } } },
      override_message_timeout: { seconds: 5 },
    };
    // Fields 1 → 1 → 2 → 2 'x', then 10 → 1 = 5.
    expect(process.responseSerialize(answer).toString('hex')).toBe('0a070a0512031201785202' + '0805');
  });

  it('reads a message of a kind that the subset leaves out as one with an empty oneof', () => {
    const flowControlInit = Buffer.from([(12 << 3) | 2, 0]);
    expect(process.requestDeserialize(flowControlInit)).not.toHaveProperty('request');
    const requestBody = Buffer.from([(4 << 3) | 2, 2, (2 << 3) | 0, 1]);
    expect(process.requestDeserialize(requestBody)).toEqual({
      request: 'request_body',
      request_body: { end_of_stream: true },
    });
  });
});

describe('proto/ of ext_authz in proto-loader', () => {
  const service = loadSync(authorization, { includeDirs: [protoDirectory], keepCase: true })[
    'envoy.service.auth.v3.Authorization'
  ];
  if (service === undefined || 'format' in service) throw new Error('Authorization did not load as a service');
  const check = service.Check;
  if (check === undefined) throw new Error('Check did not load');

  it('is one call with one answer at the path that Envoy calls', () => {
    expect(check.path).toBe('/envoy.service.auth.v3.Authorization/Check');
    expect([check.requestStream, check.responseStream]).toEqual([false, false]);
  });

  it('writes the bytes that upstream reads', () => {
    const answer = { status: { code: 0 }, ok_response: { headers_to_remove: ['x'] } };
    // Field 1 with a zero in 1, then 3 → 5 'x'.
    expect(check.responseSerialize(answer).toString('hex')).toBe('0a020800' + '1a032a0178');
    // Field 1 → 1 = 7, then 2 → 3 'n'.
    const denied = { status: { code: 7 }, denied_response: { body: 'n' } };
    expect(check.responseSerialize(denied).toString('hex')).toBe('0a0208071203' + '1a016e');
  });

  it('reads a request whose body comes as bytes', () => {
    const http = Buffer.from([(12 << 3) | 2, 2, 0xff, 0xfe]);
    const nested = (field: number, inner: Buffer) =>
      Buffer.concat([Buffer.from([(field << 3) | 2, inner.length]), inner]);
    expect(check.requestDeserialize(nested(1, nested(4, nested(2, http))))).toEqual({
      attributes: { request: { http: { raw_body: Buffer.from([0xff, 0xfe]) } } },
    });
  });
});
