/** Predicted values against true ones: regression. */

import { ValueRecalibration } from '../diagnosis/value-recalibration.js';
import type { Metrics } from '../metrics/metric-values.js';
import { type RegressionMetrics, regressionMetrics } from '../metrics/regression-metrics.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { regressionSections } from '../report/regression-report.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import { isUsable, RegressionTally } from '../tallies/regression-tally.js';
import { requireCount, requireRecord } from '../tallies/state-check.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import type { PartFacts } from '../types/scorer-part.js';
import { type KernelName, type RowBuffers, RowStatus } from '../types/scores.js';
import { VERSION } from '../version.js';
import { complain, shown } from './complaints.js';
import type { BatchPlace, ShapedRecalibration, TaskContext, TaskScorer } from './task.js';

const BATCH_ROWS = 16_384;

export interface ValueOptions {
  readonly kernel: KernelName;
  readonly dtype: 'f32' | 'f64';
  /** Target that takes a row out of everything; null for none. */
  readonly ignoreIndex: number | null;
  readonly quantiles?: readonly number[] | undefined;
  /** Most bytes for the values that medians need. */
  readonly keptBytes?: number | undefined;
  /** Why the task was decided from the data; null where it was not. */
  readonly reason: string | null;
}

export class ValueTask implements TaskScorer {
  readonly task = 'regression';
  readonly readings: Readings = { loss: 'mse', second: 'mae' };
  readonly kind = 'values';
  readonly width = 1;
  readonly batchRows = BATCH_ROWS;
  readonly expected = 'finite numbers of at most 1e100 in size';
  readonly math: ScalarMath;
  readonly #context: TaskContext;
  readonly #options: ValueOptions;
  #tally: RegressionTally;
  #ignored = 0;
  #found: RegressionMetrics | null = null;

  /** @throws UsageError `bad-option` */
  constructor(math: ScalarMath, context: TaskContext, options: ValueOptions) {
    this.math = math;
    this.#context = context;
    this.#options = options;
    const { kernel, quantiles, keptBytes } = options;
    this.#tally = new RegressionTally({
      weighted: context.weighted,
      ...(quantiles !== undefined && { quantiles }),
      ...(keptBytes !== undefined && { keptBytes }),
      math,
      kernel,
      version: VERSION,
    });
  }

  get kernel(): KernelName {
    return this.#options.kernel;
  }

  get stored(): string {
    return this.#options.dtype;
  }

  get rows() {
    const { total, scored, invalid } = this.#tally.rows;
    return { total: total + this.#ignored, scored, ignored: this.#ignored, invalid };
  }

  get seen(): number {
    return this.rows.total;
  }

  lease(rows: number): RowBuffers {
    return {
      capacity: rows,
      scores: this.#options.dtype === 'f32' ? new Float32Array(rows) : new Float64Array(rows),
      targets: new Int32Array(0),
      values: new Float64Array(rows),
      weights: new Float64Array(rows),
    };
  }

  leasePair(rows: number): readonly [RowBuffers, RowBuffers] {
    return [this.lease(rows), this.lease(rows)];
  }

  score(
    { scores: predictions, values, weights }: RowBuffers,
    count: number,
    { firstRow, texts, complaints: { invalid, missing } }: BatchPlace,
  ): ScoredRows {
    const targets = values!;
    const { ignoreIndex } = this.#options;
    const status = new Uint8Array(count);
    const loss = new Float64Array(count);
    const second = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const [target, prediction] = [targets[i]!, predictions[i]!];
      const row = firstRow + i;
      if (target === ignoreIndex) status[i] = RowStatus.ignored;
      else if (!isUsable(prediction)) {
        status[i] = RowStatus.invalid;
        complain(invalid, row, () => `the prediction ${shown(prediction)}`);
      } else if (Number.isNaN(target)) {
        status[i] = RowStatus.missingTarget;
        complain(missing, row, () => 'none');
      } else if (!isUsable(target)) {
        status[i] = RowStatus.invalid;
        complain(invalid, row, () => `the target ${shown(target)}`);
      } else {
        const error = target - prediction;
        loss[i] = error * error;
        second[i] = Math.abs(error);
      }
    }
    return {
      firstRow,
      scores: { count, status, prediction: predictions, nll: loss, loss, second },
      targets,
      weights: this.#context.weighted ? weights : null,
      texts,
    };
  }

  add({ scores: { count, status }, firstRow, targets, weights }: ScoredRows, lease: RowBuffers) {
    const { scores: predictions } = lease;
    this.#found = null;
    if (status.every((verdict) => verdict === RowStatus.scored)) {
      this.#tally.add({ predictions, targets, weights, count, firstRow });
      return;
    }
    const kept = Array.from(status.keys()).filter((i) => status[i] === RowStatus.scored);
    const pick = (column: ArrayLike<number>) => Float64Array.from(kept, (i) => column[i]!);
    this.#tally.add({
      predictions: pick(predictions),
      targets: pick(targets),
      weights: weights && pick(weights),
      count: kept.length,
      firstRow,
    });
    const ignored = status.filter((verdict) => verdict === RowStatus.ignored).length;
    this.#ignored += ignored;
    this.#tally.addInvalid(count - kept.length - ignored);
  }

  async recalibration(): Promise<ShapedRecalibration> {
    return new ValueRecalibration(this.#options.dtype);
  }

  merge(other: ValueTask): void {
    this.#found = null;
    this.#tally.merge(other.#tally);
    this.#ignored += other.#ignored;
  }

  toJSON(): unknown {
    return { ignored: this.#ignored, tally: this.#tally.toJSON() };
  }

  read(state: unknown): ValueTask {
    const record = requireRecord(state, 'the state of the rows');
    const read = new ValueTask(this.math, this.#context, this.#options);
    read.#tally = RegressionTally.fromJSON(record.tally, this.math);
    read.#ignored = requireCount(record.ignored, 'the number of ignored rows');
    return read;
  }

  #metrics(): RegressionMetrics {
    const hasWeight = this.#tally.weights.totals().weight > 0;
    this.#found ??= hasWeight
      ? regressionMetrics(this.#tally, this.math)
      : { metrics: {}, leftOut: [], bounded: {} };
    return this.#found;
  }

  metrics(): Metrics {
    return { ...this.#metrics().metrics };
  }

  partFacts(metrics: Metrics): PartFacts {
    return { metrics, support: null, uniformLogLoss: Number.NaN };
  }

  sections(facts: SectionFacts): Sections {
    const { quantiles, reason, ignoreIndex } = this.#options;
    return regressionSections(
      {
        tally: this.#tally,
        found: this.#metrics(),
        rows: this.rows,
        reason,
        ignoreIndex,
        invalid: this.#context.invalid,
        quantilesGiven: quantiles !== undefined,
      },
      facts,
    );
  }
}
