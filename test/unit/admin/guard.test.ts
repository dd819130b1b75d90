import { describe, expect, it } from 'vitest';
import { isOwnHost, refusalOfPost } from '../../../src/admin/page/guard.ts';
import { html } from '../../../src/admin/page/html.ts';

describe('isOwnHost', () => {
  it.each(['127.0.0.1:9902', '127.0.0.1', '[::1]:9902', '10.0.0.7:9902', 'localhost', 'LOCALHOST:80', 'a.localhost:1'])(
    'is %s',
    (host) => expect(isOwnHost(host)).toBe(true),
  );
  it.each([
    undefined,
    '',
    'evil.test',
    'localhost.evil.test:9902',
    '127.0.0.1.evil.test',
    'localhost:x',
    '127.0.0.1@evil.test',
  ])('is not %s', (host) => expect(isOwnHost(host)).toBe(false));
});

describe('refusalOfPost', () => {
  const token = 'the-token-of-this-process';
  const good = { 'x-page-token': token, host: 'localhost:9902' };

  it.each([
    { ...good, 'sec-fetch-site': 'same-origin', origin: 'http://localhost:9902' },
    { ...good, 'sec-fetch-site': 'same-origin' },
    { ...good, origin: 'http://localhost:9902' },
    { ...good, origin: 'https://localhost:9902' },
  ])('takes %j', (headers) => expect(refusalOfPost(headers, token)).toBeUndefined());

  it.each([
    good,
    { ...good, 'sec-fetch-site': 'cross-site' },
    { ...good, 'sec-fetch-site': 'none' },
    { ...good, origin: 'null' },
    { ...good, origin: 'http://localhost:9903' },
    { ...good, 'sec-fetch-site': 'same-origin', origin: 'http://evil.test' },
    { ...good, 'sec-fetch-site': 'same-origin', 'x-page-token': '' },
    { host: 'localhost', 'sec-fetch-site': 'same-origin' },
  ])('refuses %j', (headers) => expect(refusalOfPost(headers, token)).toMatch(/\w/));
});

describe('html', () => {
  it('escapes values, and leaves markup', () => {
    const value = `<a href="x">&'`;
    expect(
      html`<p title="${value}">${value}${html`<b>${1}</b>`}${[html`<i>`, html`</i>`]}${undefined}${false}</p>`.text,
    ).toBe(
      '<p title="&lt;a href=&quot;x&quot;&gt;&amp;&#39;">&lt;a href=&quot;x&quot;&gt;&amp;&#39;<b>1</b><i></i></p>',
    );
  });
});
