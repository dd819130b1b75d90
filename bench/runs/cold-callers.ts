// Callers that the service has not seen before: some at once, then more each second. Prints `started`, and in the end
// what they got.
import { eachCaller } from '../contenders/callers.ts';
import { goodAndBad } from '../load.ts';
import { atRandom } from '../metronome.ts';
import { runPacedLoad } from '../paced-load.ts';

const [port = 0, , atOnce = 0, perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);
const crowd = process.argv[3] ?? '';

const following = atRandom(perSecond, seconds, 1);
const dueMs = Float64Array.from([...new Float64Array(atOnce), ...following]);
const result = await runPacedLoad({
  port,
  dueMs,
  next: eachCaller(dueMs.length, crowd),
  // Accepting connections is Envoy's work, which is not what is measured.
  connections: atOnce,
  onOpen: () => console.log('started'),
});
console.log(JSON.stringify({ ...goodAndBad(result), statuses: Object.fromEntries(result.byStatus) }));
