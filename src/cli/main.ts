#!/usr/bin/env -S node --max-semi-space-size=4 --v8-pool-size=1 --no-memory-reducer
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { explainCommand } from './explain.ts';
import { kongCommand } from './kong.ts';
import { serveCommand } from './serve.ts';
import { validateCommand } from './validate.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('sigv4-extproc')
  .description('Signs the requests that leave an Envoy for AWS, with the credentials of the right IAM role.')
  .version(version)
  .addCommand(serveCommand())
  .addCommand(explainCommand())
  .addCommand(kongCommand())
  .addCommand(validateCommand());

await program.parseAsync();
