/** A plain f64 scorer for tests: rows of logits or probabilities to what a tally takes. */

import { ClassificationTally } from '../../src/tallies/classification-tally.js';
import type { ClassificationTallyOptions } from '../../src/tallies/tally-options.js';
import { RowStatus, type ScoredRows, STATUS_TIED } from '../../src/types/scores.js';

export interface TestRow {
  readonly probabilities: readonly number[];
  readonly nll: number;
  readonly target: number;
  readonly weight?: number;
  readonly status?: number;
}

export function softmaxRow(logits: readonly number[], target: number, weight = 1): TestRow {
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return {
    probabilities: powers.map((power) => power / sum),
    nll: largest - logits[target]! + Math.log(sum),
    target,
    weight,
  };
}

export function probabilityRow(
  probabilities: readonly number[],
  target: number,
  weight = 1,
): TestRow {
  return { probabilities, nll: -Math.log(probabilities[target]!), target, weight };
}

export interface LossOptions {
  readonly classWeights?: readonly number[] | null;
  readonly labelSmoothing?: number;
}

/** Cross-entropy as DEFINITIONS has it, spelled out per class. */
export function lossOf(row: TestRow, { classWeights, labelSmoothing = 0 }: LossOptions): number {
  const weight = (k: number) => classWeights?.[k] ?? 1;
  const classes = row.probabilities.length;
  let loss = (1 - labelSmoothing) * weight(row.target) * row.nll;
  if (labelSmoothing > 0) {
    row.probabilities.forEach((p, k) => {
      loss += (labelSmoothing / classes) * weight(k) * -Math.log(p);
    });
  }
  return loss;
}

export function scoredRows(
  rows: readonly TestRow[],
  weighted: boolean,
  options: LossOptions = {},
  firstRow = 0,
): ScoredRows {
  const count = rows.length;
  const scores = {
    count,
    status: new Uint8Array(count),
    prediction: new Uint32Array(count),
    rank: new Uint32Array(count),
    nll: new Float64Array(count),
    loss: new Float64Array(count),
    confidence: new Float64Array(count),
    targetProbability: new Float64Array(count),
    sumSquares: new Float64Array(count),
    normalizer: new Float64Array(count),
  };
  rows.forEach((row, i) => {
    const { probabilities: p, target } = row;
    scores.status[i] = row.status ?? RowStatus.scored;
    if (scores.status[i] !== RowStatus.scored) {
      for (const name of [
        'nll',
        'loss',
        'confidence',
        'targetProbability',
        'sumSquares',
      ] as const) {
        scores[name][i] = Number.NaN;
      }
      return;
    }
    const largest = Math.max(...p);
    const ahead = p.filter((q, k) => q > p[target]! || (q === p[target] && k < target)).length;
    const firsts = p.filter((q) => q === largest).length;
    if (p[target] === largest && firsts > 1) scores.status[i]! |= STATUS_TIED;
    scores.prediction[i] = p.indexOf(largest);
    scores.rank[i] = ahead;
    scores.nll[i] = row.nll;
    scores.loss[i] = lossOf(row, options);
    scores.confidence[i] = largest;
    scores.targetProbability[i] = p[target]!;
    scores.sumSquares[i] = p.reduce((sum, q) => sum + q * q, 0);
  });
  return {
    firstRow,
    scores,
    targets: Int32Array.from(rows, (row) => row.target),
    weights: weighted ? Float64Array.from(rows, (row) => row.weight ?? 1) : null,
  };
}

/** A tally of the rows, all in one batch. */
export function tallyOf(
  rows: readonly TestRow[],
  weighted: boolean,
  options: Partial<ClassificationTallyOptions> & LossOptions = {},
): ClassificationTally {
  const classes = rows[0]?.probabilities.length ?? 3;
  const tally = new ClassificationTally({
    classes,
    weighted,
    kernel: 'reference',
    version: 'test',
    ...options,
  });
  tally.add(scoredRows(rows, weighted, options));
  return tally;
}
