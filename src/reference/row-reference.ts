/**
 * The row scores again, in plain f64 TypeScript: the truth that the kernels
 * are tested against, and the fallback where WebAssembly SIMD is missing. Its
 * `Math.exp` and `Math.log` are the host's, and so are its last bits.
 */

import { checkLease, checkLeaseSize } from '../types/leases.js';
import { newScoreArray, scoreValues } from '../types/score-array.js';
import {
  MISSING_TARGET,
  type RowBuffers,
  type RowOptions,
  type RowScorer,
  type RowScores,
  RowStatus,
  STATUS_TIED,
} from '../types/scores.js';

/** Tolerances of the kernels: assembly/scores/finish-logits.ts, assembly/scores/score-probabilities.ts. */
const NORMALIZATION_TOLERANCE = 1e-3;
const ABOVE_ONE = 1e-6;

type Row = Float32Array | Float64Array;

/** Highest score, lowest index that has it, how many classes have it; NaN and ±∞ seen. */
function survey(row: Row) {
  let max = Number.NEGATIVE_INFINITY;
  let prediction = 0;
  let equals = 0;
  let hasNaN = false;
  for (let c = 0; c < row.length; c++) {
    const z = row[c];
    if (Number.isNaN(z)) hasNaN = true;
    if (z > max) {
      max = z;
      prediction = c;
      equals = 0;
    }
    if (z === max) equals++;
  }
  return { max, prediction, equals, hasNaN };
}

/** How many classes beat the target, or tie with it at a lower index. */
function rankOf(row: Row, target: number): number {
  const own = row[target];
  let rank = 0;
  for (let c = 0; c < row.length; c++) {
    if (row[c] > own || (row[c] === own && c < target)) rank++;
  }
  return rank;
}

/** w · value, where a weight of 0 takes the value out even if it is infinite. */
function weigh(weight: number, value: number): number {
  return weight === 0 ? 0 : weight * value;
}

/** Row scorer in plain TypeScript; the same interface as the engine's. */
export class RowReference implements RowScorer {
  readonly kernel = 'reference';
  readonly options: RowOptions;
  #leases: readonly RowBuffers[] = [];

  constructor(options: RowOptions) {
    this.options = options;
  }

  lease(rows: number): RowBuffers {
    const lease = this.#memoryFor(rows);
    this.#leases = [lease];
    return lease;
  }

  leasePair(rows: number): readonly [RowBuffers, RowBuffers] {
    const pair = [this.#memoryFor(rows), this.#memoryFor(rows)] as const;
    this.#leases = pair;
    return pair;
  }

  #memoryFor(rows: number): RowBuffers {
    checkLeaseSize(rows);
    return {
      capacity: rows,
      scores: newScoreArray(this.options.dtype, rows * this.options.classes),
      targets: new Int32Array(rows),
      weights: new Float64Array(rows),
    };
  }

  score(buffers: RowBuffers, count: number): RowScores {
    checkLease(buffers, this.#leases, count);
    const blank = () => new Float64Array(count).fill(Number.NaN);
    const out: RowScores = {
      count,
      status: new Uint8Array(count),
      prediction: new Uint32Array(count),
      rank: new Uint32Array(count),
      nll: blank(),
      loss: blank(),
      confidence: blank(),
      targetProbability: blank(),
      sumSquares: blank(),
      normalizer: blank(),
    };
    const { classes, dtype } = this.options;
    for (let r = 0; r < count; r++) {
      const row = scoreValues(buffers.scores, dtype, r * classes, (r + 1) * classes);
      out.status[r] = this.#scoreRow(out, r, row, buffers.targets[r]);
    }
    return out;
  }

  #scoreRow(out: RowScores, r: number, row: Row, target: number): number {
    const { ignoreIndex, classes, kind } = this.options;
    if (ignoreIndex !== null && target === ignoreIndex) return RowStatus.ignored;
    if (target === MISSING_TARGET) return RowStatus.missingTarget;
    if (target < 0 || target >= classes) return RowStatus.badTarget;
    return kind === 'probabilities'
      ? this.#scoreProbabilities(out, r, row, target)
      : this.#scoreLogits(out, r, row, target);
  }

  #scoreLogits(out: RowScores, r: number, row: Row, target: number): number {
    const { max, prediction, equals, hasNaN } = survey(row);
    if (hasNaN || Math.abs(max) === Number.POSITIVE_INFINITY) return RowStatus.invalid;
    let sum = 0;
    let squares = 0;
    for (const z of row) {
      const e = Math.exp(z - max);
      sum += e;
      squares += e * e;
    }
    const normalized = this.options.kind === 'log-probabilities';
    const logSum = Math.log(sum);
    // What to add to max − z to get −log p, and the largest probability.
    const lift = normalized ? -max : logSum;
    const confidence = normalized ? Math.exp(max) : 1 / sum;
    const own = row[target];
    const probability = Math.exp(own - max) * confidence;
    this.#store(
      out,
      r,
      target,
      normalized ? 0 - own : max - own + logSum,
      (c) => max - row[c] + lift,
    );
    out.normalizer[r] = max + logSum;
    out.confidence[r] = confidence;
    out.targetProbability[r] = probability;
    out.sumSquares[r] = squares * confidence * confidence;
    out.prediction[r] = prediction;
    out.rank[r] = rankOf(row, target);
    if (normalized && Math.abs(out.normalizer[r]) > NORMALIZATION_TOLERANCE) {
      return RowStatus.contradiction;
    }
    return own === max && equals > 1 ? RowStatus.scored | STATUS_TIED : RowStatus.scored;
  }

  #scoreProbabilities(out: RowScores, r: number, row: Row, target: number): number {
    const { eps } = this.options;
    const { max, prediction, equals } = survey(row);
    let sum = 0;
    let squares = 0;
    let lowest = 0;
    for (const p of row) {
      sum += p;
      squares += p * p;
      lowest = Math.min(lowest, p);
    }
    if (!Number.isFinite(sum)) return RowStatus.invalid;
    const negativeLog = (p: number) => 0 - Math.log(Math.min(Math.max(p, eps), 1));
    this.#store(out, r, target, negativeLog(row[target]), (c) => negativeLog(row[c]));
    out.normalizer[r] = sum;
    out.confidence[r] = max;
    out.targetProbability[r] = row[target];
    out.sumSquares[r] = squares;
    out.prediction[r] = prediction;
    out.rank[r] = rankOf(row, target);
    if (lowest < 0 || max > 1 + ABOVE_ONE || Math.abs(sum - 1) > NORMALIZATION_TOLERANCE) {
      return RowStatus.contradiction;
    }
    return row[target] === max && equals > 1 ? RowStatus.scored | STATUS_TIED : RowStatus.scored;
  }

  /** Stores nll and loss: (1 − ε)·w_y·nll + (ε / C)·Σ_c w_c·(−log p_c). */
  #store(
    out: RowScores,
    r: number,
    target: number,
    nll: number,
    negativeLogOf: (c: number) => number,
  ): void {
    const { classes, classWeights, labelSmoothing } = this.options;
    const weightOf = (c: number) => (classWeights ? classWeights[c] : 1);
    let loss = weigh(weightOf(target), nll);
    if (labelSmoothing !== 0) {
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += weigh(weightOf(c), negativeLogOf(c));
      loss = (1 - labelSmoothing) * loss + (labelSmoothing / classes) * sum;
    }
    out.nll[r] = nll;
    out.loss[r] = loss;
  }
}
