import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseTraceparent } from '../../src/tracing/index.ts';

const SOURCE = new URL('../../src/', import.meta.url).href;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

describe('parseTraceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    [` 00-${TRACE}-${SPAN}-01 `, 1],
    [`cc-${TRACE}-${SPAN}-01-what-the-future-is-like`, 1],
  ])('%s', (header, traceFlags) => {
    expect(parseTraceparent(header)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags });
  });

  it.each([
    undefined,
    '',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
  ])('refuses %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});

describe('openTracing', () => {
  /** How much of OpenTelemetry's SDK a process has loaded that opened tracing so; its API comes with prom-client. */
  async function loaded(config: object | undefined, env: object): Promise<{ opened: boolean; modules: number }> {
    const code = `
      import { createRequire } from 'node:module';
      import '${SOURCE}server/index.ts';
      import { openTracing } from '${SOURCE}tracing/index.ts';
      const tracing = await openTracing(${JSON.stringify(config)}, ${JSON.stringify(env)}, () => undefined);
      const modules = Object.keys(createRequire(import.meta.url).cache).filter((path) => /@opentelemetry.(?:sdk-trace|exporter)/.test(path));
      console.log(JSON.stringify({ opened: tracing !== undefined, modules: modules.length }));
      await tracing?.close();`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
    return JSON.parse(stdout) as { opened: boolean; modules: number };
  }

  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };

  it.each([
    [undefined, {}],
    [{ sample: 1 }, {}],
    [undefined, { ...endpoint, OTEL_SDK_DISABLED: 'true' }],
    [{ otlpEndpoint: 'http://127.0.0.1:1' }, { OTEL_TRACES_EXPORTER: 'none' }],
  ])('loads nothing where it is off: %j, %j', async (config, env) => {
    expect(await loaded(config, env)).toEqual({ opened: false, modules: 0 });
  });

  it.each([
    [{ otlpEndpoint: 'http://127.0.0.1:1' }, {}],
    [undefined, endpoint],
    [undefined, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/v1/traces' }],
  ])('opens for %j, %j', async (config, env) => {
    const { opened, modules } = await loaded(config, env);
    expect(opened).toBe(true);
    expect(modules).toBeGreaterThan(10);
  });
});
