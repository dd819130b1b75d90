// POSTs with a body of a size, so many a second. Prints `started`, and in the end what they got.
import { goodAndBad } from '../load.ts';
import { evenly } from '../metronome.ts';
import { runPacedLoad } from '../paced-load.ts';
import { requestBytes } from '../request-bytes.ts';

const [port = 0, size = 0, perSecond = 0, seconds = 0] = process.argv.slice(2).map(Number);

const request = requestBytes({ path: '/prod/orders', body: Buffer.alloc(size, 'x') });
const result = await runPacedLoad({
  port,
  dueMs: evenly(perSecond, seconds),
  next: () => request,
  onOpen: () => console.log('started'),
});
console.log(JSON.stringify(goodAndBad(result)));
process.exit();
