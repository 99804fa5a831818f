/** Recalibration of rows of one score: they are rows of two classes, the first of which scores 0. */

import type { RowSample } from '../tallies/row-sample.js';
import type { FitRows, Fitted } from '../types/fitted.js';
import type { Readings } from '../types/rows.js';
import type { PackRow, SampleShape } from '../types/sample-shape.js';
import { scoreAt } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import { ClassRecalibration, type TemperOptions } from './class-recalibration.js';
import type { FitOfAllRows, ShapedRecalibration } from './recalibration.js';

export interface SingleRecalibrationOptions extends TemperOptions {
  readonly kind: 'logits' | 'probabilities';
  /** Number format of the scores; samples are f64 in any case. */
  readonly dtype: Dtype;
  /** Least score of a row that is predicted to be 1, on the scale of the scores. */
  readonly threshold: number;
}

/** A sampled row is 0 and the logit, or the probabilities of both classes. */
export class SingleRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly shape: SampleShape;
  readonly #classes: ClassRecalibration;

  constructor({ threshold, dtype, ...options }: SingleRecalibrationOptions) {
    this.#classes = new ClassRecalibration({ ...options, classes: 2, dtype: 'f64', threshold });
    this.shape = { ...this.#classes.shape, pack: packPair(options.kind, dtype) };
  }

  get width(): number {
    return this.shape.width;
  }

  fit(sample: RowSample, isCompared = false): Fitted | null {
    return this.#classes.fit(sample, isCompared);
  }

  fitAll(rows: number, sample: RowSample): FitOfAllRows {
    return this.#classes.fitAll(rows, sample);
  }

  second(rows: FitRows): Float64Array {
    return this.#classes.second(rows);
  }

  targets({ targets }: FitRows): ArrayLike<number> {
    return targets;
  }
}

function packPair(kind: 'logits' | 'probabilities', dtype: Dtype): PackRow {
  return ({ scores }, row, into) => {
    const score = scoreAt(scores, dtype, row);
    into[0] = kind === 'logits' ? 0 : 1 - score;
    into[1] = score;
  };
}
