import { describe, expect, it } from 'vitest';
import { InputError, parseHttpRequest } from '../../../src/explain/index.ts';

const parsed = (text: string) => parseHttpRequest(Buffer.from(text, 'utf8'));

describe('a request in HTTP form', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('with lines that end in %s', (_, end) => {
    const text = ['POST /a?b=c HTTP/1.1', 'Host: a.test', 'X-A:  1 ', 'X-A: 2', 'Content-Length: 5', '', 'x\r\ny\n'];
    expect(parsed(text.join(end))).toEqual({
      request: {
        method: 'POST',
        path: '/a?b=c',
        authority: 'a.test',
        headers: [
          ['x-a', '1'],
          ['x-a', '2'],
          ['content-length', '5'],
        ],
      },
      body: Buffer.from('x\r\ny\n'),
      notes: [],
    });
  });

  it('may have neither version, body nor a last line feed', () => {
    for (const text of ['GET / HTTP/2\nhost: a', 'GET /\nhost: a\n', 'GET /\nhost: a\n\n', '\nGET /\nhost: a\n\n\n']) {
      expect(parsed(text)).toMatchObject({ request: { method: 'GET', authority: 'a' }, body: Buffer.alloc(0) });
    }
  });

  it('may name the authority in its target', () => {
    expect(parsed('GET https://a.test:8443?x HTTP/1.1\nhost: b\n').request).toMatchObject({
      authority: 'a.test:8443',
      path: '/?x',
    });
  });

  it('keeps bytes beyond ASCII, one per character', () => {
    const { request, body } = parsed('PUT /\nhost: a\nx-a: é\n\né');
    expect(request.headers).toContainEqual(['x-a', '\u00c3\u00a9']);
    expect(body).toEqual(Buffer.from('é'));
  });

  it('gets the content-length that a client would send, and a word on a last line feed', () => {
    const { request, body, notes } = parsed('PUT /\nhost: a\n\nhello\n');
    expect(request.headers).toEqual([['content-length', '6']]);
    expect(body.toString()).toBe('hello\n');
    expect(notes).toHaveLength(1);
    expect(parsed('PUT /\nhost: a\n\nhello').notes).toEqual([]);
  });

  it('has its body cut to its content-length where only line feeds are left over', () => {
    expect(parsed('PUT /\nhost: a\ncontent-length: 5\n\nhello\n')).toMatchObject({
      body: Buffer.from('hello'),
      notes: [],
    });
  });

  it('gets no content-length where it is chunked', () => {
    const { request } = parsed('PUT /\nhost: a\ntransfer-encoding: chunked\n\nhello');
    expect(request.headers).toEqual([['transfer-encoding', 'chunked']]);
  });

  it.each([
    ['no host', 'GET / HTTP/1.1\n\n', 'host'],
    ['a blank in the path', 'GET /a b HTTP/1.1\nhost: a\n', '%20'],
    ['nothing', '', 'request line'],
    ['a header without a colon', 'GET /\nhost: a\nnonsense\n', 'line 3'],
    ['a body too short', 'PUT /\nhost: a\ncontent-length: 9\n\nhello', 'the body has 5 bytes'],
    ['a body too long', 'PUT /\nhost: a\ncontent-length: 2\n\nhello', 'the body has 5 bytes'],
    ['no number for its length', 'PUT /\nhost: a\ncontent-length: x\n\nhello', 'content-length'],
  ])('with %s is refused', (_, text, says) => {
    expect(() => parsed(text)).toThrow(InputError);
    expect(() => parsed(text)).toThrow(says);
  });
});
