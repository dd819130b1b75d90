// What each stage of a request costs within the service, gRPC aside: µs of CPU, the code of src/ as it is.
import { parseArgs } from 'node:util';
import { CALLER_ROUTE, tokenOf } from './contenders/callers.ts';
import { STATIC_CREDENTIALS } from './contenders/servers.ts';
import { startBenchSts } from './contenders/sts.ts';
import { aligned, withSpread } from './report/text-table.ts';
import { timeInTurns } from './stages/clock.ts';
import { CRYPTO, openParts, type RequestKind, type StagedRequest, stage } from './stages/requests.ts';
import type { Summary } from './statistics.ts';

const USAGE = `npm run bench:stages -- [--slices 40]

  --slices  how many times 20 ms each stage gets`;
const WHOLE = 'whole';
const KIB = 1024;

/** The requests that are taken apart. */
const KINDS: Readonly<Record<string, RequestKind>> = {
  "the workload's identity, header-only": {},
  "a cached caller's, header-only": {
    route: CALLER_ROUTE,
    headers: [['authorization', `Bearer ${tokenOf(1, 'stages')}`]],
  },
  "the workload's identity, body of 1 KiB": { body: Buffer.alloc(KIB, 'x') },
  "the workload's identity, body of 1 MiB": { body: Buffer.alloc(KIB * KIB, 'x') },
};

const slices = readSlices();
if (slices !== undefined) await main(slices);

async function main(slices: number): Promise<void> {
  const sts = await startBenchSts();
  // The provider chain reads these when it is first asked.
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: STATIC_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: STATIC_CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: STATIC_CREDENTIALS.sessionToken,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_STS: sts.url,
  });
  const parts = openParts();
  try {
    for (const [title, kind] of Object.entries(KINDS)) {
      const staged = await stage(parts, kind);
      const times = await timeInTurns(new Map([...staged.stages, [WHOLE, staged.whole]]), slices);
      console.log(`${render(title, staged, times)}\n`);
    }
  } finally {
    parts.credentials.close();
    await sts.close();
  }
}

/** What no stage accounts for is the stream's own: its state, views of messages, answers, metrics. */
function render(title: string, { stages }: StagedRequest, times: ReadonlyMap<string, Summary>): string {
  const whole = times.get(WHOLE)?.median ?? Number.NaN;
  const share = (us: number) => `${((us / whole) * 100).toFixed(0)} %`;
  let rest = whole;
  const rows = [...stages.keys()].map((name) => {
    const time = times.get(name) ?? { median: Number.NaN, spread: Number.NaN, count: 0 };
    if (name !== CRYPTO) rest -= time.median;
    return [name === CRYPTO ? `  ${name}` : name, withSpread(time), share(time.median)];
  });
  const total = times.get(WHOLE);
  return aligned([
    [title, 'µs of CPU', 'share'],
    ...rows,
    ['all else', rest.toFixed(2), share(rest)],
    [WHOLE, total ? withSpread(total) : '', share(whole)],
  ]);
}

function readSlices(): number | undefined {
  try {
    const { values } = parseArgs({ options: { slices: { type: 'string', default: '40' } } });
    if (/^[1-9]\d*$/.test(values.slices)) return Number(values.slices);
    throw new Error('--slices wants a number');
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 1;
    return undefined;
  }
}
