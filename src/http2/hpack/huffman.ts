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

/**
 * A state is a node of the code's tree. Two numbers a state: where a 0 and where a 1 leads, to a state, or to a byte
 * as its complement.
 */
const TREE = codeTree();

/**
 * Text of a Huffman-coded string, one character for each byte; undefined where it is none.
 * @see https://www.rfc-editor.org/rfc/rfc7541 §5.2
 */
export function decodeHuffman(bytes: Buffer, from: number, to: number): string | undefined {
  let text = '';
  let state = 0;
  let bitsSinceByte = 0;
  let areAllOnes = true;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    for (let bit = 7; bit >= 0; bit--) {
      const isOne = (byte >> bit) & 1;
      const next = TREE[state * 2 + isOne] ?? 0;
      bitsSinceByte++;
      if (isOne === 0) areAllOnes = false;
      if (next > 0) {
        state = next;
        continue;
      }
      if (~next === END_MARK) return undefined;
      text += String.fromCharCode(~next);
      state = 0;
      bitsSinceByte = 0;
      areAllOnes = true;
    }
  }
  // What fills up the last byte is the beginning of the end mark.
  return bitsSinceByte <= LONGEST_PADDING && areAllOnes ? text : undefined;
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
