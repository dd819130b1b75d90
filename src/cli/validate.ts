import { Command, Option } from 'commander';

export const FORMATS = ['text', 'json', 'sarif', 'github'] as const;

export interface ValidateFlags {
  config?: string;
  format: (typeof FORMATS)[number];
  strict?: boolean;
}

/** Exit code of wrong usage, or of a file that cannot be read. */
export const USAGE = 2;

/** `sigv4-extproc validate`. Reads files, and calls nobody. */
export function validateCommand(): Command {
  return new Command('validate')
    .description(
      "Find what would break signing, or let requests leave unsigned, in the server's file, Envoy's bootstrap or config_dump, and Kubernetes manifests. Calls nobody.",
    )
    .argument('<file...>', 'files or directories (*.yaml, *.yml, *.json); - for standard input')
    .option('--config <file>', "the server's file, for its defaults and profiles")
    .addOption(new Option('--format <format>', 'how to print').choices(FORMATS).default('text'))
    .option('--strict', 'warnings fail too')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .action(async (files: string[], flags: ValidateFlags, command: Command) =>
      (await import('./run-validate.ts')).runValidate(files, flags, command),
    );
}
