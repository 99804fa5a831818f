/**
 * Fits the temperature on all rows of a dump that is read again, a few times
 * and in order, in the memory of a batch. The sums are made row by row, so
 * that the result has the bits of a sample that holds every row.
 */

import { logitOf } from '../diagnosis/diagnose.js';
import { FoldSums, foldOf, type Moments } from '../diagnosis/fold-moments.js';
import { searchRefinement } from '../diagnosis/temperature.js';
import type { OpenDump } from '../intake/dump-request.js';
import { scoreValues } from '../types/score-array.js';
import { type RowBuffers, type RowScores, RowStatus, STATUS_MASK } from '../types/scores.js';
import type { TargetedRows } from '../types/temper.js';
import { type CoreLoader, makeRowScorer } from './create-scorer.js';
import { inputChanged } from './input-changed.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import type { Progress, StartedDump } from './score-dump.js';
import { batchRows } from './scorer.js';

/** Rows of a batch that a fit takes. */
interface FittedRows extends TargetedRows {
  readonly folds: Uint8Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

/**
 * Fits on all rows where the sample does not hold them, and hands the fit to the scorer's diagnosis.
 * @param started a dump whose rows are all scored
 * @param reopen opens the same dump from its first row
 * @throws InputError `input-changed`, and what the reader throws
 */
export async function fitAllRows(
  started: StartedDump,
  reopen: () => Promise<OpenDump>,
  loadCore: CoreLoader,
  onProgress: ((progress: Progress) => void) | undefined,
): Promise<void> {
  const part = started.scorer.part<DiagnosisPart>('diagnosis');
  const { kernel, math } = part;
  const sample = part.sample();
  const { seen } = sample;
  if (sample.count === seen) return;
  const { info } = started.reader;
  // Readers widen 16-bit scores, as samples do.
  const dtype = info.dtype === 'f64' ? 'f64' : 'f32';
  const { rows } = await makeRowScorer(loadCore, { ...started.options, dtype });
  const { classes, kind, eps } = rows.options;
  const toLogit = logitOf(kind, eps, math);
  const most = batchRows(classes, dtype);

  const momentsAt = async (betas: readonly number[]): Promise<Moments[][]> => {
    const sums = betas.map(() => new FoldSums());
    const dump = await reopen();
    try {
      if (dump.content !== 'scores' || JSON.stringify(dump.reader.info) !== JSON.stringify(info)) {
        throw inputChanged(info.name);
      }
      const { reader } = dump;
      let firstRow = 0;
      let fitted = 0;
      for (;;) {
        const lease = rows.lease(most);
        const count = await reader.read(lease);
        if (count === 0) break;
        const picked = pickRows(lease, rows.score(lease, count), {
          classes,
          firstRow,
          isWeighted: info.hasWeights,
          toLogit,
        });
        betas.forEach((beta, i) => {
          kernel.run(picked, 0, picked.count, beta, (columns, n, from) =>
            sums[i].add(columns, n, picked.folds, picked.weights, from),
          );
        });
        firstRow += count;
        fitted += picked.count;
        onProgress?.({ rows: firstRow, ...reader.progress() });
      }
      if (fitted !== seen) throw inputChanged(info.name);
    } finally {
      await dump.reader.close();
    }
    return sums.map((sum) => sum.moments());
  };

  const search = searchRefinement(seen, sample, kernel, math);
  let step = search.next();
  while (step.done !== true) step = search.next(await momentsAt(step.value));
  part.useFit(step.value);
}

interface PickOptions {
  readonly classes: number;
  /** Index of the first row of the batch. */
  readonly firstRow: number;
  readonly isWeighted: boolean;
  readonly toLogit: ((score: number) => number) | null;
}

/** The rows of a batch that samples would take, as logits. */
function pickRows(
  { scores, targets, weights }: RowBuffers,
  { count, status, nll }: RowScores,
  { classes, firstRow, isWeighted, toLogit }: PickOptions,
): FittedRows {
  const isTaken = (r: number) =>
    (status[r] & STATUS_MASK) === RowStatus.scored &&
    nll[r] !== Number.POSITIVE_INFINITY &&
    !(isWeighted && weights[r] === 0);
  const taken = Uint32Array.from({ length: count }, (_, r) => r).filter(isTaken);
  // Widened already: the batch is of f32 or f64.
  const values = scoreValues(scores, 'f32', 0, count * classes);
  let logits = values;
  if (taken.length < count || toLogit !== null) {
    logits = new (values.constructor as Float64ArrayConstructor)(taken.length * classes);
    taken.forEach((r, to) => {
      const row = values.subarray(r * classes, (r + 1) * classes);
      logits.set(toLogit === null ? row : row.map(toLogit), to * classes);
    });
  }
  return {
    classes,
    count: taken.length,
    scores: logits,
    targets: Int32Array.from(taken, (r) => targets[r]),
    folds: Uint8Array.from(taken, (r) => foldOf(firstRow + r)),
    weights: isWeighted ? Float64Array.from(taken, (r) => weights[r]) : null,
  };
}
