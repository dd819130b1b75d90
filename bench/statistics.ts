/** A figure that was measured several times. */
export interface Summary {
  median: number;
  /** Half the width of the interval in which the true median lies, at about 95 %. */
  spread: number;
  /** How many times it was measured. */
  count: number;
}

/**
 * The quantile of values in any order, interpolated between neighbours (R's type 7); NaN of none.
 * @param share in [0, 1]
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The median with the notch of a box plot, 1.57 × interquartile range / √n: one wild round moves neither by much.
 * @see McGill, Tukey, Larsen: Variations of Box Plots. The American Statistician 32 (1978)
 */
export function summarize(values: readonly number[]): Summary {
  const range = quantile(values, 0.75) - quantile(values, 0.25);
  return { median: median(values), spread: (1.57 * range) / Math.sqrt(values.length), count: values.length };
}

/**
 * Joins what two contenders showed in the same rounds. What a shared machine does to one of them it mostly does to its
 * neighbour in the round too, so that ratios and differences of a round hold where the figures themselves swing.
 * @throws Error when they were not measured in the same rounds
 */
export function paired(
  ours: readonly number[],
  others: readonly number[],
  join: (our: number, other: number) => number,
): Summary {
  if (ours.length !== others.length || ours.length === 0) {
    throw new Error(`${ours.length} rounds cannot be paired with ${others.length}`);
  }
  return summarize(ours.map((our, round) => join(our, others[round] ?? Number.NaN)));
}

export function ratio(our: number, other: number): number {
  return our / other;
}

export function difference(our: number, other: number): number {
  return our - other;
}
