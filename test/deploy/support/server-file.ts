import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { ServerConfig } from '../../../src/config/index.ts';
import { parseServerFile } from '../../../src/config/server-file.ts';
import { parseListenAddress } from '../../../src/server/index.ts';

const tls = z.strictObject({
  cert_file: z.literal('/etc/sigv4-extproc/tls/tls.crt'),
  key_file: z.literal('/etc/sigv4-extproc/tls/tls.key'),
  client_ca_file: z.literal('/etc/sigv4-extproc/tls/ca.crt'),
  allowed_sans: z.array(z.string()).optional(),
});

/** Reads the server's file that the chart wrote, as the service does. @throws where it would not start with it */
export function checkServerFile(text: string): ServerConfig {
  const document = parseDocument(text);
  tls.optional().parse(document.toJS().tls);
  const config = parseServerFile(document.toString(), 'server.yaml');
  for (const address of [config.listen, config.admin]) parseListenAddress(address ?? '');
  return config;
}
