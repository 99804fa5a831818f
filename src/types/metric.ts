/** Custom metrics: what watches the scored rows go by. */

import type { MetricValue } from './report.js';
import type { ScoredRows } from './scores.js';

/** What there is to know of one scored row. */
export interface MetricRow {
  /** Index in the whole dump. */
  readonly index: number;
  readonly target: number;
  readonly prediction: number;
  /** Place of the target, 0 for first. */
  readonly rank: number;
  /** −log p(target). */
  readonly nll: number;
  /** Cross-entropy with class weights and label smoothing. */
  readonly loss: number;
  /** Largest probability. */
  readonly confidence: number;
  readonly targetProbability: number;
  /** Sample weight; 1 where rows have none. */
  readonly weight: number;
}

/**
 * A custom metric as a class: computed beside the built-in ones, with whatever
 * state it likes. Most are simpler to write with `defineMetric`.
 *
 * @example
 * ```ts
 * import { createScorer } from 'logitscope';
 *
 * // Mean margin in probability between the prediction and the truth.
 * class MeanMargin {
 *   name = 'mean_margin';
 *   sum = 0;
 *   rows = 0;
 *   update({ scores }) {
 *     for (let r = 0; r < scores.count; r++) {
 *       // Neither ignored nor invalid.
 *       if ((scores.status[r] & 0x0f) !== 0) continue;
 *       this.sum += scores.confidence[r] - scores.targetProbability[r];
 *       this.rows++;
 *     }
 *   }
 *   merge(other) {
 *     this.sum += other.sum;
 *     this.rows += other.rows;
 *   }
 *   compute() {
 *     return this.sum / this.rows;
 *   }
 * }
 * const scorer = await createScorer({ classes: 2, metrics: [new MeanMargin()] });
 * scorer.add([0, 0, 1, 1], [0, 1]);
 * scorer.report().metrics.mean_margin.value; // 0
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
  /** The state as plain JSON, for saved states of scorers. Without it they are refused. */
  toJSON?(): unknown;
  /** The same metric with a state that {@link toJSON} gave; this one stays as it is. */
  fromJSON?(state: unknown): this;
}

/** What `defineMetric` gives: makes the metric anew for every scorer. */
export interface MetricDefinition {
  readonly name: string;
  create(): Metric;
}
