import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.ts';

/** The bytes of an object as the server keeps them; undefined where there is none. */
export function stored({ s3 }: World, bucket: string, key: string): Buffer | undefined {
  const path = join(s3.folder, bucket, key);
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** The signer's count of streams that are open. */
export async function openStreams({ signer }: World): Promise<number> {
  const metrics = await (await fetch(`http://${signer.admin}/metrics`)).text();
  return Number(/^sigv4_streams_open (\d+)$/m.exec(metrics)?.[1]);
}
