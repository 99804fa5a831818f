/** Custom metrics from plain functions. */

import { RatioMoments, WeightMoments } from '../tallies/ratio-moments.js';
import { requireCount, requireRecord } from '../tallies/state-check.js';
import { UsageError } from '../types/errors.js';
import type { Metric, MetricDefinition, MetricRow } from '../types/metric.js';
import type { MetricValue } from '../types/report.js';
import { RowStatus, type ScoredRows, STATUS_MASK } from '../types/scores.js';
import { normal } from './intervals.js';

/** A metric that is the mean of a number per row. */
export interface RowMetric {
  /** Name in the report; it must not be that of a built-in metric. */
  readonly name: string;
  /** The number of a row; undefined leaves the row out. */
  row(row: MetricRow): number | undefined;
}

/** A metric with a state of its own. */
export interface StateMetric<State> {
  /** Name in the report; it must not be that of a built-in metric. */
  readonly name: string;
  /** A state of no rows: plain data (what structuredClone copies) where toJSON and fromJSON are left out. */
  init(): State;
  /**
   * Takes in one batch: changes the state, or returns another. Rows whose
   * status is not `scored` are for it to leave out.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is welcome
  update(state: State, rows: ScoredRows): State | void;
  /** Takes the second state into the first, or returns another. The order of rows must not matter. */
  // biome-ignore lint/suspicious/noConfusingVoidType: as above
  merge(state: State, other: State): State | void;
  /** The value. It gets a copy: whatever it does, the state stays. */
  compute(state: State): number | MetricValue;
  /** The state as plain JSON; needed where the state is not plain JSON itself. */
  toJSON?(state: State): unknown;
  /** A state from what {@link toJSON} gave. */
  fromJSON?(json: unknown): State;
}

/**
 * Makes a custom metric for `createScorer({ metrics })` and `scoreFile`, from
 * a function of a row or from a state. The same definition serves any number
 * of scorers, which can be merged, and saved with their states.
 *
 * A row metric is the weighted mean over the scored rows, added up exactly,
 * with its 95 % interval: the same bits however rows are split.
 * @throws UsageError `metric-name`; while scoring `metric-value` for a row whose number is NaN;
 *   while saving `custom-metrics` for a state that JSON would change
 * @example
 * ```ts
 * import { createScorer, defineMetric } from 'logitscope';
 *
 * const meanMargin = defineMetric({
 *   name: 'mean_margin',
 *   row: ({ confidence, targetProbability }) => confidence - targetProbability,
 * });
 * const mostFrequent = defineMetric({
 *   name: 'most_frequent_prediction',
 *   init: () => ({ counts: {} }),
 *   update({ counts }, { scores }) {
 *     for (const k of scores.prediction) counts[k] = (counts[k] ?? 0) + 1;
 *   },
 *   merge({ counts }, other) {
 *     for (const k in other.counts) counts[k] = (counts[k] ?? 0) + other.counts[k];
 *   },
 *   compute: ({ counts }) => Number(Object.keys(counts).sort((a, b) => counts[b] - counts[a])[0]),
 * });
 * const metrics = [meanMargin, mostFrequent];
 * const scorer = await createScorer({ classes: 2, kind: 'probabilities', dtype: 'f64', metrics });
 * scorer.add([0.75, 0.25, 0.25, 0.75, 0.5, 0.5], [1, 1, 0]);
 * scorer.report().metrics.mean_margin.value; // 0.1666666667
 * scorer.report().metrics.most_frequent_prediction.value; // 0
 * ```
 */
export function defineMetric<State = never>(
  definition: RowMetric | StateMetric<State>,
): MetricDefinition {
  const { name } = definition;
  if (typeof name !== 'string' || name === '') {
    throw new UsageError('metric-name', `A metric needs a name; found ${JSON.stringify(name)}.`);
  }
  const create =
    'row' in definition
      ? () => new MeanOverRows(definition)
      : () => new MetricWithState(definition, definition.init());
  return { name, create };
}

/** Mean of a number per row. */
class MeanOverRows implements Metric {
  readonly name: string;
  readonly #row: RowMetric['row'];
  #weights = new WeightMoments(true);
  #values = new RatioMoments(true);
  #rows = 0;

