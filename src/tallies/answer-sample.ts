/**
 * How sure rows are, whether they are right and what they cost: three numbers of each, of more rows than
 * there is room for with all their scores. All rows are in it up to a number, then those of smallest
 * hash (`row-sample.ts`), so that it depends on the set of rows alone.
 */

import type { ScoredRows } from '../types/rows.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';
import { RowSample, type RowSampleParts, type RowSampleState } from './row-sample.js';
import { damagedState, requireRecord } from './state-check.js';

/** Rows that are kept where the caller does not say: they tell an accuracy to 0.3 %. */
export const ANSWER_ROWS = 65_536;

/** Confidence, right, and −loss: samples hold −∞, but no ∞. */
const WIDTH = 3;
/** Rows that are looked at at a time, at most. */
export const SLICE = 1024;

/** The kept rows, by index. */
export interface AnsweredRows {
  readonly confidence: Float64Array;
  /** 1 for a row that is right, 0 for one that is not. */
  readonly right: Float64Array;
  readonly losses: Float64Array;
  /** Null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

export class AnswerSample {
  #sample: RowSample;
  readonly #packed = new Float64Array(WIDTH);
  readonly #wanted = new Int32Array(SLICE);

  /** @param rows that there is room for */
  constructor(rows: number, weighted: boolean) {
    this.#sample = new RowSample(optionsOf(rows, weighted));
  }

  /** Rows that were offered: scored, and of some weight. */
  get seen(): number {
    return this.#sample.seen;
  }

  /** Rows that are kept. */
  get count(): number {
    return this.#sample.count;
  }

  /** Rows with a larger hash are not in it. */
  get limit(): number {
    return this.#sample.limit;
  }

  /** Counts rows as offered. */
  see(rows: number): void {
    this.#sample.see(rows);
  }

  /** Keeps row `r` of a batch where it is scored, has a confidence, and belongs here. */
  keep({ scores, targets, weights, firstRow }: ScoredRows, r: number): void {
    const { status, nll, prediction, second, confidence } = scores;
    const weight = weights === null ? 1 : weights[r];
    if (confidence === undefined || weight === 0) return;
    if ((status[r] & STATUS_MASK) !== RowStatus.scored) return;
    const packed = this.#packed;
    packed[0] = confidence[r];
    // As `secondOf`, without a call for each row.
    packed[1] = second === undefined ? +(prediction[r] === targets[r]) : second[r];
    packed[2] = -Math.max(0, nll[r]);
    this.#sample.keep(firstRow + r, 0, weight, packed);
  }

  /** Keeps those of the rows `from … to` of a batch that belong here; at most {@link SLICE} of them. */
  keepRows(rows: ScoredRows, from: number, to: number): void {
    const places = this.#wanted;
    const wanted = this.#sample.wanted(rows.firstRow + from, to - from, places);
    for (let i = 0; i < wanted; i++) this.keep(rows, from + places[i]);
  }

  rows(): AnsweredRows {
    const { count, scores, weights } = this.#sample.rows();
    const column = (at: number) => {
      const values = new Float64Array(count);
      for (let r = 0; r < count; r++) values[r] = scores[WIDTH * r + at];
      return values;
    };
    return { confidence: column(0), right: column(1), losses: column(2).map((x) => -x), weights };
  }

  /** @throws UsageError `state-mismatch` for samples of other sizes */
  merge(other: AnswerSample): void {
    this.#sample.merge(other.#sample);
  }

  toJSON(): RowSampleState {
    return this.#sample.toJSON();
  }

  /** The state for another thread, whose arrays may move there. */
  parts(): RowSampleParts {
    return this.#sample.parts();
  }

  /**
   * Takes the rows of a state in place of its own.
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} or {@link parts} gave
   */
  read(state: unknown): void {
    const record = requireRecord(state, 'the answers');
    const { options } = this.#sample;
    if (record.index instanceof Float64Array) {
      this.#sample = RowSample.fromParts(options, state as RowSampleParts);
      return;
    }
    this.#sample = RowSample.fromJSON(record, options);
    const { confidence, right } = this.rows();
    if (!right.every((x) => x === 0 || x === 1))
      throw damagedState('an answer is neither right nor wrong');
    if (!confidence.every((x) => x >= 0)) throw damagedState('a confidence is negative');
  }
}

function optionsOf(rows: number, weighted: boolean) {
  return { classes: WIDTH, dtype: 'f64', weighted, budget: rows * WIDTH * 8 } as const;
}
