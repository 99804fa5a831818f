/** Scored rows of a batch in columns, weighed, for sums over groups of rows. */

import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';

/** Rows that are gathered at a time: their columns stay in the processor's cache. */
const SLICE = 1024;

export class ScoredColumns {
  /** Index of each row in the dump. */
  readonly index = new Float64Array(SLICE);
  readonly texts: string[] = [];
  /** Weight of each row, w. */
  readonly weight = new Float64Array(SLICE);
  /** w times the loss. */
  readonly loss = new Float64Array(SLICE);
  /** What the loss weighs: w, times the weight of the target's class. */
  readonly lossWeight = new Float64Array(SLICE);
  /** w where the prediction is the target, else 0. */
  readonly hit = new Float64Array(SLICE);
  /** w times the confidence. */
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

  #gatherSlice(
    { scores, targets, weights, firstRow }: ScoredRows,
    texts: readonly string[],
    from: number,
    to: number,
  ): number {
    const { status, prediction, loss, confidence } = scores;
    const classWeights = this.#classWeights;
    let n = 0;
    for (let row = from; row < to; row++) {
      if ((status[row] & STATUS_MASK) !== RowStatus.scored) continue;
      const weight = weights === null ? 1 : weights[row];
      const target = targets[row];
      this.index[n] = firstRow + row;
      this.texts[n] = texts[row];
      this.weight[n] = weight;
      // A row that weighs nothing adds nothing, be its loss infinite.
      this.loss[n] = weight === 0 ? 0 : weight * loss[row];
      this.lossWeight[n] = classWeights === null ? weight : weight * classWeights[target];
      this.hit[n] = prediction[row] === target ? weight : 0;
      this.confidence[n] = weight * confidence[row];
      n++;
    }
    return n;
  }
}
