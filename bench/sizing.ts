// Holds the model of docs/sizing.md against a run: callers with short sessions at a fixed rate, over several refreshes.
import { parseArgs } from 'node:util';
import { metric } from '../test/support/metrics.ts';
import { anyCaller } from './contenders/callers.ts';
import { startBenchSts } from './contenders/sts.ts';
import { goodAndBad, runLoad } from './load.ts';
import { evenly } from './metronome.ts';
import { runPacedLoad } from './paced-load.ts';
import { cpuSecondsOf, memoryOf } from './proc.ts';
import { aligned } from './report/text-table.ts';
import { fill, startForCallers } from './runs/callers.ts';
import { COSTS, predict } from './sizing/model.ts';

const USAGE = 'npm run bench:sizing -- [--callers 1000] [--rate 400] [--session 30] [--seconds 60]';
const SESSION_TOKEN_LENGTH = 1000;
const CROWD = 'sizing';
const SATURATION_SECONDS = 6;

interface Settings {
  callers: number;
  /** Requests a second. */
  rate: number;
  /** How long a session lives, and how long is measured, in seconds. */
  session: number;
  seconds: number;
}

const settings = readSettings();
if (settings !== undefined) await check(settings);
process.exit();

async function check({ callers, rate, session, seconds }: Settings): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const sts = await startBenchSts({ sessionSeconds: session });
  stack.defer(sts.close);
  const contender = await startForCallers('sizing', sts);
  stack.defer(contender.close);
  const { pid = 0, adminPort } = contender.server ?? {};
  console.error(`${callers} callers get their credentials, and are asked for over one session …`);
  await fill(contender, callers, CROWD);
  const next = anyCaller(callers, CROWD);
  const drive = (forSeconds: number) =>
    runPacedLoad({ port: contender.portOf('gateway'), dueMs: evenly(rate, forSeconds), next });
  const saturate = () =>
    runLoad({ port: contender.portOf('gateway'), connections: 32, seconds: SATURATION_SECONDS, next });
  await saturate();
  const beforeSaturation = await cpuSecondsOf(pid);
  const { requests } = await saturate();
  const requestUs = ((await cpuSecondsOf(pid)) - beforeSaturation) * (1e6 / requests);
  // All were loaded together: their refreshes spread over the first sessions.
  await drive(session);
  const read = async () => ({
    cpu: await cpuSecondsOf(pid),
    calls: await metric({ admin: `127.0.0.1:${adminPort}` }, 'sigv4_sts_calls_total'),
  });
  console.error(`${seconds} s at ${rate} requests a second …`);
  const before = await read();
  const started = performance.now();
  const result = await drive(seconds);
  const took = (performance.now() - started) / 1000;
  const after = await read();
  const { bad } = goodAndBad(result);
  if (bad > 0) throw new Error(`${bad} requests were not answered with 2xx`);

  const predicted = predict({
    requestsPerSecond: rate,
    callers,
    sessionTokenLength: SESSION_TOKEN_LENGTH,
    sessionSeconds: session,
  });
  const cores = (after.cpu - before.cpu) / took;
  const callsPerHour = ((after.calls - before.calls) / took) * 3600;
  const { rssBytes } = await memoryOf(pid);
  const row = (name: string, model: number, measured: number, digits = 0) => [
    name,
    model.toFixed(digits),
    measured.toFixed(digits),
    `${(measured / model).toFixed(2)}`,
  ];
  console.log(
    Object.entries(COSTS)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  );
  console.log(
    aligned([
      [`${callers} callers, ${rate} requests a second, sessions of ${session} s`, 'model', 'measured', 'ratio'],
      row('CPU per request at saturation, µs', predicted.requestUs, requestUs, 1),
      row('requests a second of a core', predicted.requestsPerSecondPerCore, 1e6 / requestUs),
      row('cores at that rate', predicted.cores, cores, 3),
      row('resident memory, MB', predicted.memoryBytes / 1e6, rssBytes / 1e6),
      row('STS calls an hour', predicted.stsCallsPerHour, callsPerHour),
    ]),
  );
}

function readSettings(): Settings | undefined {
  try {
    const text = { type: 'string' } as const;
    const { values } = parseArgs({ options: { callers: text, rate: text, session: text, seconds: text } });
    const { callers = '1000', rate = '400', session = '30', seconds = '60' } = values;
    const read = { callers: Number(callers), rate: Number(rate), session: Number(session), seconds: Number(seconds) };
    if (Object.values(read).every((value) => value > 0) && read.session > 10) return read;
    throw new Error('all want numbers above 0; a session lives for more than 10 s');
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 1;
    return undefined;
  }
}
