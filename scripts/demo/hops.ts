import type { Observation } from './play.ts';
import type { Scene } from './scenes.ts';

/** A piece of the line, with its colour. */
export type Cell = [text: string, style?: 'green' | 'yellow' | 'red' | 'dim'];

const ARROW = 4;

/** `client → envoy → signer → sts → aws` in fixed columns: arrows as far as the request came, the rest faint. */
export function path(scene: Scene, { answer, aws, code, sts }: Observation): Cell[] {
  const [record] = aws;
  const atAws: Cell = record ? [`aws ${record.status}`, record.status < 300 ? 'green' : 'yellow'] : ['aws', 'dim'];
  if (scene.via === 'aws') return [['client'], arrow(LANES.aws - 'client'.length), atAws];

  const signer: Cell = code === undefined ? ['signer ✓', 'green'] : [`signer ${answer.status}`, 'yellow'];
  const down = sts.length === 0 && code === 'SIGV4_STS_UNAVAILABLE';
  const asked = sts.length > 0 || down;
  const atSts: Cell = asked ? stsCell(sts, down) : ['sts', 'dim'];
  const cells: Cell[] = [['client'], arrow(ARROW), ['envoy'], arrow(ARROW), signer];
  const fromSigner = LANES.signer + signer[0].length;
  if (record && !asked) return [...cells, arrow(LANES.aws - fromSigner), atAws];
  cells.push(asked ? arrow(LANES.sts - fromSigner) : space(LANES.sts - fromSigner), atSts);
  const fromSts = LANES.sts + atSts[0].length;
  return [...cells, record ? arrow(LANES.aws - fromSts) : space(LANES.aws - fromSts), atAws];
}

// Where each lane begins.
const LANES = { signer: 23, sts: 40, aws: 55 };

function stsCell(sts: Observation['sts'], down: boolean): Cell {
  if (down) return ['sts ✗ down', 'yellow'];
  return sts.every(({ outcome }) => outcome === 'ok') ? ['sts ✓', 'green'] : ['sts ✗', 'yellow'];
}

function arrow(width: number): Cell {
  return [` ${'─'.repeat(width - 3)}▶ `, 'dim'];
}

function space(width: number): Cell {
  return [' '.repeat(width)];
}
