/** What only a look at all rows tells about their scores before any number can be trusted. */

import { scoreAt } from '../types/score-array.js';
import {
  type RowOptions,
  RowStatus,
  type ScoreArray,
  type ScoredRows,
  STATUS_MASK,
} from '../types/scores.js';
import { damagedState, requireCount, requireNumber, requireRecord } from './state-check.js';

/**
 * A softmax of numbers from 0 to 1 gives log-probabilities that span at most
 * 1; the rest is room for numbers that were rounded on their way here.
 */
const WIDEST_SPAN = 1.01;
/** e^1.01, the same for probabilities. */
const WIDEST_RATIO = 2.7456010150169163;
/** How near to the most that such a softmax can reach some row has to come. */
const NEAR = 0.98;

export type AuditedRows = Pick<RowOptions, 'classes' | 'dtype' | 'kind'>;

export interface RowAuditState {
  readonly certain: number;
  readonly certainWrong: number;
  /** Largest confidence of any row; null where some row is too wide for a second softmax. */
  readonly highest: number | null;
}

/** The most that a softmax of probabilities gives one of `classes` classes. */
export function mostAfterSecondSoftmax(classes: number): number {
  return Math.E / (Math.E + classes - 1);
}

/** Of one dump of scores; free of order and mergeable. */
export class RowAudit {
  readonly #options: AuditedRows;
  /** Rows of probabilities that give one class exactly 1. */
  certain = 0;
  /** Those of them where that class is not the target. */
  certainWrong = 0;
  #highest: number | null = 0;

  constructor(options: AuditedRows) {
    this.#options = options;
  }

  /** Adds scored rows. */
  add({ scores: rows, targets }: ScoredRows, scores: ScoreArray): void {
    const { count, status, confidence, prediction } = rows;
    if (this.#options.kind === 'probabilities') {
      for (let r = 0; r < count; r++) {
        if (confidence[r] !== 1 || (status[r] & STATUS_MASK) !== RowStatus.scored) continue;
        this.certain++;
        if (prediction[r] !== targets[r]) this.certainWrong++;
      }
    }
    // As a rule the first row ends this.
    for (let r = 0; r < count && this.#highest !== null; r++) {
      if ((status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      this.#highest = this.#isNarrow(scores, r) ? Math.max(this.#highest, confidence[r]) : null;
    }
  }

  #isNarrow(scores: ScoreArray, row: number): boolean {
    const { classes, dtype, kind } = this.#options;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = row * classes; i < (row + 1) * classes; i++) {
      const score = scoreAt(scores, dtype, i);
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
    return kind === 'probabilities' ? high <= low * WIDEST_RATIO : high - low <= WIDEST_SPAN;
  }

  /**
   * The largest confidence, where the scores look like the softmax of a
   * softmax: every row is as flat as that makes it, and some row is nearly as
   * steep as that allows. Otherwise null.
   */
  get secondSoftmax(): number | null {
    const { classes } = this.#options;
    if (this.#highest === null || this.#highest < NEAR * mostAfterSecondSoftmax(classes))
      return null;
    return this.#highest;
  }

  merge(other: RowAudit): void {
    this.certain += other.certain;
    this.certainWrong += other.certainWrong;
    this.#highest =
      this.#highest === null || other.#highest === null
        ? null
        : Math.max(this.#highest, other.#highest);
  }

  toJSON(): RowAuditState {
    const { certain, certainWrong } = this;
    return { certain, certainWrong, highest: this.#highest };
  }

  /** @throws InputError `state-damaged` */
  static fromJSON(value: unknown, options: AuditedRows): RowAudit {
    const record = requireRecord(value, 'the audit');
    const audit = new RowAudit(options);
    audit.certain = requireCount(record.certain, 'the number of rows of probability 1');
    audit.certainWrong = requireCount(
      record.certainWrong,
      'the number of wrong rows of probability 1',
    );
    if (audit.certainWrong > audit.certain)
      throw damagedState('more rows are wrong than there are');
    if (record.highest !== null) {
      const highest = requireNumber(record.highest, 'the highest confidence');
      if (!(highest >= 0 && highest <= 1 + 1e-6))
        throw damagedState('the highest confidence is none', highest);
      audit.#highest = highest;
    } else audit.#highest = null;
    return audit;
  }
}
