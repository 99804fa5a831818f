/** Recalibration of rows of several labels: a temperature for each label by itself. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { RowSample } from '../tallies/row-sample.js';
import type { Answers, FitRows, Fitted } from '../types/fitted.js';
import type { Readings } from '../types/rows.js';
import type { PackRow, SampleShape } from '../types/sample-shape.js';
import { scoreAt } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import type { TargetedRows, TemperKernel } from '../types/temper.js';
import { bitsNumber } from '../types/text-number.js';
import { logitOf, type ToLogit } from './as-logits.js';
import { lossesAt, type TemperOptions } from './class-recalibration.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';
import { SearchOfAllRows } from './search-all-rows.js';
import {
  fitRefinement,
  type Refinement,
  searchRefinement,
  startingRows,
  temperatureReport,
} from './temperature.js';

/** Past this many labels reports have no numbers per label. */
const MOST_REPORTED = 4096;

export interface MultilabelRecalibrationOptions extends TemperOptions {
  readonly kind: 'logits' | 'probabilities';
  readonly labels: number;
  /** Number format of the scores. */
  readonly dtype: Dtype;
  /** Least score of a label that is predicted, on the scale of the scores. */
  readonly threshold: number;
}

/**
 * A sampled row is its scores and then its targets, 0 or 1 for each label. Its loss is the mean
 * over labels of −log p(target). Labels are looked at one at a time, in the memory of one.
 */
