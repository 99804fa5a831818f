/** Scored rows of a batch in columns, weighed, for sums over groups of rows. */

import { type Readings, type ScoredRows, secondOf } from '../types/rows.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';

/** Rows that are gathered at a time: their columns stay in the processor's cache. */
const SLICE = 1024;

/** Whether rows have the probability of what was predicted: one prediction of several classes, by its score. */
export function hasConfidence({ loss, second }: Readings): boolean {
  return loss !== null && second === 'accuracy';
}

export class ScoredColumns {
  /** Index of each row in the dump. */
  readonly index = new Float64Array(SLICE);
  readonly texts: string[] = [];
  /** Weight of each row, w. */
  readonly weight = new Float64Array(SLICE);
  /** w times the loss; 0 where there is none. */
  readonly loss = new Float64Array(SLICE);
  /** What the loss weighs: w, times the weight of the target's class. */
  readonly lossWeight = new Float64Array(SLICE);
  /** w times the second reading: w where the row is right, else 0; of values w times the absolute error. */
  readonly second = new Float64Array(SLICE);
  /** w times the confidence; unused where there is none. */
  readonly confidence = new Float64Array(SLICE);
  readonly #classWeights: Float64Array | null;

  constructor(classWeights: Float64Array | null) {
    this.#classWeights = classWeights;
  }

  /**
   * Fills the columns with the rows that were scored, and calls back whenever they are full.
   * @param texts of all rows of the batch
   */
  gather(rows: ScoredRows, texts: readonly string[], take: (count: number) => void): void {
    const { count } = rows.scores;
    for (let from = 0; from < count; from += SLICE) {
      const gathered = this.#gatherSlice(rows, texts, from, Math.min(count, from + SLICE));
      if (gathered > 0) take(gathered);
    }
  }

  #gatherSlice(rows: ScoredRows, texts: readonly string[], from: number, to: number): number {
    const { scores, targets, weights, firstRow } = rows;
    const { status, loss, confidence } = scores;
    const classWeights = this.#classWeights;
    let n = 0;
    for (let row = from; row < to; row++) {
      if ((status[row] & STATUS_MASK) !== RowStatus.scored) continue;
      const weight = weights === null ? 1 : weights[row];
      this.index[n] = firstRow + row;
      this.texts[n] = texts[row];
      this.weight[n] = weight;
      // A row that weighs nothing adds nothing, be its loss infinite.
      this.loss[n] = weight === 0 ? 0 : weight * loss[row];
      this.lossWeight[n] = classWeights === null ? weight : weight * classWeights[targets[row]];
      this.second[n] = weight === 0 ? 0 : weight * secondOf(rows, row);
      if (confidence !== undefined) this.confidence[n] = weight * confidence[row];
      n++;
    }
    return n;
  }
}
