import { describe, expect, it } from 'vitest';
import { RouteConfigResolver, type SigningConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { type BodyDelivery, planPayload } from '../../../src/signer/index.ts';
import type { HeaderEntry } from '../../../src/signing/index.ts';

const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const DELIVERIES: BodyDelivery[] = ['whole', 'duplex', 'beside', 'unknown', 'grpc messages'];

function plan(fields: object, headers: HeaderEntry[], delivery: BodyDelivery, hasBody = true) {
  const base = { aws_region: 'us-east-1', aws_service: 's3' };
  const resolver = new RouteConfigResolver(parseServerFile('', 'f'));
  const config = resolver.resolve({ initialMetadata: JSON.stringify({ ...base, ...fields }) }) as SigningConfig;
  return planPayload(config, { method: 'PUT', path: '/bucket/key', authority: 'a', headers }, hasBody, delivery);
}

const sha = (value: string): HeaderEntry => ['x-amz-content-sha256', value];

describe('planPayload', () => {
  it.each(DELIVERIES)('signs what has no body at its headers, delivery %s', (delivery) => {
    for (const payload of ['signed', 'streaming', 'passthrough']) {
      expect(plan({ payload }, [], delivery, false)).toMatchObject({ kind: 'at headers', payloadHash: EMPTY_SHA256 });
    }
    expect(plan({ payload: 'unsigned' }, [], delivery, false)).toMatchObject({ payloadHash: 'UNSIGNED-PAYLOAD' });
  });

  it('signed needs the whole body, and takes a client\u2019s frames off', () => {
    expect(plan({}, [], 'whole')).toEqual({ kind: 'whole body', decode: false, unsigned: false });
    expect(plan({}, [sha('STREAMING-UNSIGNED-PAYLOAD-TRAILER')], 'whole')).toMatchObject({ decode: true });
    for (const delivery of DELIVERIES.slice(1))
      expect(plan({}, [], delivery)).toEqual({ kind: 'undeliverable', needs: 'whole' });
  });

  it('unsigned waits for nothing but a client\u2019s frames', () => {
    expect(plan({ payload: 'unsigned' }, [], 'beside')).toMatchObject({ payloadHash: 'UNSIGNED-PAYLOAD' });
    const framed: HeaderEntry[] = [['content-encoding', 'aws-chunked']];
    expect(plan({ payload: 'unsigned' }, framed, 'whole')).toEqual({
      kind: 'whole body',
      decode: true,
      unsigned: true,
    });
    expect(plan({ payload: 'unsigned' }, framed, 'beside')).toMatchObject({ kind: 'undeliverable' });
  });

  it.each(['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'a'.repeat(64)])(
    'passthrough takes %s over',
    (hash) => {
      expect(plan({ payload: 'passthrough' }, [sha(hash)], 'beside')).toMatchObject({
        kind: 'at headers',
        payloadHash: hash,
      });
    },
  );

  it('passthrough signs anew what the client signed, and what it gave no hash of', () => {
    const signed = [sha('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER')];
    expect(plan({ payload: 'passthrough' }, signed, 'whole')).toMatchObject({ kind: 'whole body', decode: true });
    expect(plan({ payload: 'passthrough' }, [], 'whole')).toMatchObject({ kind: 'whole body', decode: false });
    expect(() => plan({ payload: 'passthrough' }, [sha('anything')], 'whole')).toThrow(/x-amz-content-sha256/);
  });

  it('streaming needs a body that passes through, and its length', () => {
    const large: HeaderEntry[] = [['content-length', String(1 << 30)]];
    expect(plan({ payload: 'streaming' }, large, 'duplex')).toEqual({
      kind: 'streaming',
      decode: false,
      dataLength: 1 << 30,
    });
    expect(plan({ payload: 'streaming' }, large, 'whole')).toEqual({ kind: 'undeliverable', needs: 'duplex' });
    expect(() => plan({ payload: 'streaming' }, [], 'duplex')).toThrow(expect.objectContaining({ status: 411 }));
  });

  it.each(['signed', 'unsigned', 'passthrough', 'streaming'])(
    '%s refuses event streams, which only their client can sign',
    (payload) => {
      const events = [sha('STREAMING-AWS4-HMAC-SHA256-EVENTS')];
      expect(() => plan({ payload }, events, 'whole')).toThrow(/event stream/);
    },
  );
});
