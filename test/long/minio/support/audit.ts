import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { closeServer, listen, localUrl } from '../../../stand-in/http.ts';

const TIMEOUT_MS = 10_000;
const POLL_MS = 20;

const shape = z.object({
  api: z.object({
    name: z.string(),
    bucket: z.string().optional(),
    object: z.string().optional(),
    statusCode: z.number(),
  }),
  requestClaims: z.record(z.string(), z.unknown()).optional(),
  requestHeader: z.record(z.string(), z.string()).optional(),
});

/** What MinIO testifies of one request. */
export type AuditEntry = z.infer<typeof shape>;

export interface Audit {
  url: string;
  /** In the order of their arrival, S3's and STS's. */
  entries: readonly AuditEntry[];
  /**
   * Resolves to the first entry that answers to a description, also one yet to come.
   * @throws Error after 10 s
   */
  entry: (matches: (entry: AuditEntry) => boolean) => Promise<AuditEntry>;
  close: () => Promise<void>;
}

/** Takes MinIO's audit log on a free port of loopback. */
export async function startAudit(): Promise<Audit> {
  const entries: AuditEntry[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    entries.push(shape.parse(await json(request)));
    response.end();
  });
  const port = await listen(server);
  return {
    url: localUrl('http', undefined, port),
    entries,
    entry: async (matches) => {
      for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await delay(POLL_MS)) {
        const found = entries.find(matches);
        if (found !== undefined) return found;
      }
      throw new Error(`MinIO's audit log has no such request: ${JSON.stringify(entries.map(({ api }) => api))}`);
    },
    close: () => closeServer(server),
  };
}
