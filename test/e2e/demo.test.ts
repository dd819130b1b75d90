import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEMO_WORKLOAD } from '../stand-in/demo-config.ts';
import { type Child, type ChildExit, startChild } from '../support/child.ts';

const main = join(import.meta.dirname, '..', '..', 'scripts', 'demo', 'main.ts');

/** What hides secrets and tokens in, whatever their values. */
const SECRETS: Record<string, RegExp> = {
  'a JWT': /eyJ[\w-]{8,}/,
  'a whole signature or hash': /[0-9a-f]{64}/,
  'a session token': /IQoJb3JpZ2lu/,
  'a whole access key id': /A[KS]IA[A-Z2-7]{16}/,
  'base64 as long as a secret key': /[A-Za-z0-9+/]{40}/,
};

async function startDemo(...args: string[]): Promise<Child> {
  return await startChild(process.execPath, [main, ...args], {
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: undefined },
    graceMs: 20_000,
  });
}

/** The lines of one scene, from its title to the next blank line. */
function scene(output: string, title: string): string {
  const found = output.split('\n\n').find((block) => block.split('\n')[0]?.includes(title));
  if (found === undefined) throw new Error(`no scene ${title} in:\n${output}`);
  return found;
}

describe('npm run demo', () => {
  let exit: ChildExit;
  let output: string;

  beforeAll(async () => {
    const demo = await startDemo();
    exit = await demo.exited;
    output = demo.output();
  });

  it('ends with 0 and a verdict in one line', () => {
    expect(output.trimEnd().split('\n').at(-1)).toMatch(
      /^✓ 12 of 12 requests as expected: 6 signed and verified, 5 refused, no token past Envoy \([\d.]+ s\)$/,
    );
    expect(exit).toEqual({ code: 0, signal: null });
  });

  it('shows the role of each caller, and STS asked once for each', () => {
    const first = scene(output, 'Alice goes through Envoy');
    expect(first).toContain('GET /orders?page=2  200 ✓');
    expect(first).toMatch(/client ─+▶ envoy ─+▶ signer ✓ ─+▶ sts ✓ ─+▶ aws 200/);
    expect(first).toContain('AssumeRoleWithWebIdentity');
    expect(first).toMatch(/aws saw +\S+:assumed-role\/orders-caller\/demo, web identity alice/);
    expect(first).toMatch(/signature +[0-9a-f]{8}… by ASIA….{4} for \d{8}\/us-east-1\/execute-api\/aws4_request/);
    expect(first).toMatch(/removed +authorization: Bearer …$/);

    expect(scene(output, 'Alice again')).toMatch(/client ─+▶ envoy ─+▶ signer ✓ ─+▶ aws 200/);
    expect(scene(output, 'Bob')).toMatch(/sts ✓.*\n(?:.*\n)*.*web identity bob/);
    expect(scene(output, 'places an order')).toMatch(/covers +host, content-type, x-amz-\*, 39 bytes of body/);
    const workload = scene(output, 'A batch job');
    expect(workload).toMatch(/AssumeRole with the workload's own keys: ok/);
    expect(workload).toMatch(/aws saw +\S+:assumed-role\/reports-workload\/demo$/m);
    expect(workload).toMatch(/removed +authorization: AWS4-HMAC-SHA256 …, x-amz-date, x-amz-security-token$/);
  });

  it.each([
    ['Mallory', 401, 'SIGV4_TOKEN_INVALID', 'sts ✗'],
    ['that has expired', 401, 'SIGV4_TOKEN_EXPIRED', 'sts  '],
    ['with no token', 401, 'SIGV4_TOKEN_MISSING', 'sts  '],
    ['nobody configured', 500, 'SIGV4_ROUTE_NOT_CONFIGURED', 'sts  '],
    ['Carol', 503, 'SIGV4_STS_UNAVAILABLE', 'sts ✗ down'],
  ])('shows that %s is refused with %i %s', (title, status, code, sts) => {
    const block = scene(output, title);
    expect(block).toContain(`${status} ✓`);
    expect(block).toContain(`signer ${status}`);
    expect(block).toContain(`answer     ${code}: `);
    expect(block).toContain(sts);
    expect(block).toMatch(/aws saw +nothing$/);
  });

  it('fits 96 columns and is plain where it is not read on a terminal', () => {
    for (const line of output.split('\n')) expect(line.length, line).toBeLessThanOrEqual(96);
    expect(output).not.toContain('\u001b');
  });

  it.each(Object.entries(SECRETS))('does not print %s', (_, pattern) => {
    expect(output).not.toMatch(pattern);
    expect(output).not.toContain(DEMO_WORKLOAD.secretAccessKey);
  });
});

describe('npm run demo -- --keep', () => {
  let demo: Child;

  beforeAll(async () => {
    demo = await startDemo('--keep');
    await new Promise<void>((resolve, reject) => {
      demo.onLine((line) => line.startsWith('Ctrl-C ends everything') && resolve());
      demo.exited.then(() => reject(new Error(demo.output())));
    });
  });

  afterAll(async () => void (await demo.close()));

  it('leaves everything running for the lines that it prints, and ends it on SIGTERM', async () => {
    const printed = (pattern: RegExp) => pattern.exec(demo.output())?.[1] ?? '';
    const gateway = printed(/(http:\/\/127\.0\.0\.1:\d+)\/orders/);
    const token = await (await fetch(printed(/TOKEN=\$\(curl -s '([^']+)'\)/))).text();
    const authorization = `Bearer ${token}`;
    const answers = await Promise.all([
      fetch(`${gateway}/orders?page=2`, { headers: { authorization } }),
      fetch(`${gateway}/orders`, { method: 'POST', headers: { authorization }, body: '{"item":"tea"}' }),
      fetch(`${gateway}/reports/2026`),
      fetch(`${gateway}/orders`),
      fetch(`${gateway}/legacy`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 500]);

    expect(await demo.close()).toEqual({ code: 0, signal: null });
    await expect(fetch(gateway)).rejects.toThrow();
  });
});
