/** Scored rows on their way to a comparison, in order, until the other dump has got there too. */

import type { ReadRows } from '../tallies/paired-tally.js';
import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';

/** A first-in, first-out queue of rows in columns. */
export class RowQueue implements ReadRows {
  scored = new Uint8Array(0);
  prediction = new Int32Array(0);
  confidence = new Float64Array(0);
  loss = new Float64Array(0);
  targets = new Int32Array(0);
  weights = new Float64Array(0);
  /** Names of the rows; empty where they have none. */
  ids: string[] = [];
  /** Rows waiting; they lie at the front of the columns. */
  length = 0;
  /** Index of the first of them in the dump. */
  firstRow = 0;

  /** Takes in a batch, which follows the last. */
  push({ scores, targets, weights, texts }: ScoredRows): void {
    const { count, status, prediction, confidence, nll } = scores;
    this.#reserve(this.length + count);
    const at = this.length;
    const { scored, loss } = this;
    for (let r = 0; r < count; r++) {
      scored[at + r] = (status[r] & STATUS_MASK) === RowStatus.scored ? 1 : 0;
      loss[at + r] = Math.max(0, nll[r]);
    }
    this.prediction.set(prediction.subarray(0, count), at);
    this.confidence.set(confidence.subarray(0, count), at);
    this.targets.set(targets.subarray(0, count), at);
    if (weights === null) this.weights.fill(1, at, at + count);
    else this.weights.set(weights.subarray(0, count), at);
    if (texts?.id) this.ids = this.ids.concat(texts.id);
    this.length += count;
  }

  /** Drops the first `count` rows. */
  shift(count: number): void {
    for (const column of this.#columns()) column.copyWithin(0, count, this.length);
    this.ids = this.ids.slice(count);
    this.length -= count;
    this.firstRow += count;
  }

  #columns() {
    const { scored, prediction, confidence, loss, targets, weights } = this;
    return [scored, prediction, confidence, loss, targets, weights];
  }

  #reserve(rows: number): void {
    if (rows <= this.scored.length) return;
    const room = Math.max(rows, 2 * this.scored.length);
    const longer = <Column extends { set(from: Column): void }>(from: Column, to: Column) => {
      to.set(from);
      return to;
    };
    this.scored = longer(this.scored, new Uint8Array(room));
    this.prediction = longer(this.prediction, new Int32Array(room));
    this.confidence = longer(this.confidence, new Float64Array(room));
    this.loss = longer(this.loss, new Float64Array(room));
    this.targets = longer(this.targets, new Int32Array(room));
    this.weights = longer(this.weights, new Float64Array(room));
  }
}
