import { readFileSync } from 'node:fs';
import { Command } from 'commander';

interface KongFlags {
  metadataOnly?: boolean;
}

/** Exit code where something was not carried over, or there is nothing to convert. */
const NOT_WHOLE = 1;

/** `sigv4-extproc kong`. Reads one file and calls nobody. */
export function kongCommand(): Command {
  return new Command('kong')
    .description('Turn a Kong declarative config with the plugin aws-request-signing into Envoy YAML. Calls nobody.')
    .argument('<file>', 'the config, YAML or JSON, also of decK; - for standard input')
    .option('--metadata-only', "print each route's metadata alone, for Istio, Gloo and other control planes")
    .action(run);
}

async function run(file: string, { metadataOnly }: KongFlags, command: Command): Promise<void> {
  // Here, so that `serve` does not load it.
  const { convertKong, KongFileError, printable, renderEnvoy, renderMetadata, textOf } = await import(
    '../kong/index.ts'
  );
  const text = readText(file, command);
  try {
    const conversion = convertKong(text);
    const { text: yaml, findings } = metadataOnly ? renderMetadata(conversion) : renderEnvoy(conversion);
    for (const finding of findings)
      process.stderr.write(`${finding.severity}: ${file}: ${printable(textOf(finding))}\n`);
    if (conversion.routes.length > 0) process.stdout.write(yaml);
    const isWhole = conversion.routes.length > 0 && findings.every(({ severity }) => severity !== 'error');
    process.exitCode = isWhole ? 0 : NOT_WHOLE;
  } catch (error) {
    if (!(error instanceof KongFileError)) throw error;
    const problems = error.problems.map((problem) => `error: ${file}: ${printable(problem)}`);
    command.error(problems.join('\n'), { exitCode: NOT_WHOLE });
  }
}

function readText(path: string, command: Command): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return command.error(`error: ${path}: cannot be read (${reason})`, { exitCode: NOT_WHOLE });
  }
}
