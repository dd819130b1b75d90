/** A rate per second, as short as it is still of use. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  return perSecond < 10 ? perSecond.toFixed(perSecond < 0.1 ? 2 : 1) : whole(perSecond);
}

export function whole(number: number): string {
  return Math.round(number).toLocaleString('en');
}

/** A time that something took, in seconds. */
export function took(seconds: number | undefined): string {
  if (seconds === undefined) return '–';
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1e3).toPrecision(seconds < 0.01 ? 2 : 3).replace(/\.0+$/, '')} ms`;
  return `${seconds.toFixed(1)} s`;
}

const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
];

/** A span of time, in milliseconds, by its two largest units. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const index = UNITS.findIndex(([unit]) => seconds >= unit);
  const [size, name] = UNITS[index] ?? [1, 's'];
  const [below, nameBelow] = UNITS[index + 1] ?? [1, 's'];
  const rest = Math.floor((seconds % size) / below);
  return rest === 0 || size === 1
    ? `${Math.floor(seconds / size)} ${name}`
    : `${Math.floor(seconds / size)} ${name} ${rest} ${nameBelow}`;
}

/** `12:04:31`, UTC. */
export function clockTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 19);
}

/** The parts of an IAM ARN that people look for. */
export function roleParts(arn: string): { account: string; role: string } {
  const [, , , , account = '', ...resource] = arn.split(':');
  return { account, role: resource.join(':').replace(/^role\//, '') || arn };
}
