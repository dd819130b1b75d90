import { styleText } from 'node:util';
import { details } from './details.ts';
import { path } from './hops.ts';
import type { Observation } from './play.ts';
import { ORDERS_HOST, REPORTS_HOST, type Scene } from './scenes.ts';

const WIDTH = 96;
const LABEL_WIDTH = 11;
const INDENT = '    ';

type Style = Parameters<typeof styleText>[0];

/** One scene, played and judged. */
export interface Played {
  scene: Scene;
  seen: Observation;
  faults: readonly string[];
}

// Styled for a terminal; plain elsewhere and where NO_COLOR is set.
function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

const faint = (text: string): string => styled('dim', text);
const strong = (text: string): string => styled('bold', text);
const rule = (): string => faint('─'.repeat(WIDTH));

/** What stands where, before the first request. */
export function printHeader(envoy: string): void {
  const route = (name: string, rest: string, host: string) =>
    console.log(`  ${strong(name.padEnd(11))}${rest.padEnd(40)}${faint(host)}`);
  console.log(
    `\n  ${strong('sigv4-extproc')}  ${envoy}, the signer, and a stand-in for AWS that verifies every signature`,
  );
  console.log(rule());
  route('/orders', "signed with the caller's own role", ORDERS_HOST);
  route('/reports', "signed with the workload's role", REPORTS_HOST);
  route('/legacy', 'has no signing config', 'so nothing may leave');
  console.log(rule());
}

/** One request: who sent it, the hops it took, what each of them made of it. */
export function printScene(number: number, { scene, seen, faults }: Played): void {
  const good = faults.length === 0;
  if (scene.heading) console.log(`\n${strong(scene.heading)}`);
  const { status, milliseconds } = seen.answer;
  const title = `${String(number).padStart(2)}  ${scene.title}`;
  const request = `${scene.method} ${scene.path}  `;
  const outcome = styled(['bold', statusColour(status, good)], `${status} ${good ? '✓' : '✗'}`);
  console.log(`\n${strong(title)}${between(title, `${request}200 ✓`)}${faint(request)}${outcome}`);

  const cells = path(scene, seen);
  const plain = cells.map(([text]) => text).join('');
  const time = `${milliseconds.toFixed(0)} ms`;
  const coloured = cells.map(([text, style]) => (style ? styled(style, text) : text)).join('');
  console.log(`${INDENT}${coloured}${between(INDENT + plain, time)}${faint(time)}`);

  for (const [label, text] of details(scene, seen)) console.log(INDENT + faint(label.padEnd(LABEL_WIDTH)) + text);
  for (const fault of faults) console.log(INDENT + styled('red', `${'WRONG'.padEnd(LABEL_WIDTH)}${fault}`));
}

/** The last line. */
export function printVerdict(played: readonly Played[], seconds: number): void {
  const good = played.filter(({ faults }) => faults.length === 0).length;
  const signed = played.filter(({ seen }) => seen.aws.some((record) => record.signed)).length;
  const refused = played.filter(({ seen }) => seen.code !== undefined).length;
  const counts = `${good} of ${played.length} requests as expected`;
  const sums = `${signed} signed and verified, ${refused} refused, no token past Envoy`;
  console.log(`\n${rule()}`);
  if (good < played.length) console.log(styled(['bold', 'red'], `✗ only ${counts}`));
  else console.log(`${styled(['bold', 'green'], `✓ ${counts}`)}: ${sums} ${faint(`(${seconds.toFixed(1)} s)`)}`);
}

function statusColour(status: number, good: boolean): 'green' | 'yellow' | 'red' {
  if (!good) return 'red';
  return status < 300 ? 'green' : 'yellow';
}

function between(left: string, right: string): string {
  return ' '.repeat(Math.max(2, WIDTH - left.length - right.length));
}