export class MultilabelRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'log_loss', second: 'exact_match' };
  readonly shape: SampleShape;
  readonly #labels: number;
  readonly #kernel: TemperKernel;
  readonly #math: ScalarMath;
  readonly #threshold: number;
  readonly #toLogit: ToLogit;

  constructor(options: MultilabelRecalibrationOptions) {
    const { labels, dtype, kernel, math, kind, eps, threshold } = options;
    this.#labels = labels;
    this.#kernel = kernel;
    this.#math = math;
    this.#threshold = threshold;
    this.#toLogit = logitOf(kind, eps, math);
    this.shape = {
      width: 2 * labels,
      classes: 0,
      dtype,
      pack: packLabels(labels, dtype),
      listedTarget: ({ values }, row) => {
        let count = 0;
        for (let k = row * labels; k < (row + 1) * labels; k++) count += values![k];
        return count;
      },
    };
  }

  get width(): number {
    return this.shape.width;
  }

  fit(sample: RowSample): Fitted | null {
    const columns = new LabelColumns(this.#labels, this.#toLogit);
    return this.#fittedOf(
      this.#ofLabels((k) => fitRefinement(this.#kernel, columns.sampleOf(sample, k), this.#math)),
    );
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    // The searches of all labels go on at once, each with as many rows as it begins with.
    const few = sample.atMost(startingRows(2));
    const searches = this.#ofLabels((k) => {
      const label = new LabelColumns(this.#labels, this.#toLogit).sampleOf(few, k);
      return searchRefinement(rows, label, this.#kernel, this.#math);
    });
    const columns = new LabelColumns(this.#labels, this.#toLogit);
    return new SearchOfAllRows(
      searches,
      this.#kernel,
      (batch, label) => columns.of(batch, label),
      (found) => this.#fittedOf(found),
    );
  }

  #ofLabels<Value>(value: (label: number) => Value): Value[] {
    return Array.from({ length: this.#labels }, (_, label) => value(label));
  }

  #fittedOf(all: readonly (Refinement | null)[]): Fitted | null {
    const found = all.filter((label) => label !== null);
    // Rows that weigh nothing do so for every label.
    if (found.length < all.length) return null;
    const mean = (of: (label: Refinement) => number) =>
      found.reduce((sum, label) => sum + of(label), 0) / found.length;
    return {
      rows: found[0].rows,
      lossAsIs: mean(({ fit }) => fit.lossAtOne),
      loss: mean(({ fit }) => fit.loss),
      crossFittedLoss: mean(({ crossFittedLoss }) => crossFittedLoss),
      logTemperature: Number.NaN,
      parameters:
        found.length > MOST_REPORTED
          ? {}
          : { temperatures: found.map(({ fit }) => temperatureReport(fit, this.#math)) },
      losses: (rows) => {
        const columns = new LabelColumns(this.#labels, this.#toLogit);
        const asIs = new Float64Array(rows.count);
        const refined = new Float64Array(rows.count);
        found.forEach(({ fit }, label) => {
          const block = columns.of(rows, label);
          addTo(asIs, lossesAt(this.#kernel, block, 1));
          addTo(refined, lossesAt(this.#kernel, block, fit.beta));
        });
        const share = (sum: number) => sum / found.length;
        return { asIs: asIs.map(share), refined: refined.map(share) };
      },
      answers: (rows, as) => {
        if (as === 'they are') return this.#answersAt(rows, () => 1);
        const orders = found.length > 1 && found.every(({ fit }) => fit.bound === null);
        return orders ? this.#answersAt(rows, (label) => found[label].fit.beta) : null;
      },
    };
  }

  /** A row is answered as surely as the label that is least sure. */
  #answersAt(rows: FitRows, betaOf: (label: number) => number): Answers {
    const labels = this.#labels;
    const columns = new LabelColumns(labels, this.#toLogit);
    const losses = new Float64Array(rows.count);
    const greatest = new Float64Array(rows.count);
    for (let label = 0; label < labels; label++) {
      const block = columns.of(rows, label);
      addTo(losses, lossesAt(this.#kernel, block, betaOf(label)));
      for (let r = 0; r < rows.count; r++) {
        block.targets[r] = rows.scores[2 * r * labels + label] >= this.#threshold ? 1 : 0;
      }
      const ofPredicted = lossesAt(this.#kernel, block, betaOf(label));
      for (let r = 0; r < rows.count; r++) greatest[r] = Math.max(greatest[r], ofPredicted[r]);
    }
    return {
      confidence: greatest.map((loss) => this.#math.exp(-loss)),
      right: this.second(rows),
      losses: losses.map((sum) => sum / labels),
    };
  }

  second({ count, scores }: FitRows): Float64Array {
    const labels = this.#labels;
    const isRight = (_: unknown, row: number) => {
      const start = 2 * row * labels;
      for (let at = start; at < start + labels; at++) {
        if (scores[at] >= this.#threshold !== (scores[at + labels] === 1)) return 0;
      }
      return 1;
    };
    return Float64Array.from({ length: count }, isRight);
  }

  targets({ count, scores }: FitRows): ArrayLike<number> {
    const labels = this.#labels;
    return Float64Array.from({ length: count }, (_, row) =>
      bitsNumber(scores, (2 * row + 1) * labels, labels),
    );
  }
}

/** The columns of one label as rows of two classes; those of the next label take their memory. */
class LabelColumns {
  readonly #labels: number;
  readonly #toLogit: ToLogit;
  #scores = new Float64Array(0);
  #targets = new Int32Array(0);

  constructor(labels: number, toLogit: ToLogit) {
    this.#labels = labels;
    this.#toLogit = toLogit;
  }

  of({ count, scores: rows }: Pick<FitRows, 'count' | 'scores'>, label: number): TargetedRows {
    if (this.#targets.length < count) {
      this.#scores = new Float64Array(2 * count);
      this.#targets = new Int32Array(count);
    }
    const [scores, targets, labels] = [this.#scores, this.#targets, this.#labels];
    const toLogit = this.#toLogit;
    for (let r = 0, at = label; r < count; r++, at += 2 * labels) {
      const score = rows[at];
      scores[2 * r] = toLogit === null ? 0 : toLogit(1 - score);
      scores[2 * r + 1] = toLogit === null ? score : toLogit(score);
      targets[r] = rows[at + labels];
    }
    return {
      classes: 2,
      count,
      scores: scores.subarray(0, 2 * count),
      targets: targets.subarray(0, count),
    };
  }

  /** The sample with this label alone. */
  sampleOf(sample: RowSample, label: number): RowSample {
    const rows = sample.rows();
    const { weighted } = sample.options;
    const { scores, targets } = this.of(rows, label);
    return RowSample.fromParts(
      { classes: 2, dtype: 'f64', weighted, budget: scores.byteLength },
      {
        level: sample.level,
        seen: sample.seen,
        index: rows.index,
        targets,
        weights: rows.weights,
        scores,
      },
    );
  }
}

function addTo(sums: Float64Array, values: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += values[i];
}

function packLabels(labels: number, dtype: Dtype): PackRow {
  return ({ scores, values }, row, into) => {
    for (let k = 0, at = row * labels; k < labels; k++, at++) {
      into[k] = scoreAt(scores, dtype, at);
      into[labels + k] = values![at];
    }
  };
}
