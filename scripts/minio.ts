import { ensureGoTool } from './go-tool.ts';

/** MinIO publishes no module versions: this is the commit of 12 February 2026. */
export const MINIO_VERSION = '0.0.0-20260212201848-7aac2a2c5b7c';

/**
 * The path of a MinIO that runs, an S3 server with an STS that verifies web identities: `MINIO_PATH`, else as
 * `ensureGoTool` finds it.
 * @throws ToolError
 */
export function ensureMinio(): Promise<string | undefined> {
  return ensureGoTool({
    name: 'minio',
    module: 'github.com/minio/minio',
    version: MINIO_VERSION,
    variable: 'MINIO_PATH',
  });
}
