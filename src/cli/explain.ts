import { Command, InvalidArgumentError, Option } from 'commander';
import { type ExplainFlags, USAGE } from './explain-flags.ts';

/** `sigv4-extproc explain`. Calls nobody: neither STS nor AWS. */
export function explainCommand(): Command {
  return new Command('explain')
    .description("Show how a request would be signed, stage by stage, and where AWS's answer differs. Calls nobody.")
    .option('--route <file>', "the route's signing config: the namespace aws-request-signing as YAML or JSON")
    .option('--config <file>', "the server's file, for its defaults and profiles")
    .option('--profile <name>', "a profile of the server's file")
    .addOption(new Option('--request <file>', 'the request in HTTP form; - for standard input').conflicts('curl'))
    .option('--curl <line>', 'the request as a curl command line')
    .option('--aws-answer <file>', "AWS's error answer, XML or JSON, to compare with; - for standard input")
    .addOption(
      new Option(
        '--at <time>',
        "the moment of signing, ISO 8601 (default: now; where AWS's answer names one, that one)",
      ).argParser(moment),
    )
    .addOption(
      new Option('--credentials <from>', 'keys to sign with: example keys, or those of the environment')
        .choices(['example', 'env'])
        .default('example'),
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE))
    .action(async (flags: ExplainFlags, command: Command) =>
      (await import('./run-explain.ts')).runExplain(flags, command),
    );
}

function moment(text: string): Date {
  const iso = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It takes a time such as 2026-11-22T10:11:12Z.');
  return date;
}
