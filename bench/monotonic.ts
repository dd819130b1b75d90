/** Milliseconds of the clock that all processes of a machine share; `performance.now` is each one's own. */
export function nowOfAllProcesses(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