  constructor(definition: RowMetric) {
    this.name = definition.name;
    this.#row = definition.row;
  }

  update({ scores, targets, weights, firstRow }: ScoredRows): void {
    const rowWeights = new Float64Array(scores.count);
    const products = new Float64Array(scores.count);
    let n = 0;
    for (let r = 0; r < scores.count; r++) {
      if ((scores.status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      const weight = weights === null ? 1 : weights[r];
      const value = this.#row({
        index: firstRow + r,
        target: targets[r],
        prediction: scores.prediction[r],
        rank: scores.rank[r],
        nll: scores.nll[r],
        loss: scores.loss[r],
        confidence: scores.confidence[r],
        targetProbability: scores.targetProbability[r],
        weight,
      });
      if (value === undefined) continue;
      if (typeof value !== 'number' || Number.isNaN(value)) {
        throw new UsageError(
          'metric-value',
          `The metric ${JSON.stringify(this.name)} gave ${value} for row ${firstRow + r}; expected a number, or undefined to leave the row out.`,
        );
      }
      rowWeights[n] = weight;
      products[n++] = weight === 0 ? 0 : weight * value;
    }
    this.#weights.addRows(rowWeights, n);
    this.#values.addRows(products, rowWeights, n);
    this.#rows += n;
  }

  merge(other: this): void {
    this.#weights.merge(other.#weights);
    this.#values.merge(other.#values);
    this.#rows += other.#rows;
  }

  compute(): MetricValue {
    const mean = this.#values.over(this.#weights.totals());
    return { value: mean.mean, ...normal(mean, this.#rows) };
  }

  toJSON() {
    return {
      rows: this.#rows,
      weights: this.#weights.toJSON(),
      values: this.#values.toJSON(),
    };
  }

  fromJSON(state: unknown): this {
    const { rows, weights, values } = requireRecord(state, `the metric ${this.name}`);
    const read = new MeanOverRows({ name: this.name, row: this.#row });
    read.#rows = requireCount(rows, `the rows of the metric ${this.name}`);
    read.#weights = WeightMoments.fromJSON(weights, true);
    read.#values = RatioMoments.fromJSON(values, true);
    return read as this;
  }
}

/** A metric whose state is the caller's. */
class MetricWithState<State> implements Metric {
  readonly name: string;
  readonly #definition: StateMetric<State>;
  #state: State;

  constructor(definition: StateMetric<State>, state: State) {
    this.name = definition.name;
    this.#definition = definition;
    this.#state = state;
  }

  update(rows: ScoredRows): void {
    this.#state = this.#definition.update(this.#state, rows) ?? this.#state;
  }

  merge(other: this): void {
    // A copy: the other scorer goes on with its own state.
    this.#state = this.#definition.merge(this.#state, other.#copy()) ?? this.#state;
  }

  compute(): number | MetricValue {
    return this.#definition.compute(this.#copy());
  }

  toJSON(): unknown {
    const { toJSON } = this.#definition;
    const json = toJSON ? toJSON(this.#state) : this.#state;
    requirePlain(json, this.name, 'state');
    return JSON.parse(JSON.stringify(json));
  }

  fromJSON(json: unknown): this {
    const { fromJSON } = this.#definition;
    const copy: unknown = structuredClone(json);
    const state = fromJSON ? fromJSON(copy) : (copy as State);
    return new MetricWithState(this.#definition, state) as this;
  }

  #copy(): State {
    const { toJSON, fromJSON } = this.#definition;
    return toJSON && fromJSON ? this.fromJSON(this.toJSON()).#state : structuredClone(this.#state);
  }
}

/** Refuses what would come back from JSON as something else. */
function requirePlain(value: unknown, metric: string, path: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  const isPlain = Object.getPrototypeOf(Object(value)) === Object.prototype;
  if (typeof value === 'object' && (Array.isArray(value) || isPlain)) {
    for (const [key, part] of Object.entries(value)) requirePlain(part, metric, `${path}.${key}`);
    return;
  }
  const found = typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
  throw new UsageError(
    'custom-metrics',
    `The ${path} of the metric ${JSON.stringify(metric)} is ${found}, which JSON cannot hold. Give the metric toJSON and fromJSON.`,
  );
}
