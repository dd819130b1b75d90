import { describe, expect, it } from 'vitest';
import { InputError, parseCurl } from '../../../src/explain/index.ts';
import { shellWords } from '../../../src/explain/shell-words.ts';

const noFile = (): Buffer => {
  throw new Error('no file is read here');
};
const parsed = (line: string) => parseCurl(line, noFile);
const headers = (line: string) => Object.fromEntries(parsed(line).request.headers);

describe('shell words', () => {
  it.each<[string, string[]]>([
    ['a  b\tc', ['a', 'b', 'c']],
    [`'a b' "c d" e\\ f`, ['a b', 'c d', 'e f']],
    [`a'b'"c"d`, ['abcd']],
    [`'' ""`, ['', '']],
    [`"a \\"b\\" \\$c \\\\ \\n"`, ['a "b" $c \\ \\n']],
    [`'a\\nb$x'`, ['a\\nb$x']],
    [`$'a\\n\\t\\'b\\u00e9\\x41'`, ["a\n\t'béA"]],
    ['a \\\n  b \\\r\n c', ['a', 'b', 'c']],
    ['a=$ b', ['a=$', 'b']],
  ])('of %j', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  it.each([
    [`curl 'a`, 'open'],
    [`curl "a`, 'open'],
    ['curl http://a/?x=1&y=2', 'unquoted &'],
    ['curl http://a/ | jq', 'unquoted |'],
    ['curl -H "authorization: Bearer $TOKEN" http://a', '$TOKEN'],
    ['curl http://a/$X/y', '$X'],
    ['curl "http://a/`id`"', '`id`'],
    ['curl "http://a/$(id)"', '$(id)'],
  ])('%s is refused', (line, says) => {
    expect(() => shellWords(line)).toThrow(InputError);
    expect(() => shellWords(line)).toThrow(says);
  });
});

describe('a curl line', () => {
  it('sends what curl sends of its own', () => {
    expect(parsed('curl https://a.test')).toEqual({
      request: {
        method: 'GET',
        path: '/',
        authority: 'a.test',
        headers: [
          ['user-agent', 'curl'],
          ['accept', '*/*'],
        ],
      },
      body: Buffer.alloc(0),
      notes: [],
    });
  });

  it.each([
    ['a.test/x', 'a.test', '/x'],
    ['https://a.test:443/x?y=z#f', 'a.test', '/x?y=z'],
    ['http://a.test:80', 'a.test', '/'],
    ['http://a.test:443/', 'a.test:443', '/'],
    ['https://u:p@a.test/?', 'a.test', '/?'],
    ['https://[::1]:8443/a', '[::1]:8443', '/a'],
    ['https://a.test/a/./b/../c/..', 'a.test', '/a/'],
    ['--path-as-is https://a.test/a/../b', 'a.test', '/a/../b'],
    ['https://a.test/%2e%2e/é', 'a.test', '/%2e%2e/\u00c3\u00a9'],
    ['-H "Host: b.test" https://a.test/', 'b.test', '/'],
  ])('%s goes to %s, %s', (line, authority, path) => {
    expect(parsed(`curl ${line}`).request).toMatchObject({ authority, path });
  });

  it('joins data, makes it a POST and says its length and type', () => {
    const { request, body } = parsed(`curl -sd a=1 --data-raw '@b' --data-urlencode 'c=d é' http://a`);
    expect(body.toString()).toBe('a=1&@b&c=d%20%C3%A9');
    expect(request.method).toBe('POST');
    expect(Object.fromEntries(request.headers)).toMatchObject({
      'content-length': '19',
      'content-type': 'application/x-www-form-urlencoded',
    });
  });

  it('reads data from files, of which -d drops the line ends', () => {
    const file = () => Buffer.from('a\r\nb\n');
    expect(parseCurl('curl -d @f http://a', file).body.toString()).toBe('ab');
    expect(parseCurl('curl --data-binary @f http://a', file).body.toString()).toBe('a\r\nb\n');
  });

  it('puts data into the query under -G', () => {
    const { request, body } = parsed(`curl -G http://a/x?y=1 -d z=2 -d w`);
    expect(request).toMatchObject({ method: 'GET', path: '/x?y=1&z=2&w' });
    expect(body).toHaveLength(0);
    expect(parsed('curl -G http://a/x -d z').request.path).toBe('/x?z');
  });

  it.each([
    ['-I http://a', 'HEAD'],
    ['-X PUT http://a', 'PUT'],
    ['-XDELETE http://a', 'DELETE'],
    ['--request PATCH --url http://a -d x', 'PATCH'],
    ['-sSXPUT http://a', 'PUT'],
  ])('%s is a %s', (line, method) => {
    expect(parsed(`curl ${line}`).request.method).toBe(method);
  });

  it('lets headers replace, empty and take away what curl sends', () => {
    const all = headers(`curl -H 'Accept: text/plain' -H 'X-Empty;' -H 'User-Agent:' -H 'X-A:b:c' -b 'k=v' http://a`);
    expect(all).toEqual({ accept: 'text/plain', 'x-empty': '', 'x-a': 'b:c', cookie: 'k=v' });
    expect(headers('curl -u me:secret http://a').authorization).toBe('Basic bWU6c2VjcmV0');
    expect(headers('curl --json {} http://a')).toMatchObject({
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(headers(`curl -d x -H 'transfer-encoding: chunked' http://a`)['content-length']).toBeUndefined();
  });

  it.each([
    ['wget http://a', 'begin with curl'],
    ['curl', 'no URL'],
    ['curl http://a http://b', 'more than one URL'],
    ['curl --foo http://a', '--foo'],
    ['curl -sF a=b http://a', '-F'],
    ['curl -T file http://a', '-T'],
    ['curl http://a -X', '-X has no value'],
    ['curl ftp://a', 'http or https'],
    [`curl 'http://a/b c'`, '%20'],
    ['curl -b jar http://a', 'cookies'],
    ['curl -H @file http://a', '-H @file'],
    [`curl -H 'no header' http://a`, 'name: value'],
  ])('%s is refused', (line, says) => {
    expect(() => parsed(line)).toThrow(InputError);
    expect(() => parsed(line)).toThrow(says);
  });
});
