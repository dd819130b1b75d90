import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backends, DEMO_WORKLOAD, startBackends } from './support/backends.ts';
import { CHROMIUM, openPage, startBrowser } from './support/browser.ts';
import { callerApi, workloadApi, workloadBucket } from './support/configs.ts';
import { type Gateway, route, startGateway } from './support/gateway.ts';

const PARTNER_ROLE = 'arn:aws:iam::210987654321:role/partner-orders';
const EXTERNAL_ID = 'external-id-of-the-partner';
const HOSTILE = '<img src=x onerror=alert(1)>';

let backends: Backends;
let gateway: Gateway;
let url: string;
beforeAll(async () => {
  backends = await startBackends({
    roles: () => [{ arn: PARTNER_ROLE, trust: { principals: [DEMO_WORKLOAD.arn], externalId: EXTERNAL_ID } }],
    signer: { config: 'defaults: { aws_region: us-east-1 }\n' },
  });
  url = `http://${backends.signer.admin}/`;
  const named = (name: string, prefix: string, config?: object) => ({ ...route(prefix, config), name });
  gateway = await startGateway(backends, {
    placement: 'downstream',
    routes: [
      named('orders-api', '/orders/', { ...callerApi, session_name: '{claim.sub}' }),
      named('reports-bucket', '/reports/', workloadBucket),
      named('partner', '/partner/', {
        ...{ ...workloadApi, aws_region: null, credential_source: 'workload', aws_assume_role_arn: PARTNER_ROLE },
        ...{ aws_region: 'us-east-1', external_id: EXTERNAL_ID, duration_seconds: 900 },
      }),
      named('own-keys', '/keys/', workloadApi),
      named('typo', '/typo/', { ...workloadApi, aws_regoin: 'us-east-1' }),
      named(HOSTILE, '/hostile/', callerApi),
    ],
  });
  await traffic();
});
afterAll(async () => {
  await gateway?.close();
  await backends?.close();
});

async function traffic(): Promise<void> {
  for (const sub of ['alice', 'bob', 'carol']) {
    const authorization = await backends.bearer(sub);
    for (let each = 0; each < 5; each++) {
      const response = await gateway.send({ path: '/orders/1', headers: [['authorization', authorization]] });
      expect(response.status).toBe(200);
    }
  }
  for (const path of ['/partner/1', '/keys/1', '/keys/2']) expect((await gateway.send({ path })).status).toBe(200);
  await gateway.send({ path: '/reports/1' });
  await gateway.send({ path: '/orders/1' });
  await gateway.send({ path: '/typo/1' });
  await gateway.send({ path: '/hostile/1', headers: [['x-request-id', HOSTILE]] });
}

const page = async () => (await fetch(url)).text();
const own = () => ({ 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' });

async function post(path: string, body: object, headers: Record<string, string>) {
  const response = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

async function withToken(): Promise<Record<string, string>> {
  const token = /name="page-token" content="([\w-]+)"/.exec(await page())?.[1] ?? '';
  return { ...own(), 'x-page-token': token };
}

/** The id by which the page evicts a session. */
async function evictId(session: string): Promise<string> {
  const rows = (await page()).split('<tr>');
  const row = rows.find((text) => text.includes(`>${session}</td>`)) ?? '';
  return /data-evict="([^"]+)"/.exec(row)?.[1] ?? '';
}

describe("the operator's page", () => {
  it('shows routes, where their fields come from, identities and refusals, and no secret', async () => {
    const text = await page();
    for (const shown of ['orders-api', 'reports-bucket', 'partner-orders', 'alice', 'SIGV4_TOKEN_MISSING', 'typo']) {
      expect(text).toContain(shown);
    }
    expect(text).toMatch(/<dt>region<\/dt><dd>us-east-1 <span class="from set">route<\/span>/);
    expect(text).toMatch(/<dt>algorithm<\/dt><dd>sigv4 <span class="from ">by default<\/span>/);
    expect(text).toMatch(/<dt>external id<\/dt><dd>set, not shown/);
    expect(text).toContain('aws_regoin');
    expect(text).not.toContain(EXTERNAL_ID);
    expect(text).not.toContain(HOSTILE);
    for (const { accessKeyId } of [DEMO_WORKLOAD]) expect(text).not.toContain(accessKeyId);
  });

  it('allows no script but its own, and no frame', async () => {
    const { headers } = await fetch(url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(await page()).not.toMatch(/<script(?! src)|<[a-z][^>]*\s(?:on\w+|style)=/);
  });

  it('evicts an identity, whose next request asks STS', async () => {
    const authorization = await backends.bearer('dave');
    const ask = async () =>
      (await gateway.send({ path: '/orders/1', headers: [['authorization', authorization]] })).status;
    expect([await ask(), await ask()]).toEqual([200, 200]);
    const before = backends.standIn.sts.calls.length;
    const evicted = await post('/page/evict', { id: await evictId('dave') }, await withToken());
    expect(evicted.status).toBe(200);
    expect(await evictId('dave')).toBe('');
    expect(await ask()).toBe(200);
    expect(backends.standIn.sts.calls.length).toBe(before + 1);
    expect((await post('/page/evict', { id: 'none' }, await withToken())).status).toBe(404);
  });

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a neighbour of the site', { 'sec-fetch-site': 'same-site' }],
    ['another origin', { 'sec-fetch-site': 'same-origin', origin: 'http://evil.test' }],
    ['no browser', {}],
  ])('takes no POST of %s, token or not', async (_, headers) => {
    const id = await evictId('alice');
    const { 'x-page-token': token = '' } = await withToken();
    expect((await post('/page/evict', { id }, { ...headers, 'x-page-token': token })).status).toBe(403);
    expect(await evictId('alice')).toBe(id);
  });

  it('takes no POST without its token', async () => {
    for (const token of [{}, { 'x-page-token': 'guessed' }]) {
      expect((await post('/page/evict', { id: await evictId('alice') }, { ...own(), ...token })).status).toBe(403);
    }
  });

  it('explains a request of a route that was seen, with example keys', async () => {
    const id = /<option value="(r\d+)">orders-api</.exec(await page())?.[1] ?? '';
    const form = {
      config: '',
      answer: '',
      request: `GET /orders/1?b=2&a=1 HTTP/1.1\nhost: x\nauthorization: ${await backends.bearer('eve')}`,
    };
    const { status, text } = await post('/page/explain', { ...form, route: id }, await withToken());
    expect(status).toBe(200);
    expect(text).toContain('The service would sign this request');
    expect(text).toContain('Credential=AKIDEXAMPLE/');
    expect(text).toContain('a=1&amp;b=2');
    expect(text).not.toContain(form.request.split('.')[2]);
  });

  it('explains a pasted config, and reads no files of the server', async () => {
    const config = 'aws_region: us-east-1\naws_service: s3\nsign_host: a.s3.amazonaws.com\n';
    const ask = async (request: string) =>
      post('/page/explain', { route: '', config, request, answer: '' }, await withToken());
    expect((await ask('curl https://x/key')).text).toContain('would sign this request');
    const file = await ask('curl https://x/key -d @/etc/hostname');
    expect([file.status, file.text]).toEqual([400, expect.stringContaining('reads no files')]);
    expect((await ask('')).status).toBe(400);
    expect((await ask('x'.repeat(600_000))).status).toBe(400);
  });
});

