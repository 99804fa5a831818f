/** Rows that say something about the kind of their scores, counted as the tally in the core counts them. */

import { Watch } from '../types/row-tally.js';
import { scoreAt } from '../types/score-array.js';
import {
  type Dtype,
  type RowOptions,
  type RowScores,
  RowStatus,
  type ScoreArray,
  type ScoreKind,
  STATUS_MASK,
} from '../types/scores.js';

/** As in the kernels: how far Σ p may lie from 1, or log Σ e^z from 0. */
const TOLERANCE = 1e-3;

/** What the rows of a kind are watched for: one of {@link Watch}. */
export function watchFor(kind: ScoreKind, kindFrom: 'data' | 'option' | undefined): number {
  if (kind === 'probabilities') return Watch.looseSum;
  return kind === 'logits' && kindFrom === 'data' ? Watch.normalized : Watch.nothing;
}

/** How many rows of a batch are what they are watched for. */
export function notedRows(
  { count, status, normalizer }: RowScores,
  scores: ScoreArray,
  { classes, dtype }: RowOptions,
  watch: number,
): number {
  if (watch === Watch.nothing) return 0;
  let noted = 0;
  for (let r = 0; r < count; r++) {
    if ((status[r] & STATUS_MASK) !== RowStatus.scored) continue;
    if (watch === Watch.looseSum) {
      if (Math.abs(normalizer[r] - 1) > 1e-5) noted++;
      // log Σ e^z = 0: log-probabilities.
    } else if (Math.abs(normalizer[r]) <= TOLERANCE) noted++;
    else if (sumsToOne(scores, dtype, r * classes, (r + 1) * classes)) noted++;
  }
  return noted;
}

/** Whether a row is probabilities. Rows of logits are known by their first numbers, as a rule. */
function sumsToOne(scores: ScoreArray, dtype: Dtype, from: number, to: number): boolean {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const p = scoreAt(scores, dtype, i);
    if (!(p >= 0 && p <= 1 + 1e-6)) return false;
    sum += p;
  }
  return Math.abs(sum - 1) <= TOLERANCE;
}
