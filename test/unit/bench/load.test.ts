import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Histogram } from '../../../bench/histogram.ts';
import { parseResponse } from '../../../bench/http-response.ts';
import { runLoad } from '../../../bench/load.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('runLoad', () => {
  it('counts every request once: by its status, or as an error', async () => {
    let served = 0;
    let dropped = 0;
    const bodies = new Set<string>();
    const port = await serve(async (request, response) => {
      const chunks = await request.toArray();
      bodies.add(Buffer.concat(chunks).toString());
      served++;
      if (served % 7 === 0) {
        dropped++;
        request.socket.destroy();
      } else if (served % 5 === 0) response.writeHead(503, { connection: 'close' }).end('down');
      else if (served % 3 === 0) response.writeHead(204).end();
      else {
        response.write('chunked');
        response.end('!'.repeat(100_000));
      }
    });
    const result = await runLoad({ port, path: '/a', body: 'body', connections: 4, seconds: 0.5 });
    const answered = [...result.byStatus.values()].reduce((sum, count) => sum + count, 0);
    expect([...result.byStatus.keys()].sort()).toEqual([200, 204, 503]);
    expect(answered).toBe(served - dropped);
    // The load's end may cut off a request that the server never saw.
    expect(result.errors).toBeGreaterThanOrEqual(dropped);
    expect(result.requests).toBe(answered + result.errors);
    expect(dropped).toBeGreaterThan(1);
    expect(bodies).toEqual(new Set(['body']));
  });

  it('counts connections that are refused as errors', async () => {
    const port = await serve(() => {});
    for (const close of closers.splice(0)) close();
    const result = await runLoad({ port, path: '/', connections: 1, seconds: 0.05 });
    expect(result.requests).toBe(0);
    expect(result.errors).toBeGreaterThan(0);
  });
});

describe('parseResponse', () => {
  const whole = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd';

  it('waits for the last byte', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(parseResponse(Buffer.from(whole.slice(0, length)))).toBeUndefined();
    }
    expect(parseResponse(Buffer.from(whole))).toEqual({ status: 200, end: whole.length, close: false });
  });

  it('refuses what it cannot delimit', () => {
    expect(() => parseResponse(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow('content-length');
    expect(() => parseResponse(Buffer.from('SSH-2.0\r\n\r\n'))).toThrow('not a final');
  });
});

describe('Histogram', () => {
  it('keeps quantiles to within a bucket', () => {
    const histogram = new Histogram();
    for (let value = 1; value <= 1000; value++) histogram.record(value);
    const { p50, p99, p999, max } = histogram.percentiles();
    expect(p50 / 500).toBeCloseTo(1, 1);
    expect(p99 / 990).toBeCloseTo(1, 1);
    expect(p999).toBeGreaterThan(975);
    expect(max).toBe(1000);
  });

  it('is of all parts what it were of one', () => {
    const [one, other, whole] = [new Histogram(), new Histogram(), new Histogram()];
    for (let value = 1; value <= 300; value++) {
      (value % 3 === 0 ? one : other).record(value);
      whole.record(value);
    }
    expect(Histogram.of([one, other]).percentiles()).toEqual(whole.percentiles());
    expect(Histogram.of([]).percentiles().p50).toBe(0);
  });
});
