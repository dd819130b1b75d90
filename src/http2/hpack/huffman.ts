/**
 * The lengths of the codes of the bytes 0 to 255 and of the end mark, in bits, a digit of base 36 each. The code is
 * canonical: of one length, codes ascend with their bytes, and longer ones go on where shorter ones end.
 * @see https://www.rfc-editor.org/rfc/rfc7541 Appendix B
 */
const CODE_LENGTHS =
  'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca' +
  'd67777777777777777777777878djde6f56565666577666567655677777fbeds' +
  'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
  'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu';

const END_MARK = 256;
const LONGEST_PADDING = 7;
/** No code is shorter than five bits: one byte at most ends within four. */
const STEP_BITS = 4;
const STEPS = 2 ** STEP_BITS;
const FAILS = -1;

/** Two numbers a state, which is a node of the code's tree: where a 0 and where a 1 leads, to a byte as its complement. */
const TREE = codeTree();
/** By state and the next four bits: the state that they lead to, times 512, and the byte that they end plus 1, or 0. */
const TRANSITIONS = transitions();
/** The states that the last byte may be filled up to: beginnings of the end mark. */
const PADDINGS = paddings();

let scratch = Buffer.allocUnsafeSlow(1024);

/**
 * Text of a Huffman-coded string, one character for each byte; undefined where it is none.
 * @see https://www.rfc-editor.org/rfc/rfc7541 §5.2
 */
export function decodeHuffman(bytes: Buffer, from: number, to: number): string | undefined {
  const most = (to - from) * 2;
  if (most > scratch.length) scratch = Buffer.allocUnsafeSlow(most);
  let length = 0;
  let state = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    for (let shift = STEP_BITS; shift >= 0; shift -= STEP_BITS) {
      const next = TRANSITIONS[state * STEPS + ((byte >> shift) & (STEPS - 1))] ?? FAILS;
      if (next === FAILS) return undefined;
      state = next >> 9;
      const ended = next & 0x1ff;
      if (ended > 0) scratch[length++] = ended - 1;
    }
  }
  return PADDINGS.has(state) ? scratch.toString('latin1', 0, length) : undefined;
}

function transitions(): Int32Array {
  const table = new Int32Array((TREE.length / 2) * STEPS);
  for (let index = 0; index < table.length; index++) {
    let state = Math.floor(index / STEPS);
    let ended = 0;
    for (let bit = STEP_BITS - 1; bit >= 0 && state !== FAILS; bit--) {
      const next = TREE[state * 2 + ((index >> bit) & 1)] ?? 0;
      state = next > 0 ? next : 0;
      if (next === ~END_MARK) state = FAILS;
      else if (next < 0) ended = ~next + 1;
    }
    table[index] = state === FAILS ? FAILS : state * 512 + ended;
  }
  return table;
}

function paddings(): ReadonlySet<number> {
  const states = new Set([0]);
  for (let state = 0, bits = 0; bits < LONGEST_PADDING; bits++) {
    state = TREE[state * 2 + 1] ?? 0;
    states.add(state);
  }
  return states;
}

function codeTree(): Int32Array {
  const lengths = Array.from(CODE_LENGTHS, (digit) => Number.parseInt(digit, 36));
  const inOrder = lengths.map((_, symbol) => symbol).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const tree = new Int32Array(lengths.length * 2);
  let states = 1;
  let code = 0;
  let before = 0;
  for (const symbol of inOrder) {
    const length = lengths[symbol] ?? 0;
    code *= 2 ** (length - before);
    before = length;
    let state = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const edge = state * 2 + (Math.floor(code / 2 ** bit) % 2);
      if (tree[edge] === 0) tree[edge] = states++;
      state = tree[edge] ?? 0;
    }
    tree[state * 2 + (code % 2)] = ~symbol;
    code++;
  }
  return tree;
}
