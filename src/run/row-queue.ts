/** Scored rows on their way to a comparison, in order, until the other dump has got there too. */

import type { ReadRows } from '../tallies/paired-tally.js';
import { TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { type ScoredRows, secondOf } from '../types/rows.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';

/** A first-in, first-out queue of rows in columns. */
export class RowQueue implements ReadRows {
  scored = new Uint8Array(0);
  prediction = new Float64Array(0);
  second = new Float64Array(0);
  loss = new Float64Array(0);
  targets = new Float64Array(0);
  weights = new Float64Array(0);
  /** Texts of the rows by role; none where they have none. */
  texts: { [role in TextRole]?: string[] } = {};
  /** Rows waiting; they lie at the front of the columns. */
  length = 0;
  /** Index of the first of them in the dump. */
  firstRow = 0;

  /** Takes in a batch, which follows the last. */
  push(rows: ScoredRows): void {
    const { scores, targets, weights, texts } = rows;
    const { count, status, nll } = scores;
    this.#reserve(this.length + count);
    const at = this.length;
    const { scored, second, loss } = this;
    for (let r = 0; r < count; r++) {
      scored[at + r] = (status[r] & STATUS_MASK) === RowStatus.scored ? 1 : 0;
      second[at + r] = secondOf(rows, r);
      loss[at + r] = Math.max(0, nll[r]);
    }
    for (let r = 0; r < count; r++) {
      this.prediction[at + r] = scores.prediction[r];
      this.targets[at + r] = targets[r];
    }
    if (weights === null) this.weights.fill(1, at, at + count);
    else this.weights.set(weights.subarray(0, count), at);
    for (const role of TEXT_ROLES) {
      const added = texts?.[role];
      if (added) this.texts[role] = (this.texts[role] ?? []).concat(added);
    }
    this.length += count;
  }

  /** Drops the first `count` rows. */
  shift(count: number): void {
    for (const column of this.#columns()) column.copyWithin(0, count, this.length);
    for (const role of TEXT_ROLES) {
      const waiting = this.texts[role];
      if (waiting) this.texts[role] = waiting.slice(count);
    }
    this.length -= count;
    this.firstRow += count;
  }

  #columns() {
    const { scored, prediction, second, loss, targets, weights } = this;
    return [scored, prediction, second, loss, targets, weights];
  }

  #reserve(rows: number): void {
    if (rows <= this.scored.length) return;
    const room = Math.max(rows, 2 * this.scored.length);
    const longer = (from: Float64Array) => {
      const to = new Float64Array(room);
      to.set(from);
      return to;
    };
    const scored = new Uint8Array(room);
    scored.set(this.scored);
    this.scored = scored;
    this.prediction = longer(this.prediction);
    this.second = longer(this.second);
    this.loss = longer(this.loss);
    this.targets = longer(this.targets);
    this.weights = longer(this.weights);
  }
}
