/** Recalibration of rows of class scores: one temperature for all of them. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { RealArray } from '../types/gradients.js';
import type { Readings } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { Dtype, ScoreKind } from '../types/scores.js';
import type { TargetedRows, TemperKernel } from '../types/temper.js';
import { asLogits, logitOf, sampleAsLogits, type ToLogit } from './as-logits.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';
import { SearchOfAllRows } from './search-all-rows.js';
import {
  fitRefinement,
  type Refinement,
  searchRefinement,
  temperatureReport,
} from './temperature.js';

/** What recalibrations by temperatures compute with, and what their scores mean. */
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
}

/** Sampled rows are the scores as they came. */
export class ClassRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly shape: SampleShape;
  readonly #kernel: TemperKernel;
  readonly #math: ScalarMath;
  readonly #toLogit: ToLogit;

  constructor({ kernel, math, classes, dtype, kind, eps }: ClassRecalibrationOptions) {
    this.shape = { width: classes, classes, dtype, pack: null };
    this.#kernel = kernel;
    this.#math = math;
    this.#toLogit = logitOf(kind, eps, math);
  }

  get width(): number {
    return this.shape.width;
  }

  fit(sample: RowSample): Fitted | null {
    const logits = sampleAsLogits(sample, this.#toLogit);
    return this.#fittedOf(fitRefinement(this.#kernel, logits, this.#math));
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    const logits = sampleAsLogits(sample, this.#toLogit);
    return new SearchOfAllRows(
      [searchRefinement(rows, logits, this.#kernel, this.#math)],
      this.#kernel,
      (batch) => this.#columnsOf(batch),
      ([found]) => this.#fittedOf(found),
    );
  }

  #columnsOf({ count, scores, targets }: FitRows): TargetedRows {
    const classes = this.width;
    return { classes, count, scores: asLogits(scores, this.#toLogit), targets };
  }

  #fittedOf(found: Refinement | null): Fitted | null {
    if (found === null) return null;
    const { fit, crossFittedLoss, rows } = found;
    return {
      rows,
      lossAsIs: fit.lossAtOne,
      loss: fit.loss,
      crossFittedLoss,
      logTemperature: fit.bound === null ? this.#math.log(fit.temperature) : Number.NaN,
      parameters: { temperature: temperatureReport(fit, this.#math) },
      losses: (batch) => {
        const columns = this.#columnsOf(batch);
        return {
          asIs: lossesAt(this.#kernel, columns, 1),
          refined: lossesAt(this.#kernel, columns, fit.beta),
        };
      },
    };
  }

  second({ count, scores, targets }: FitRows): Float64Array {
    const classes = this.width;
    return Float64Array.from({ length: count }, (_, r) =>
      highest(scores, r * classes, classes) === targets[r] ? 1 : 0,
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

/** Loss of each row at an inverse temperature. */
export function lossesAt(kernel: TemperKernel, rows: TargetedRows, beta: number): Float64Array {
  const losses = new Float64Array(rows.count);
  kernel.run(rows, 0, rows.count, beta, ({ loss }, count, firstRow) => {
    losses.set(loss.subarray(0, count), firstRow);
  });
  return losses;
}
