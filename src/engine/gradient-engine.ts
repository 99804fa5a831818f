/** The SIMD kernels of cross-entropy and its gradient, on leased wasm memory. */

import type { CrossEntropyShape, RealArray } from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo, rowsPerCall } from './memory.js';
import { RowLossEngine, type RowLossPlaces } from './row-loss-engine.js';

/** Cross-entropy and its gradient on the WebAssembly core. The core's memory belongs to it. */
export class GradientEngine extends RowLossEngine {
  readonly shape: CrossEntropyShape;
  readonly #weightSum: number;

  constructor(core: LossCore, shape: CrossEntropyShape) {
    super(core, shape);
    this.shape = shape;
    this.#weightSum = shape.classWeights
      ? shape.classWeights.reduce((sum, weight) => sum + weight, 0)
      : shape.classes;
  }

  protected override call(
    core: LossCore,
    places: RowLossPlaces,
    first: number,
    rows: number,
    scale: number,
  ): void {
    const { classes, dtype, ignoreIndex, labelSmoothing, zLoss } = this.shape;
    if (places.soft !== 0) {
      core[`soft_cross_entropy_${dtype}`](
        places.scores,
        first,
        rows,
        classes,
        places.soft,
        places.classWeights,
        labelSmoothing,
        zLoss,
        scale,
        places.gradient,
        places.losses,
      );
    } else {
      core[`cross_entropy_${dtype}`](
        places.scores,
        first,
        rows,
        classes,
        places.targets,
        ignoreIndex === null ? 0 : 1,
        ignoreIndex ?? 0,
        places.classWeights,
        this.#weightSum,
        labelSmoothing,
        zLoss,
        scale,
        places.gradient,
        places.losses,
      );
    }
  }
}

/** Softmax, or its logarithm, row by row; `rows × classes` numbers in, as many out. */
export function softmaxRows(
  core: LossCore,
  scores: RealArray,
  classes: number,
  logarithm: boolean,
): RealArray {
  const dtype = scores instanceof Float64Array ? 'f64' : 'f32';
  const rows = scores.length / classes;
  const at = align(core.heap_base.value as number);
  growTo(core.memory, at + scores.byteLength + PADDING, rows);
  const view = scoreView(dtype, core.memory.buffer, at, scores.length) as RealArray;
  view.set(scores);
  const run = core[`${logarithm ? 'log_softmax' : 'softmax'}_${dtype}`];
  const step = rowsPerCall(classes * BYTES_PER_SCORE[dtype]);
  for (let first = 0; first < rows; first += step) {
    run(at, first, Math.min(step, rows - first), classes, at);
  }
  return view.slice();
}
