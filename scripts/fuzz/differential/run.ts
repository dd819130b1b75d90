import { signWithAws4 } from './aws4-peer.ts';
import { randomCase, type SigningCase } from './cases.ts';
import { type Comparison, compare, verifiesItself } from './compare.ts';
import type { PeerName } from './known-differences.ts';
import type { PythonPeers } from './python-peers.ts';
import { changedRequest } from './same-request.ts';
import { shrink } from './shrink.ts';
import { type Ours, signCase } from './wire.ts';

const PEERS = ['aws4', 'botocore', 'awscrt'] as const satisfies PeerName[];
const BATCH = 500;

export interface Failure {
  seed: number;
  /** Which peer differs; else what is wrong with ours by itself. */
  wrong: string;
  /** Shrunk. */
  smallest: SigningCase;
  ours: Ours;
  /** The signatures, where a peer differs. */
  different?: { ours: string; theirs: string };
}

export interface RunResult {
  cases: number;
  /** How often a peer was equal, unsupported, or differed in a known way, by `peer: what`. */
  tally: Map<string, number>;
  /** Cases that at least one peer signed as we do. */
  confirmed: number;
  failure: Failure | undefined;
}

/** Compares cases, one for each seed from the first on, until one fails. */
export async function runDifferential(peers: PythonPeers, seed: number, cases: number): Promise<RunResult> {
  const result: RunResult = { cases: 0, tally: new Map(), confirmed: 0, failure: undefined };
  while (result.cases < cases && result.failure === undefined) {
    const size = Math.min(BATCH, cases - result.cases);
    const batch = Array.from({ length: size }, (_, index) => randomCase(seed + result.cases + index));
    const compared = await compareAll(peers, batch);
    for (const [index, { ours, comparisons }] of compared.entries()) {
      const signingCase = batch[index] as SigningCase;
      const wrong = whatIsWrong(signingCase, { ours, comparisons });
      if (wrong !== undefined) {
        result.failure = await explain(peers, seed + result.cases, wrong, signingCase);
        break;
      }
      result.cases += 1;
      if (comparisons.some(({ kind }) => kind === 'equal')) result.confirmed += 1;
      for (const [at, comparison] of comparisons.entries()) count(result.tally, `${PEERS[at]}: ${label(comparison)}`);
    }
  }
  return result;
}

interface Compared {
  ours: Ours;
  /** In the order of PEERS. */
  comparisons: Comparison[];
}

async function compareAll(peers: PythonPeers, cases: readonly SigningCase[]): Promise<Compared[]> {
  const all = cases.map(signCase);
  const answers = await peers.sign(all.map(({ wire }) => wire));
  return all.map((ours, index) => {
    const python = answers[index];
    if (python === undefined) throw new Error('a case without an answer');
    const answersOf = { aws4: signWithAws4(ours.wire), ...python };
    return { ours, comparisons: PEERS.map((peer) => compare(peer, ours, answersOf[peer])) };
  });
}

function whatIsWrong(signingCase: SigningCase, { ours, comparisons }: Compared): string | undefined {
  if (!verifiesItself(ours)) return 'our public key does not verify our signature';
  const changed = changedRequest(signingCase, ours);
  if (changed !== undefined) return changed;
  const peer = PEERS[comparisons.findIndex(({ kind }) => kind === 'different')];
  return peer && `${peer} differs`;
}

async function explain(peers: PythonPeers, seed: number, wrong: string, signingCase: SigningCase): Promise<Failure> {
  const compareOne = async (candidate: SigningCase) => (await compareAll(peers, [candidate]))[0] as Compared;
  const fails = async (candidate: SigningCase) => whatIsWrong(candidate, await compareOne(candidate)) === wrong;
  const smallest = await shrink(signingCase, fails);
  const { ours, comparisons } = await compareOne(smallest);
  const different = comparisons.find((comparison) => comparison.kind === 'different');
  return { seed, wrong, smallest, ours, ...(different && { different }) };
}

function label(comparison: Comparison): string {
  if (comparison.kind === 'unsupported') return `cannot be asked: ${comparison.why}`;
  return comparison.kind === 'known' ? `known difference: ${comparison.name}` : comparison.kind;
}

function count(tally: Map<string, number>, key: string): void {
  tally.set(key, (tally.get(key) ?? 0) + 1);
}
