import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, run } from './venv.ts';

const venv = join(import.meta.dirname, '..', '.tools', 'deploy');

export interface DeployTools {
  /** Lints Dockerfiles. */
  hadolint: string;
  /** `kubernetes-validate -k VERSION --strict FILE…`, with Kubernetes' schemas of 1.22 to 1.37 in it. */
  kubernetesValidate: string;
}

/**
 * The linters of what is deployed, at the versions of scripts/requirements-deploy.txt, in `.tools/deploy`.
 * @throws ToolError
 */
export async function ensureDeployTools(): Promise<DeployTools> {
  const tools = {
    hadolint: join(venv, 'bin', 'hadolint'),
    kubernetesValidate: join(venv, 'bin', 'kubernetes-validate'),
  };
  await ensurePackages(venv, {
    name: 'deploy',
    requirements: readFileSync(join(import.meta.dirname, 'requirements-deploy.txt'), 'utf8'),
    verify: async () => {
      for (const tool of [tools.hadolint, tools.kubernetesValidate]) {
        const result = await run(tool, ['--version']);
        if (!result.ok) return result.output.split('\n').at(-1);
      }
      return undefined;
    },
  });
  return tools;
}
