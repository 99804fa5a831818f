/** Recalibration of rows of class scores: one temperature for all of them. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { Answers, FitRows, Fitted } from '../types/fitted.js';
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
  /** The class that is predicted of the row whose scores begin at `start`; default: of the highest score. */
  readonly predict?: Predict;
}

type Predict = (scores: RealArray, start: number, classes: number) => number;

/** Sampled rows are the scores as they came. */
export class ClassRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly shape: SampleShape;
  readonly #kernel: TemperKernel;
  readonly #math: ScalarMath;
  readonly #toLogit: ToLogit;
  readonly #predict: Predict;

  constructor(options: ClassRecalibrationOptions) {
    const { kernel, math, classes, dtype, kind, eps, predict = highest } = options;
    this.#predict = predict;
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
      answers: (batch, as) => {
        if (as === 'they are') return this.#answersAt(batch, 1);
        // A temperature changes no prediction, and of two classes no order of rows.
        const orders = this.width > 2 && fit.bound === null;
        return orders ? this.#answersAt(batch, fit.beta) : null;
      },
    };
  }

  /** The loss of a row whose target were the prediction is −log of its confidence. */
  #answersAt(batch: FitRows, beta: number): Answers {
    const columns = this.#columnsOf(batch);
    const targets = this.#predictions(batch);
    const losses = lossesAt(this.#kernel, columns, beta);
    const confidence = lossesAt(this.#kernel, { ...columns, targets }, beta);
    for (let r = 0; r < confidence.length; r++) confidence[r] = this.#math.exp(-confidence[r]);
    return { confidence, right: this.second(batch), losses };
  }

  #predictions({ count, scores }: FitRows): Int32Array {
    const classes = this.width;
    const predictions = new Int32Array(count);
    for (let r = 0; r < count; r++) predictions[r] = this.#predict(scores, r * classes, classes);
    return predictions;
  }

  second(rows: FitRows): Float64Array {
    const right = new Float64Array(rows.count);
    const predictions = this.#predictions(rows);
    for (let r = 0; r < right.length; r++) right[r] = predictions[r] === rows.targets[r] ? 1 : 0;
    return right;
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
