import { describe, expect, it } from 'vitest';
import { parseListenAddress } from '../../../../src/server/listen-address.ts';
import { isLoopback, isTrusted, requireProtected } from '../../../../src/server/transport/exposure.ts';

const files = { certFile: '/c', keyFile: '/k' };
const mutual = { ...files, clientCaFile: '/ca' };

describe('an address', () => {
  it.each(['127.0.0.1', '127.255.3.4', '::1', 'localhost'])('%s is loopback', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '127.0.0.1.example', 'localhost.example', '::ffff:10.0.0.1'])(
    '%s is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );

  it.each([
    ['127.0.0.1:1', { insecure: false }, 'open', true],
    ['unix:/s', { insecure: false }, 'open', true],
    ['unix:/s', { insecure: false, tls: mutual }, 'closed', true],
    ['10.0.0.1:1', { insecure: false }, 'closed', false],
    ['10.0.0.1:1', { insecure: false, tls: files }, 'closed', false],
    ['10.0.0.1:1', { insecure: false, tls: mutual }, 'open', true],
    ['10.0.0.1:1', { insecure: true }, 'open', false],
    ['10.0.0.1:1', { insecure: true, tls: files }, 'open', false],
    ['10.0.0.1:1', { insecure: true, tls: mutual }, 'open', true],
  ] as const)('%s with %j is %s, trusted: %s', (text, protection, state, trusted) => {
    const listen = parseListenAddress(text);
    const check = () => requireProtected(listen, protection);
    if (state === 'open') expect(check).not.toThrow();
    else expect(check).toThrow();
    expect(isTrusted(listen, protection)).toBe(trusted);
  });
});
