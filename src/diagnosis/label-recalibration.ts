/** Labels that were predicted without scores: there is nothing to recalibrate, and yet rows to compare. */

import type { FitRows } from '../types/fitted.js';
import type { Readings } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { ShapedRecalibration } from './recalibration.js';

/** A sampled row is the number of the predicted label, and of the target. */
export class LabelRecalibration implements ShapedRecalibration {
  readonly readings: Readings = { loss: null, second: 'accuracy' };
  readonly shape: SampleShape = {
    width: 2,
    classes: 0,
    dtype: 'f64',
    pack: (_, row, into, { scores, targets }) => {
      into[0] = scores.prediction[row];
      into[1] = targets[row];
    },
  };

  get width(): number {
    return this.shape.width;
  }

  fit(): null {
    return null;
  }

  fitAll(): null {
    return null;
  }

  second({ count, scores }: FitRows): Float64Array {
    return Float64Array.from({ length: count }, (_, r) =>
      scores[2 * r] === scores[2 * r + 1] ? 1 : 0,
    );
  }

  targets({ count, scores }: FitRows): ArrayLike<number> {
    return Float64Array.from({ length: count }, (_, r) => scores[2 * r + 1]);
  }
}
