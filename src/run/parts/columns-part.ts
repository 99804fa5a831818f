/** Loss and second reading of each row, for comparisons that need rows: of all of them while memory allows, else of a sample. */

import { RowSample, type RowSampleParts } from '../../tallies/row-sample.js';
import { requireRecord } from '../../tallies/state-check.js';
import { type ScoredRows, secondOf } from '../../types/rows.js';
import type { PartReport, ScorerPart } from '../../types/scorer-part.js';
import { RowStatus, STATUS_MASK } from '../../types/scores.js';
import { textNumber } from '../../types/text-number.js';

/** Numbers of a row: second reading, loss, target. */
const WIDTH = 3;
/** Stands for an infinite loss, which no sample holds: losses are 0 or more. */
const INFINITE = -1;

export interface ColumnsPartOptions {
  /** Rows that there is room for: of more it keeps about half as many or more, by a hash of their index. */
  readonly rows: number;
  readonly weighted: boolean;
  /** Whether rows keep the number of their cluster's text. */
  readonly grouped: boolean;
}

/** Columns of rows by index; views, until rows are added. */
export interface RowColumns {
  readonly index: Float64Array;
  /** A number of each row's target that dumps of the same rows share. */
  readonly targets: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
  /** A number of each row's cluster; null where rows are independent. */
  readonly groups: Float64Array | null;
  /** Infinity where the target has probability 0; 0 where there are no scores. */
  readonly loss: Float64Array;
  readonly second: Float64Array;
}

export class ColumnsPart implements ScorerPart {
  readonly name = 'columns';
  readonly #options: ColumnsPartOptions;
  #sample: RowSample;
  readonly #packed = new Float64Array(WIDTH);

  constructor(options: ColumnsPartOptions) {
    this.#options = options;
    this.#sample = new RowSample(sampleOptions(options));
  }

  add(rows: ScoredRows): void {
    const { scores, targets, weights, firstRow, texts } = rows;
    const packed = this.#packed;
    for (let r = 0; r < scores.count; r++) {
      const weight = weights === null ? 1 : weights[r];
      if ((scores.status[r] & STATUS_MASK) !== RowStatus.scored || weight === 0) continue;
      if (!this.#sample.offers(firstRow + r)) continue;
      const loss = Math.max(0, scores.nll[r]);
      packed[0] = secondOf(rows, r);
      packed[1] = loss === Number.POSITIVE_INFINITY ? INFINITE : loss;
      packed[2] = targets[r];
      const group = this.#options.grouped ? textNumber(texts!.cluster![r]) : 0;
      this.#sample.keep(firstRow + r, 0, weight, packed, 0, group);
    }
  }

  merge(other: ColumnsPart): void {
    this.#sample.merge(other.#sample);
  }

  read(state: unknown): ColumnsPart {
    const part = new ColumnsPart(this.#options);
    const options = sampleOptions(this.#options);
    const record = requireRecord(state, 'the columns of the rows');
    part.#sample =
      record.index instanceof Float64Array
        ? RowSample.fromParts(options, state as RowSampleParts)
        : RowSample.fromJSON(record, options);
    return part;
  }

  toJSON(): unknown {
    return this.#sample.toJSON();
  }

  toThread(): unknown {
    return this.#sample.parts();
  }

  report(): PartReport {
    return {};
  }

  /** Whether there were more rows than it keeps. */
  get isSampled(): boolean {
    return this.#sample.level > 0;
  }

  /** The rows that were kept. */
  columns(): RowColumns {
    const { count, scores, index, weights, groups } = this.#sample.rows();
    const column = (at: number) =>
      Float64Array.from({ length: count }, (_, row) => scores[WIDTH * row + at]);
    return {
      index: index.slice(),
      targets: column(2),
      weights: weights?.slice() ?? null,
      groups: groups?.slice() ?? null,
      loss: column(1).map((loss) => (loss === INFINITE ? Number.POSITIVE_INFINITY : loss)),
      second: column(0),
    };
  }
}

function sampleOptions({ rows, weighted, grouped }: ColumnsPartOptions) {
  const budget = rows * WIDTH * Float64Array.BYTES_PER_ELEMENT;
  return { classes: WIDTH, dtype: 'f64', weighted, grouped, budget } as const;
}
