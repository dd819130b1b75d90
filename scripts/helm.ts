import { ensureGoTool } from './go-tool.ts';

/** The Helm that lints and renders deploy/helm; built from source where it is not there. */
export const HELM_VERSION = '3.22.0';

/**
 * The path of a helm that runs (`HELM_PATH`, PATH, the cache, Go). Undefined where there is no Go to build it, except
 * with `CI=true`.
 * @throws ToolError
 */
export function ensureHelm(): Promise<string | undefined> {
  return ensureGoTool({
    name: 'helm',
    module: 'helm.sh/helm/v3/cmd/helm',
    version: HELM_VERSION,
    variable: 'HELM_PATH',
    versionArgs: ['version', '--short'],
  });
}
