import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureH2spec } from '../../scripts/h2spec.ts';
import { run } from '../../scripts/venv.ts';
import { type PlainHttp2Server, startPlainHttp2 } from '../support/http2-server.ts';

const h2spec = await ensureH2spec();
const skipped = h2spec === undefined ? ' (SKIPPED: no h2spec, and no Go to build it with)' : '';

describe.skipIf(h2spec === undefined)(`h2spec${skipped}`, () => {
  let server: PlainHttp2Server;
  beforeAll(async () => {
    server = await startPlainHttp2();
  });
  afterAll(() => server?.close());

  it('finds nothing that RFC 7540 and 7541 do not allow', { timeout: 120_000 }, async () => {
    const { output } = await run(h2spec ?? '', ['--host', '127.0.0.1', '--port', String(server.port)]);
    const [, passed] = /(\d+) tests, (\d+) passed, 0 skipped, 0 failed/.exec(output) ?? [];
    expect(Number(passed), output).toBeGreaterThan(140);
  });
});
