import { ensureDeployTools } from './deploy-tools.ts';
import { ensureH2spec } from './h2spec.ts';
import { ensureHelm } from './helm.ts';
import { ensureEnvoy, ensurePythonTools, ToolError } from './tools.ts';
import { ensureVersitygw } from './versitygw.ts';

try {
  // In this order: an environment that an earlier run left unfinished is made anew by the first of them.
  await ensurePythonTools();
  await ensureEnvoy();
  if ((await ensureVersitygw()) === undefined) {
    console.error('no Go to build versitygw with: the S3 tests will skip (install Go, or set VERSITYGW_PATH)');
  }
  if ((await ensureH2spec()) === undefined) {
    console.error('no Go to build h2spec with: its test of HTTP/2 will skip (install Go, or set H2SPEC_PATH)');
  }
  await ensureDeployTools();
  if ((await ensureHelm()) === undefined) {
    console.error('no Go to build helm with: the tests of the chart will skip (install Go or Helm, or set HELM_PATH)');
  }
} catch (error) {
  console.error(error instanceof ToolError ? error.message : error);
  process.exitCode = 1;
}
