/** What is answered to rows, as they are or at what was fitted, and how surely. */

import type { Answers, FitRows } from '../types/fitted.js';
import type { JointPoint, TargetedRows, TemperKernel } from '../types/temper.js';
import { AS_IS, predictedAt } from './joint-parts.js';
import type { JointFound, JointTerms } from './joint-terms.js';

/**
 * Asked of terms that say what is predicted. A row of labels is answered as surely as the label that is least sure.
 * @returns null after a recalibration that leaves rows in their order, and where none is best
 */
export function answersOf(
  terms: JointTerms,
  found: readonly JointFound[],
  batch: FitRows,
  as: 'they are' | 'recalibrated',
): Answers | null {
  const { kernel, math, threshold } = terms;
  const isRecalibrated = as === 'recalibrated';
  if (isRecalibrated && found.some(isBound)) return null;
  const columns = terms.labelRows();
  const losses = new Float64Array(batch.count);
  const right = new Float64Array(batch.count).fill(1);
  const leastSure = new Float64Array(batch.count);
  for (const [label, { ends }] of found.entries()) {
    const point = isRecalibrated ? ends.all : AS_IS;
    const hasOffsets = point.offsets !== null;
    const rows = columns.of(batch, label);
    // A temperature alone changes no prediction, and of one score no order.
    if (isRecalibrated && found.length === 1 && rows.classes === 2 && !hasOffsets) return null;
    const predicted = hasOffsets
      ? predictedAt({ rows, folds: null }, [point], threshold === null ? null : 0)
      : terms.predicted!(batch, label);
    const own = lossesAt(kernel, rows, point);
    const ofPredicted = lossesAt(kernel, { ...rows, targets: predicted }, point);
    for (let r = 0; r < batch.count; r++) {
      losses[r] += own[r] / found.length;
      leastSure[r] = Math.max(leastSure[r], ofPredicted[r]);
      if (predicted[r] !== rows.targets[r]) right[r] = 0;
    }
  }
  // The loss of a row whose target were the prediction is −log of its confidence.
  return { confidence: leastSure.map((loss) => math.exp(-loss)), right, losses };
}

function isBound({ fit: { alone, offsets } }: JointFound): boolean {
  return (offsets === null ? alone.fit.bound : offsets.minimum.bound) !== null;
}

function lossesAt(kernel: TemperKernel, rows: TargetedRows, point: JointPoint): Float64Array {
  const losses = new Float64Array(rows.count);
  kernel.runAt(rows, null, [[point]], ({ loss }, _, count, firstRow) => {
    losses.set(loss.subarray(0, count), firstRow);
  });
  return losses;
}
