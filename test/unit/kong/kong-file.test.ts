import { describe, expect, it } from 'vitest';
import { convertKong, KongFileError } from '../../../src/kong/index.ts';

describe('a file that is no declarative config of Kong', () => {
  it.each([
    ['broken YAML', 'a: [', 'Flow sequence'],
    ['a text', 'hello', 'not a Kong declarative config'],
    ['nothing', '', 'not a Kong declarative config'],
    ['no version', 'services: []', 'no _format_version'],
    ['a version of the future', '_format_version: "9.0"', 'must be 1.1, 2.1 or 3.0'],
    ['resources of Kubernetes', 'apiVersion: configuration.konghq.com/v1\nkind: KongPlugin', 'deck gateway dump'],
    ['a wrong type', '_format_version: "3.0"\nservices: [{port: eighty}]', 'services[0].port must be a number'],
    ['an alias of nothing', '_format_version: "3.0"\nservices: *s', 'Unresolved alias'],
    ['a bomb of aliases', bomb(), 'alias'],
  ])('is refused: %s', (_, text, says) => {
    expect(() => convertKong(text)).toThrow(KongFileError);
    expect(() => convertKong(text)).toThrow(says);
  });

  it('may have forgotten the quotes of its version', () => {
    expect(convertKong('_format_version: 3.0').findings).toEqual([
      { severity: 'error', at: '', message: 'no route has the plugin aws-request-signing: nothing to convert' },
    ]);
  });
});

function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const of = level === 0 ? 'x' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array(9).fill(of).join(', ')}]`;
  });
  return `_format_version: "3.0"\n${levels.join('\n')}\n`;
}
