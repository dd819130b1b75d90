import { ensureGoTool } from './go-tool.ts';

/** The S3 server that checks signatures, those of chunks and trailers too; built from source where it is not there. */
export const VERSITYGW_VERSION = '1.8.0';

/**
 * The path of a versitygw that runs: `VERSITYGW_PATH`, else as `ensureGoTool` finds it.
 * @throws ToolError
 */
export function ensureVersitygw(): Promise<string | undefined> {
  return ensureGoTool({
    name: 'versitygw',
    module: 'github.com/versity/versitygw/cmd/versitygw',
    version: VERSITYGW_VERSION,
    variable: 'VERSITYGW_PATH',
  });
}
