/** Fits on all rows of a dump that is read again, a few times and in order, in the memory of a batch. */

import type { FitRows } from '../types/fitted.js';
import type { ScoredRows } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import { scoreValues } from '../types/score-array.js';
import { type RowBuffers, RowStatus, STATUS_MASK } from '../types/scores.js';
import { inputChanged } from './input-changed.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';

/** Takes a scored batch, and the buffers that it was scored in; both are valid during the call. */
export type TakeRows = (rows: ScoredRows, buffers: RowBuffers) => void;

/**
 * Fits on all rows where the sample does not hold them, and hands the fit to the diagnosis.
 * @param part the diagnosis of a dump whose rows are all scored
 * @param readAgain scores all batches of the same dump, in order, in memory other than that of the
 *   core that temperatures are fitted with
 * @param source name of the dump, for messages
 * @throws InputError `input-changed`, and what `readAgain` throws
 */
export async function fitAllRows(
  part: DiagnosisPart,
  readAgain: (take: TakeRows) => Promise<void>,
  source: string,
): Promise<void> {
  const sample = part.sample();
  const { seen } = sample;
  if (sample.count === seen) return;
  const fit = part.recalibration.fitAll(seen, sample);
  if (fit === null) return;
  do {
    let taken = 0;
    await readAgain((rows, buffers) => {
      const picked = pickRows(rows, buffers, part.shape);
      fit.add(picked);
      taken += picked.count;
    });
    if (taken !== seen) throw inputChanged(source);
  } while (fit.next());
  part.useFit(fit.found());
}

/** The rows of a batch that samples would take, as they would keep them. */
export function pickRows(rows: ScoredRows, buffers: RowBuffers, shape: SampleShape): FitRows {
  const { scores, targets, weights, firstRow } = rows;
  const { count, status, nll } = scores;
  const { width, dtype, pack, classes } = shape;
  const isTaken = (r: number) =>
    (status[r] & STATUS_MASK) === RowStatus.scored &&
    nll[r] !== Number.POSITIVE_INFINITY &&
    weights?.[r] !== 0;
  const taken = Uint32Array.from({ length: count }, (_, r) => r).filter(isTaken);
  return {
    count: taken.length,
    scores:
      pack === null && taken.length === count
        ? scoreValues(buffers.scores, dtype, 0, count * width)
        : packed(rows, buffers, shape, taken),
    targets: Int32Array.from(taken, (r) => (classes > 0 ? targets[r] : 0)),
    index: Float64Array.from(taken, (r) => firstRow + r),
    weights: weights && Float64Array.from(taken, (r) => weights[r]),
  };
}

function packed(
  rows: ScoredRows,
  buffers: RowBuffers,
  { width, dtype, pack }: SampleShape,
  taken: Uint32Array,
): Float32Array | Float64Array {
  const length = taken.length * width;
  const into = dtype === 'f64' ? new Float64Array(length) : new Float32Array(length);
  taken.forEach((r, to) => {
    const row = into.subarray(to * width, (to + 1) * width);
    if (pack !== null) pack(buffers, r, row, rows);
    else row.set(scoreValues(buffers.scores, dtype, r * width, (r + 1) * width));
  });
  return into;
}
