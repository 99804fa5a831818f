/** Recalibration of rows of class scores: one temperature for all of them, and an offset for each class. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { RealArray } from '../types/gradients.js';
import type { Readings } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { Dtype, ScoreKind } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';
import { asLogits, logitOf, sampleAsLogits, type ToLogit } from './as-logits.js';
import { foldedSample } from './joint-fit.js';
import { PartMeans } from './joint-parts.js';
import { fittedOf, JointOfAllRows, searchFound } from './joint-recalibration.js';
import {
  accuracyReport,
  classOffsetsReport,
  jointTemperature,
  logitOffsetsReport,
  thresholdReport,
} from './joint-report.js';
import type { JointTerms } from './joint-terms.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';
import { searchRows } from './row-search.js';

/** What recalibrations by temperatures and offsets compute with, and what their scores mean. */
export interface TemperOptions {
  readonly kernel: TemperKernel;
  readonly math: ScalarMath;
  readonly kind: ScoreKind;
  /** Probabilities below this are raised to it before logarithms are taken. */
  readonly eps: number;
}

export interface ClassRecalibrationOptions extends TemperOptions {
  readonly classes: number;
  /** Number format of the scores. */
  readonly dtype: Dtype;
  /** Of one score per row, as two classes: the least that is predicted to be 1; left out for classes. */
  readonly threshold?: number | undefined;
}

/** Sampled rows are the scores as they came. */
export class ClassRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly shape: SampleShape;
  readonly #terms: JointTerms;
  readonly #toLogit: ToLogit;
  readonly #threshold: number | undefined;

  constructor(options: ClassRecalibrationOptions) {
    const { kernel, math, classes, dtype, kind, eps, threshold } = options;
    this.shape = { width: classes, classes, dtype, pack: null };
    const toLogit = logitOf(kind, eps, math);
    this.#toLogit = toLogit;
    this.#threshold = threshold;
    const isSingle = threshold !== undefined;
    this.#terms = {
      kernel,
      math,
      isOfLabels: false,
      threshold: isSingle ? thresholdAsLogit(threshold, toLogit) : null,
      predicted: (batch) => this.#predictions(batch),
      labelRows: () => ({
        of: ({ count, scores, targets }) => ({
          classes,
          count,
          scores: asLogits(scores, toLogit),
          targets,
        }),
      }),
      parameters: ([found], means) => {
        const { offsets: part } = means.parts(math);
        const offsets = isSingle
          ? logitOffsetsReport([found], part, 1)
          : classOffsetsReport(found, part);
        const least = classes === 2 ? thresholdReport(found, toLogit === null, math) : null;
        const accuracyAtOffsets = accuracyReport(means, math);
        return {
          temperature: jointTemperature(found, math),
          ...(offsets && { offsets }),
          ...(least && { threshold: least }),
          ...(accuracyAtOffsets && { accuracyAtOffsets }),
        };
      },
    };
  }

  get width(): number {
    return this.shape.width;
  }

  fit(sample: RowSample, isCompared = false): Fitted | null {
    const logits = sampleAsLogits(sample, this.#toLogit);
    const { kernel, math, threshold } = this.#terms;
    const rows = foldedSample(logits);
    const found = searchRows(
      searchFound(logits.count, logits, kernel, math, {
        ridge: isCompared ? 'fixed' : undefined,
      }),
      rows,
    );
    if (found === null) return null;
    const means = new PartMeans(kernel, [found], threshold);
    const losses = means.add(logits.count, rows.weights, () => rows);
    return fittedOf(this.#terms, [found], means, { index: sample.rows().index, losses });
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    const logits = sampleAsLogits(sample, this.#toLogit);
    const { kernel, math } = this.#terms;
    return new JointOfAllRows(this.#terms, [searchFound(rows, logits, kernel, math)]);
  }

  #predictions({ count, scores }: FitRows): Int32Array {
    const classes = this.width;
    const least = this.#threshold;
    return Int32Array.from({ length: count }, (_, r) => {
      if (least === undefined) return highest(scores, r * classes, classes);
      return scores[r * classes + 1] >= least ? 1 : 0;
    });
  }

  second(rows: FitRows): Float64Array {
    const predictions = this.#predictions(rows);
    return Float64Array.from(predictions, (predicted, r) =>
      predicted === rows.targets[r] ? 1 : 0,
    );
  }

  targets({ targets }: FitRows): ArrayLike<number> {
    return targets;
  }
}

/** The lowest index among the largest scores. */
function highest(scores: RealArray, start: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (scores[start + c] > scores[start + best]) best = c;
  return best;
}

/** The difference of the two logits at a threshold on the scale of the scores. */
export function thresholdAsLogit(threshold: number, toLogit: ToLogit): number {
  return toLogit === null ? threshold : toLogit(threshold) - toLogit(1 - threshold);
}
