/** Scores of several labels per row, kept for rankings as long as they fit in a budget of bytes. */

import type { RealArray } from '../types/gradients.js';
import type { RunWalk, ScoreSorter } from '../types/ranking.js';
import { EXACT_BYTES } from './ranking-tally.js';
import { runsOf } from './score-runs.js';

/** Rows of `labels` scores each, row-major. */
export interface LabelScoreRows {
  readonly count: number;
  /** None of them NaN. */
  readonly scores: RealArray;
  /** 1 where the row has the label, else 0. */
  readonly targets: Uint8Array;
  /** One per row, or null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

export class RankedLabels {
  readonly labels: number;
  readonly dtype: 'f32' | 'f64';
  readonly weighted: boolean;
  readonly keptBytes: number;
  #rows = 0;
  /** Null once there are more than fit. */
  #blocks: LabelScoreRows[] | null = [];

  constructor(labels: number, dtype: 'f32' | 'f64', weighted: boolean, keptBytes = EXACT_BYTES) {
    this.labels = labels;
    this.dtype = dtype;
    this.weighted = weighted;
    this.keptBytes = keptBytes;
  }

  /** Whether every row so far is there. */
  get isWhole(): boolean {
    return this.#blocks !== null;
  }

  /** Keeps a copy of rows, or drops everything when there are too many. */
  add({ count, scores, targets, weights }: LabelScoreRows): void {
    this.#rows += count;
    const perRow = this.labels * ((this.dtype === 'f32' ? 4 : 8) + 1) + (this.weighted ? 8 : 0);
    if (this.#rows * perRow > this.keptBytes) this.#blocks = null;
    this.#blocks?.push({
      count,
      scores: scores.slice(0, count * this.labels),
      targets: targets.slice(0, count * this.labels),
      weights: weights === null ? null : weights.slice(0, count),
    });
  }

  /** Runs of equal scores of one label. */
  runs(label: number, sorter: ScoreSorter): RunWalk {
    return this.#runsOf(this.#rows, [label], sorter);
  }

  /** Runs of equal scores of all labels together. */
  microRuns(sorter: ScoreSorter): RunWalk {
    const all = Array.from({ length: this.labels }, (_, label) => label);
    return this.#runsOf(this.#rows * this.labels, all, sorter);
  }

  #runsOf(count: number, chosen: readonly number[], sorter: ScoreSorter): RunWalk {
    const targets = new Uint8Array(count);
    const weights = this.weighted ? new Float64Array(count) : null;
    let to = 0;
    this.#forEach(chosen, (block, row, place) => {
      targets[to] = block.targets[place]!;
      if (weights !== null) weights[to] = block.weights![row]!;
      to++;
    });
    const fillScores = (into: RealArray) => {
      let i = 0;
      this.#forEach(chosen, (block, _, place) => {
        into[i++] = block.scores[place]!;
      });
    };
    return runsOf({ dtype: this.dtype, count, fillScores, labels: targets, weights }, sorter);
  }

  #forEach(
    chosen: readonly number[],
    visit: (block: LabelScoreRows, row: number, place: number) => void,
  ): void {
    for (const block of this.#blocks ?? []) {
      for (let row = 0; row < block.count; row++) {
        for (const label of chosen) visit(block, row, row * this.labels + label);
      }
    }
  }
}
