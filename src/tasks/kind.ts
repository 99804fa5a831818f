/**
 * Logits, log-probabilities or probabilities? Decided once, from the first
 * rows of a dump; what later rows say can only contradict it.
 */

import { InputError } from '../types/errors.js';
import type { ScoreKind } from '../types/scores.js';

/** Rows that take part in the decision. A fixed number, so that it does not depend on how the file is read. */
export const HEAD_ROWS = 256;
/** As in the kernels: how far Σ p may lie from 1, or log Σ e^z from 0. */
const TOLERANCE = 1e-3;

/** What one row looks like; null for a row with NaN or +∞, which says nothing. */
export function kindOfRow(row: ArrayLike<number>): ScoreKind | null {
  let sum = 0;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < row.length; c++) {
    const z = row[c];
    if (Number.isNaN(z) || z === Number.POSITIVE_INFINITY) return null;
    sum += z;
    lowest = Math.min(lowest, z);
    highest = Math.max(highest, z);
  }
  if (lowest >= 0 && highest <= 1 + 1e-6 && Math.abs(sum - 1) <= TOLERANCE) return 'probabilities';
  if (highest > TOLERANCE || highest === Number.NEGATIVE_INFINITY) return 'logits';
  let exponentials = 0;
  for (let c = 0; c < row.length; c++) exponentials += Math.exp(row[c]);
  return Math.abs(Math.log(exponentials)) <= TOLERANCE ? 'log-probabilities' : 'logits';
}

/**
 * Decides the kind from the first rows of a dump (at most {@link HEAD_ROWS} are looked at).
 * @throws InputError `ambiguous-kind` when most of the rows are normalised but some are not,
 *   or when rows of probabilities and of log-probabilities stand side by side
 */
export function decideKind(
  source: string,
  scores: Float32Array | Float64Array,
  classes: number,
  rows: number,
): ScoreKind {
  const counts: Record<ScoreKind, number> = { logits: 0, 'log-probabilities': 0, probabilities: 0 };
  const firstOf: Partial<Record<ScoreKind, number>> = {};
  const head = Math.min(rows, HEAD_ROWS);
  for (let r = 0; r < head; r++) {
    const kind = kindOfRow(scores.subarray(r * classes, (r + 1) * classes));
    if (kind === null) continue;
    counts[kind]++;
    firstOf[kind] ??= r;
  }
  const decided = counts.logits + counts.probabilities + counts['log-probabilities'];
  for (const kind of ['probabilities', 'log-probabilities'] as const) {
    if (counts[kind] === 0) continue;
    if (counts[kind] === decided) return kind;
    if (counts[kind] >= decided / 2) {
      const other = (Object.keys(firstOf) as ScoreKind[]).find((name) => name !== kind);
      const row = other === undefined ? 0 : (firstOf[other] ?? 0);
      throw new InputError('ambiguous-kind', {
        source,
        row,
        problem: `most of the first ${head} rows are ${kind}, but this one is not`,
        found: `${counts[kind]} of ${decided} rows that are normalised as ${kind}`,
        expected: 'rows of one kind',
        advice: 'Repair the row, or say what the scores are with --kind.',
      });
    }
  }
  return 'logits';
}
