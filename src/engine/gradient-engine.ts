/** The SIMD kernels of cross-entropy and its gradient, on leased wasm memory. */

import type { CrossEntropyShape, RealArray } from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import {
  CLASSES,
  type Field,
  OUT,
  SCORES,
  SMOOTHING,
  WEIGHT_SUM,
  weightSum,
  writeCall,
  Z_LOSS,
} from './call.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo, rowsPerCall } from './memory.js';
import type { RowKernel } from './module-exports.js';
import { RowLossEngine, type RowLossPlaces } from './row-loss-engine.js';

/** Cross-entropy and its gradient on the WebAssembly core. The core's memory belongs to it. */
export class GradientEngine extends RowLossEngine {
  readonly shape: CrossEntropyShape;
  readonly #weightSum: number;

  constructor(core: LossCore, shape: CrossEntropyShape) {
    super(core, shape);
    this.shape = shape;
    this.#weightSum = weightSum(shape);
  }

  protected override plan(
    core: LossCore,
    { soft }: RowLossPlaces,
  ): readonly [RowKernel, readonly Field[]] {
    const { dtype, labelSmoothing, zLoss } = this.shape;
    const kernel = core[`${soft === 0 ? 'cross_entropy' : 'soft_cross_entropy'}_${dtype}`];
    const own: readonly Field[] = [
      [SMOOTHING, labelSmoothing],
      [Z_LOSS, zLoss],
      [WEIGHT_SUM, this.#weightSum],
    ];
    return [kernel, own];
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
  writeCall(core, [
    [SCORES, at],
    [CLASSES, classes],
    [OUT, at],
  ]);
  for (let first = 0; first < rows; first += step) run(first, Math.min(step, rows - first));
  return view.slice();
}
