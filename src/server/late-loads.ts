import { loadAwsSdk } from '../credentials/index.ts';
import { loadCheckCodec } from '../ext-authz/index.ts';
import { createChecksum } from '../signing/aws-chunked/index.ts';
import type { Logger } from './log.ts';

/** Behind the start, and ahead of all but the first requests. */
const LATE_MS = 1_000;

/**
 * Loads what a start does not wait for and the first request that needs it should not either: the AWS SDK, the codec of
 * ext_authz, the checksums of uploads.
 * @returns what keeps it from that
 */
export function loadLate(log: Pick<Logger, 'error'>): () => void {
  const timer = setTimeout(async () => {
    try {
      await loadAwsSdk();
      loadCheckCodec();
      createChecksum('crc64nvme');
      createChecksum('crc32c');
    } catch (error) {
      log.error({ err: error }, 'a part of the service cannot be loaded');
    }
  }, LATE_MS).unref();
  return () => clearTimeout(timer);
}
