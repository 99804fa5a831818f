/** Custom metrics: objects that watch the scored rows go by. */

import type { MetricValue } from './report.js';
import type { ScoredRows } from './scores.js';

/**
 * A metric of one's own, computed beside the built-in ones.
 *
 * @example
 * ```ts
 * import { createScorer, type Metric } from 'logitscope';
 *
 * // Mean margin in probability between the prediction and the truth.
 * class MeanMargin implements Metric {
 *   readonly name = 'mean_margin';
 *   #sum = 0;
 *   #rows = 0;
 *   update({ scores }) {
 *     for (let r = 0; r < scores.count; r++) {
 *       if ((scores.status[r] & 0x0f) !== 0) continue; // ignored or invalid
 *       this.#sum += scores.confidence[r] - scores.targetProbability[r];
 *       this.#rows++;
 *     }
 *   }
 *   merge(other) {
 *     this.#sum += other.#sum;
 *     this.#rows += other.#rows;
 *   }
 *   compute() {
 *     return this.#sum / this.#rows;
 *   }
 * }
 * const scorer = await createScorer({ classes: 10, metrics: [new MeanMargin()] });
 * ```
 */
export interface Metric {
  /** Name in the report; it must not be that of a built-in metric. */
  readonly name: string;
  /** Takes in one batch. The arrays of `rows` are only valid during the call. */
  update(rows: ScoredRows): void;
  /** Takes in the state of the same metric over other rows. */
  merge(other: this): void;
  /** The value so far; it must not change the state. */
  compute(): number | MetricValue;
}
