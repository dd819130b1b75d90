import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';

const value = z.object({ stringValue: z.string().optional() });
const attributes = z.array(z.object({ key: z.string(), value })).default([]);
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              attributes,
              startTimeUnixNano: z.union([z.string(), z.number()]),
              endTimeUnixNano: z.union([z.string(), z.number()]),
              status: z.object({ code: z.number().optional() }).default({}),
            }),
          ),
        }),
      ),
    }),
  ),
});

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  attributes: Record<string, string | undefined>;
  failed: boolean;
  milliseconds: number;
  service: string | undefined;
}

export interface OtlpCollector {
  url: string;
  port: number;
  spans: CollectedSpan[];
  /** All that was sent to it, as text. */
  received: string[];
  close: () => Promise<void>;
}

/** Takes spans over OTLP/HTTP as JSON, as a collector does; what comes as protobuf it takes and leaves. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const isJson = request.headers['content-type'] === 'application/json';
    if (request.method === 'POST' && request.url === '/v1/traces' && isJson) {
      received.push(body);
      spans.push(...spansOf(JSON.parse(body)));
    }
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/json' });
    response.end(isJson ? '{}' : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    spans,
    received,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function spansOf(message: unknown): CollectedSpan[] {
  return exported.parse(message).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ status, startTimeUnixNano, endTimeUnixNano, ...span }) => ({
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        name: span.name,
        attributes: plain(span.attributes),
        failed: status.code === 2,
        milliseconds: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
        service: plain(resource.attributes)['service.name'],
      })),
    ),
  );
}

function plain(list: z.infer<typeof attributes>): Record<string, string | undefined> {
  return Object.fromEntries(list.map(({ key, value: { stringValue } }) => [key, stringValue]));
}
