import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects the whole heap. A WeakRef's target lives until the turn of the event loop in which it was made or read is over. */
export const collectGarbage = runInNewContext('gc') as () => void;
