/** Dumps that lie in memory already. */

import type { DumpReader } from '../types/dump.js';
import type { RowTexts } from '../types/row-texts.js';
import { BYTES_PER_SCORE, scoreValues } from '../types/score-array.js';
import type { Dtype, ScoreArray } from '../types/scores.js';

/** What a row of labels without scores is counted as: a reference to each of the two. */
const LABEL_BYTES = 16;

/** Rows in memory, scores row-major. */
export interface MemoryRows {
  readonly scores: ScoreArray;
  readonly dtype: Dtype;
  /** Empty where there are {@link values}. */
  readonly targets: Int32Array;
  /** Targets that are numbers, as many per row as scores; left out, or null, where targets are classes. */
  readonly values?: Float64Array | null | undefined;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** Soft targets, a probability per class, row-major; left out, or null, where targets are classes. */
  readonly soft?: Float64Array | null | undefined;
  readonly texts?: RowTexts | undefined;
}

/** Number of rows. */
export function memoryRows({ targets, values }: MemoryRows, classes: number): number {
  return values ? values.length / classes : targets.length;
}

/** A dump of arrays; there must be `classes` scores per row. Any part of it can be selected. */
export function memoryDump(name: string, rows: MemoryRows, classes: number): DumpReader {
  const { scores, dtype, targets, weights, soft, values, texts } = rows;
  const bytes = classes === 0 ? LABEL_BYTES : BYTES_PER_SCORE[dtype] * classes;
  const all = memoryRows(rows, classes);
  let from = 0;
  let row = 0;
  let end = all;
  return {
    info: {
      name,
      format: 'array',
      stored: dtype,
      dtype,
      epsilon: dtype === 'f64' ? 2 ** -52 : 2 ** -23,
      classes,
      classNames: null,
      rows: all,
      hasTargets: true,
      hasWeights: weights !== null,
      ...(soft && { softTargets: true }),
    },
    selectRows(first, count) {
      row = Math.min(first, all);
      end = Math.min(first + count, all);
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
      if (values) into.values?.set(values.subarray(first, last));
      from = row;
      row = next;
      return row - from;
    },
    progress: () => ({ done: row * bytes, total: all * bytes }),
    async close() {},
  };
}
