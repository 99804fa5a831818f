/** Recalibration of rows of several labels: a temperature and an offset for each label by itself. */

import { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { Readings } from '../types/rows.js';
import type { PackRow, SampleShape } from '../types/sample-shape.js';
import { scoreAt } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import type { TargetedRows } from '../types/temper.js';
import { bitsNumber } from '../types/text-number.js';
import { logitOf, type ToLogit } from './as-logits.js';
import { type TemperOptions, thresholdAsLogit } from './class-recalibration.js';
import { foldedSample } from './joint-fit.js';
import { PartMeans } from './joint-parts.js';
import { addParts, fittedOf, JointOfAllRows, searchFound } from './joint-recalibration.js';
import {
  accuracyReport,
  jointTemperature,
  logitOffsetsReport,
  MOST_REPORTED,
} from './joint-report.js';
import type { JointFound, JointTerms, LabelRows } from './joint-terms.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';
import { searchRows } from './row-search.js';
import { startingRows } from './temperature.js';

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
  readonly #terms: JointTerms;
  readonly #threshold: number;
  readonly #toLogit: ToLogit;

  constructor(options: MultilabelRecalibrationOptions) {
    const { labels, dtype, kernel, math, kind, eps, threshold } = options;
    const toLogit = logitOf(kind, eps, math);
    this.#labels = labels;
    this.#threshold = threshold;
    this.#toLogit = toLogit;
    this.#terms = {
      kernel,
      math,
      isOfLabels: true,
      threshold: thresholdAsLogit(threshold, toLogit),
      predicted: ({ count, scores }, label) =>
        Int32Array.from({ length: count }, (_, r) =>
          scores[2 * r * labels + label] >= threshold ? 1 : 0,
        ),
      labelRows: () => new LabelColumns(labels, toLogit),
      parameters: (found, means) => {
        const offsets = logitOffsetsReport(found, means.parts(math).offsets, 0);
        const accuracyAtOffsets = accuracyReport(means, math);
        const temperatures = found.map((label) => jointTemperature(label, math));
        return {
          ...(labels <= MOST_REPORTED && { temperatures, ...(offsets && { offsets }) }),
          ...(accuracyAtOffsets && { accuracyAtOffsets }),
        };
      },
    };
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
    const { kernel, math, threshold } = this.#terms;
    const columns = new LabelColumns(this.#labels, this.#toLogit);
    const found: JointFound[] = [];
    for (let k = 0; k < this.#labels; k++) {
      const label = columns.sampleOf(sample, k);
      const own = searchRows(searchFound(sample.count, label, kernel, math), foldedSample(label));
      // Rows that weigh nothing do so for every label.
      if (own === null) return null;
      found.push(own);
    }
    const means = new PartMeans(kernel, found, threshold);
    const rows = sample.rows();
    const losses = addParts(means, this.#terms, rows);
    return fittedOf(this.#terms, found, means, { index: rows.index, losses });
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    // The searches of all labels go on at once, each with as many rows as it begins with.
    const few = sample.atMost(startingRows(2));
    const { kernel, math } = this.#terms;
    const searches = Array.from({ length: this.#labels }, (_, k) => {
      const label = new LabelColumns(this.#labels, this.#toLogit).sampleOf(few, k);
      return searchFound(rows, label, kernel, math);
    });
    return new JointOfAllRows(this.#terms, searches);
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
class LabelColumns implements LabelRows {
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

function packLabels(labels: number, dtype: Dtype): PackRow {
  return ({ scores, values }, row, into) => {
    for (let k = 0, at = row * labels; k < labels; k++, at++) {
      into[k] = scoreAt(scores, dtype, at);
      into[labels + k] = values![at];
    }
  };
}
