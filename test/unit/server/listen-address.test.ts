import { describe, expect, it } from 'vitest';
import { formatListenAddress, parseListenAddress } from '../../../src/server/listen-address.ts';

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:50051', { kind: 'tcp', host: '127.0.0.1', port: 50_051 }],
    ['0.0.0.0:0', { kind: 'tcp', host: '0.0.0.0', port: 0 }],
    ['localhost:65535', { kind: 'tcp', host: 'localhost', port: 65_535 }],
    ['[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['[::]:0', { kind: 'tcp', host: '::', port: 0 }],
    ['unix:/run/sigv4.sock', { kind: 'unix', path: '/run/sigv4.sock' }],
  ])('%s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(formatListenAddress(parseListenAddress(text))).toBe(text);
  });

  it.each([
    '',
    '50051',
    ':50051',
    'localhost',
    'localhost:',
    'localhost:65536',
    'localhost:-1',
    'localhost:http',
    '::1:50051',
    '[::1]',
    '[localhost]:80',
    'a b:80',
    'http://localhost:80',
    'localhost:80/x',
    'unix:',
    'unix:relative.sock',
    ' localhost:80',
  ])('refuses %j, and names it', (text) => {
    expect(() => parseListenAddress(text)).toThrow(text === '' ? 'not an address' : text);
  });

  it('takes the kernel’s port into the text', () => {
    expect(formatListenAddress({ kind: 'tcp', host: '::1', port: 0 }, 4711)).toBe('[::1]:4711');
    expect(formatListenAddress({ kind: 'unix', path: '/a' }, 4711)).toBe('unix:/a');
  });
});
