/** Runs of equal scores from rows in memory. */

import type { RealArray } from '../types/gradients.js';
import type { RunWalk, ScoreRuns, ScoreSorter, SortedScores } from '../types/ranking.js';

/** Runs that are handed over at a time: they stay in the processor's cache. */
const BLOCK = 2048;

/** Rows of one score each. */
export interface BinaryRows {
  readonly dtype: 'f32' | 'f64';
  readonly count: number;
  /** Writes the scores of all rows; none is NaN. */
  readonly fillScores: (scores: RealArray) => void;
  /** 1 for a positive row, 0 for a negative one. */
  readonly labels: Uint8Array;
  /** Finite and not negative; null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/**
 * Walks rows in runs of equal scores. What it hands over depends on the set of
 * rows alone, to the last bit: weights of a run add up from the smallest on.
 */
export function runsOf(rows: BinaryRows, sorter: ScoreSorter): RunWalk {
  return (take) => {
    const { dtype, count, labels, weights } = rows;
    const sorted = sorter.sort(dtype, count, (scores, carried) => {
      rows.fillScores(scores);
      if (weights === null) carried.set(labels);
      else for (let i = 0; i < count; i++) carried[i] = i;
    });
    const collector = new RunCollector(take);
    if (weights === null) countRuns(sorted, collector);
    else weighRuns(sorted, labels, weights, collector);
    collector.flush();
  };
}

/** Gathers runs and hands them over by blocks. */
export class RunCollector {
  readonly #take: (runs: ScoreRuns) => void;
  readonly #scores = new Float64Array(BLOCK);
  readonly #positives = new Float64Array(BLOCK);
  readonly #negatives = new Float64Array(BLOCK);
  readonly #mixed: Uint8Array | null;
  #count = 0;

  constructor(take: (runs: ScoreRuns) => void, withMixed = false) {
    this.#take = take;
    this.#mixed = withMixed ? new Uint8Array(BLOCK) : null;
  }

  /** Adds a run, unless it weighs nothing. */
  add(score: number, positives: number, negatives: number, mixed = 0): void {
    if (positives + negatives === 0) return;
    const i = this.#count++;
    this.#scores[i] = score;
    this.#positives[i] = positives;
    this.#negatives[i] = negatives;
    if (this.#mixed !== null) this.#mixed[i] = mixed;
    if (this.#count === BLOCK) this.flush();
  }

  flush(): void {
    if (this.#count === 0) return;
    this.#take({
      count: this.#count,
      scores: this.#scores,
      positives: this.#positives,
      negatives: this.#negatives,
      mixed: this.#mixed,
    });
    this.#count = 0;
  }
}

function countRuns({ scores, carried }: SortedScores, runs: RunCollector): void {
  const count = scores.length;
  for (let from = 0; from < count; ) {
    const score = scores[from];
    let positives = 0;
    let to = from;
    do positives += carried[to++];
    while (to < count && scores[to] === score);
    runs.add(score, positives, to - from - positives);
    from = to;
  }
}

function weighRuns(
  { scores, carried }: SortedScores,
  labels: Uint8Array,
  weights: Float64Array,
  runs: RunCollector,
): void {
  const count = scores.length;
  const positives = new SortedSum();
  const negatives = new SortedSum();
  for (let from = 0; from < count; ) {
    const score = scores[from];
    let to = from + 1;
    while (to < count && scores[to] === score) to++;
    if (to === from + 1) {
      const row = carried[from];
      const weight = weights[row];
      runs.add(score, labels[row] === 1 ? weight : 0, labels[row] === 1 ? 0 : weight);
    } else {
      for (let i = from; i < to; i++) {
        const row = carried[i];
        (labels[row] === 1 ? positives : negatives).add(weights[row]);
      }
      runs.add(score, positives.take(), negatives.take());
    }
    from = to;
  }
}

/** Most weights that insertion sorts faster than the host's sort. */
const FEW = 32;

/** A sum that depends on the set of its weights alone: they add up from the smallest on. */
class SortedSum {
  #weights = new Float64Array(FEW);
  #count = 0;

  add(weight: number): void {
    if (this.#count === this.#weights.length) {
      const wider = new Float64Array(2 * this.#count);
      wider.set(this.#weights);
      this.#weights = wider;
    }
    this.#weights[this.#count++] = weight;
  }

  /** The sum; the next one begins at 0. */
  take(): number {
    const weights = this.#weights;
    const count = this.#count;
    this.#count = 0;
    if (count > FEW) weights.subarray(0, count).sort();
    else {
      for (let i = 1; i < count; i++) {
        const weight = weights[i];
        let place = i;
        for (; place > 0 && weights[place - 1] > weight; place--)
          weights[place] = weights[place - 1];
        weights[place] = weight;
      }
    }
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[i];
    return sum;
  }
}

/** Sum of the weights of some rows that depends on their set alone. */
export function sumSorted(
  rows: Uint32Array,
  belongs: (row: number) => boolean,
  weights: Float64Array,
): number {
  const sum = new SortedSum();
  for (const row of rows) if (belongs(row)) sum.add(weights[row]);
  return sum.take();
}
