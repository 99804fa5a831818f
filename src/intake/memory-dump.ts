/** Dumps that lie in memory already. */

import type { DumpReader } from '../types/dump.js';
import type { RowTexts } from '../types/row-texts.js';
import { BYTES_PER_SCORE, scoreValues } from '../types/score-array.js';
import type { Dtype, ScoreArray } from '../types/scores.js';

/** Rows in memory, scores row-major. */
export interface MemoryRows {
  readonly scores: ScoreArray;
  readonly dtype: Dtype;
  readonly targets: Int32Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** Soft targets, a probability per class, row-major; left out, or null, where targets are classes. */
  readonly soft?: Float64Array | null | undefined;
  readonly texts?: RowTexts | undefined;
}

/** A dump of arrays; there must be `classes` scores per target. Any part of it can be selected. */
export function memoryDump(name: string, rows: MemoryRows, classes: number): DumpReader {
  const { scores, dtype, targets, weights, soft, texts } = rows;
  const bytes = BYTES_PER_SCORE[dtype] * classes;
  let from = 0;
  let row = 0;
  let end = targets.length;
  return {
    info: {
      name,
      format: 'array',
      stored: dtype,
      dtype,
      epsilon: dtype === 'f64' ? 2 ** -52 : 2 ** -23,
      classes,
      classNames: null,
      rows: targets.length,
      hasTargets: true,
      hasWeights: weights !== null,
      ...(soft && { softTargets: true }),
    },
    selectRows(first, count) {
      row = Math.min(first, targets.length);
      end = Math.min(first + count, targets.length);
    },
    ...(texts && {
      texts: () =>
        Object.fromEntries(
          Object.entries(texts).map(([role, all]) => [role, all.slice(from, row)]),
        ),
    }),
    async read(into) {
      const next = Math.min(end, row + into.capacity);
      const [first, last] = [row * classes, next * classes];
      const widened = into.scores.BYTES_PER_ELEMENT !== scores.BYTES_PER_ELEMENT;
      into.scores.set(
        widened ? scoreValues(scores, dtype, first, last) : scores.subarray(first, last),
      );
      into.targets.set(targets.subarray(row, next));
      if (weights !== null) into.weights.set(weights.subarray(row, next));
      if (soft) into.soft?.set(soft.subarray(first, last));
      from = row;
      row = next;
      return row - from;
    },
    progress: () => ({ done: row * bytes, total: targets.length * bytes }),
    async close() {},
  };
}
