import { ensureEnvoy, ensurePythonTools, ToolError } from './tools.ts';

try {
  // In this order: an environment that an earlier run left unfinished is made anew by the first of them.
  await ensurePythonTools();
  await ensureEnvoy();
} catch (error) {
  console.error(error instanceof ToolError ? error.message : error);
  process.exitCode = 1;
}
