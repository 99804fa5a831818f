/** Rows of every task as samples and batches, for recalibrations. */

import type { FitOfAllRows, ShapedRecalibration } from '../../src/diagnosis/recalibration.js';
import { pickRows } from '../../src/run/fit-all-rows.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { FitRows, Fitted } from '../../src/types/fitted.js';
import type { ScoredRows } from '../../src/types/rows.js';
import type { RowBuffers } from '../../src/types/scores.js';

/** Rows as they are scored: `columns` scores each, and targets of one kind or the other. */
export interface Dump {
  readonly columns: number;
  readonly scores: Float32Array | Float64Array;
  /** A class per row. */
  readonly classes?: readonly number[];
  /** A number per score. */
  readonly values?: Float64Array;
  readonly weights?: readonly number[] | undefined;
  readonly losses?: readonly number[];
}

function rowsOf({ scores, columns }: Dump): number {
  return scores.length / columns;
}

/** Rows `from … to` as a scored batch. */
export function batchOf(dump: Dump, from: number, to: number): [ScoredRows, RowBuffers] {
  const { columns, scores, classes, values, weights, losses } = dump;
  const count = to - from;
  const targets = Int32Array.from({ length: count }, (_, r) => classes?.[from + r] ?? 0);
  const nll = Float64Array.from({ length: count }, (_, r) => losses?.[from + r] ?? 1);
  const own = values?.slice(from * columns, to * columns);
  const w = weights === undefined ? null : Float64Array.from(weights.slice(from, to));
  const buffers = {
    capacity: count,
    scores: scores.slice(from * columns, to * columns),
    targets,
    weights: w ?? new Float64Array(count),
    values: own,
  };
  const prediction = Float64Array.from({ length: count }, (_, r) => scores[(from + r) * columns]!);
  const rows = {
    firstRow: from,
    scores: { count, status: new Uint8Array(count), prediction, nll, loss: nll },
    targets: own !== undefined && columns === 1 ? own : targets,
    weights: w,
  };
  return [rows, buffers];
}

/** All rows, as a sample would keep them. */
export function fitRows({ shape }: ShapedRecalibration, dump: Dump): FitRows {
  return pickRows(...batchOf(dump, 0, rowsOf(dump)), shape);
}

/** @param room for so many rows; default: for all */
export function sampleOfDump(
  recalibration: ShapedRecalibration,
  dump: Dump,
  room = rowsOf(dump),
): RowSample {
  const { width, dtype } = recalibration.shape;
  const bytes = width * (dtype === 'f64' ? 8 : 4);
  const sample = new RowSample({
    classes: width,
    dtype: dtype === 'f64' ? 'f64' : 'f32',
    weighted: dump.weights !== undefined,
    budget: room * bytes,
  });
  const { count, scores, targets, index, weights } = fitRows(recalibration, dump);
  for (let r = 0; r < count; r++) {
    if (!sample.offers(index[r]!)) continue;
    sample.keep(index[r]!, targets[r]!, weights?.[r] ?? 1, scores, r * width);
  }
  return sample;
}

/** Drives a fit over the rows in batches. */
export function driven(
  fit: FitOfAllRows,
  recalibration: ShapedRecalibration,
  dump: Dump,
  batch: number,
): { readonly found: Fitted | null; readonly readings: number } {
  let readings = 0;
  do {
    readings++;
    for (let from = 0; from < rowsOf(dump); from += batch) {
      const to = Math.min(rowsOf(dump), from + batch);
      fit.add(pickRows(...batchOf(dump, from, to), recalibration.shape));
    }
  } while (fit.next());
  return { found: fit.found(), readings };
}

/** What of a fit is plain values. */
export function plain(fitted: Fitted | null): unknown {
  if (fitted === null) return null;
  const { losses: _, answers: __, rightAtOffsets: ___, ...values } = fitted;
  return values;
}