describe.skipIf(CHROMIUM === undefined)("the operator's page in Chromium (skipped where Chromium is absent)", () => {
  let browser: Browser;
  const pictures = process.env.PAGE_PICTURES ?? mkdtempSync(join(tmpdir(), 'page-'));
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    if (process.env.PAGE_PICTURES === undefined) rmSync(pictures, { recursive: true, force: true });
  });

  it.each([
    ['light', { viewport: { width: 1200, height: 900 }, colorScheme: 'light' }],
    ['dark', { viewport: { width: 1200, height: 900 }, colorScheme: 'dark' }],
    ['phone', { viewport: { width: 390, height: 844 }, colorScheme: 'light', isMobile: true, hasTouch: true }],
  ] as const)('%s: all in sight, no complaint of the browser', async (name, options) => {
    const { page, problems } = await openPage(browser, url, options);
    await page.locator('details', { hasText: 'partner' }).first().locator('summary').click();
    await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(name === 'dark' ? 'rgb(16, 19, 23)' : 'rgb(244, 245, 247)');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('stays fresh, keeps what is open, and evicts by keyboard', async () => {
    const { page, problems } = await openPage(browser, url);
    const seen = page.locator('details', { hasText: 'own-keys' }).first();
    await seen.locator('summary').focus();
    await page.keyboard.press('Enter');
    await gateway.send({ path: '/keys/3' });
    await expect.poll(() => seen.locator('.counts').innerText(), { timeout: 8_000 }).toContain('3 signed');
    expect(await seen.getAttribute('open')).toBe('');
    expect(await page.evaluate('document.activeElement.id')).toBe(await seen.locator('summary').getAttribute('id'));

    const row = page.locator('tr', { hasText: 'carol' });
    await row.getByRole('button').focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => row.count()).toBe(0);
    expect(await page.getByRole('status').innerText()).toContain('Evicted');
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('explains a request of a route', async () => {
    const { page, problems } = await openPage(browser, url, { viewport: { width: 1200, height: 900 } });
    const seen = page.locator('details', { hasText: 'orders-api' }).first();
    await seen.locator('summary').click();
    await seen.getByRole('button', { name: 'Explain' }).click();
    expect(await page.getByLabel('Route', { exact: true }).inputValue()).toMatch(/^r\d+$/);
    await page.keyboard.type('GET /orders/1 HTTP/1.1\nhost: x\nauthorization: Bearer placeholder');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText('Stage 1: canonical request').waitFor();
    await page.screenshot({ path: join(pictures, 'explain.png'), fullPage: true });
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('runs no markup of a route name or a request id', async () => {
    const { page, problems } = await openPage(browser, url);
    expect(await page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(await page.locator('main img').count()).toBe(0);
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
