import { ensureGoTool } from './go-tool.ts';

export const H2SPEC_VERSION = '2.2.1+incompatible';

/**
 * The path of an h2spec that runs, which holds servers to RFC 7540 and 7541: `H2SPEC_PATH`, else as
 * `ensureGoTool` finds it.
 * @throws ToolError
 */
export function ensureH2spec(): Promise<string | undefined> {
  return ensureGoTool({
    name: 'h2spec',
    module: 'github.com/summerwind/h2spec/cmd/h2spec',
    version: H2SPEC_VERSION,
    variable: 'H2SPEC_PATH',
  });
}
