import { describe, expect, it } from 'vitest';
import { envoyGatewayAnnotation } from '../../../src/config/envoy-gateway.ts';
import { type JsonValue, parseMetadataText } from '../../../src/config/text-format/index.ts';

const TEXT = '{"aws_region":"us-east-1"}';

function route(name: string, annotations?: JsonValue): JsonValue {
  return { kind: 'HTTPRoute', namespace: 'shop', name, ...(annotations === undefined ? {} : { annotations }) };
}

describe('envoyGatewayAnnotation', () => {
  it('finds the annotation in what Envoy prints', () => {
    const field = (key: string, value: string) => `fields { key: "${key}" value { ${value} } }`;
    const annotation = field('aws-request-signing', 'string_value: "{\\"aws_region\\":\\"us-east-1\\"}"');
    const resource = [
      field('kind', 'string_value: "HTTPRoute"'),
      field('name', 'string_value: "cart"'),
      field('namespace', 'string_value: "shop"'),
      field('annotations', `struct_value { ${annotation} }`),
    ].join(' ');
    const resources = field('resources', `list_value { values { struct_value { ${resource} } } }`);
    const text = `filter_metadata { key: "envoy-gateway" value { ${resources} } }`;
    expect(envoyGatewayAnnotation(parseMetadataText(text).get('envoy-gateway'))).toBe(TEXT);
  });

  it.each<[string, JsonValue | undefined]>([
    ['no namespace', undefined],
    ['no resources', {}],
    ['resources of another shape', { resources: 'x' }],
    ['resources that are no objects', { resources: [null, 1, 'x', []] }],
    ['no annotations', { resources: [route('a')] }],
    ['other annotations', { resources: [route('a', { other: '{}' }), route('b', {})] }],
    ['annotations of another shape', { resources: [route('a', ['aws-request-signing'])] }],
  ])('gives undefined for %s', (_name, namespace) => {
    expect(envoyGatewayAnnotation(namespace)).toBeUndefined();
  });

  it('takes the same text on several resources, and an empty text as it stands', () => {
    const same = { 'aws-request-signing': TEXT };
    expect(envoyGatewayAnnotation({ resources: [route('a'), route('b', same), route('c', same)] })).toBe(TEXT);
    expect(envoyGatewayAnnotation({ resources: [route('a', { 'aws-request-signing': '' })] })).toBe('');
  });

  it('refuses different texts and names the resources', () => {
    const resources = [route('a', { 'aws-request-signing': TEXT }), { annotations: { 'aws-request-signing': '' } }];
    expect(() => envoyGatewayAnnotation({ resources })).toThrow(
      'annotation aws-request-signing differs between HTTPRoute shop/a and ? ?/?',
    );
  });

  it('refuses an annotation that is not a string', () => {
    expect(() => envoyGatewayAnnotation({ resources: [route('a', { 'aws-request-signing': null })] })).toThrow(
      'annotation aws-request-signing of HTTPRoute shop/a is not a string',
    );
  });
});
