/** The SIMD kernels of cross-entropy and its gradient, on leased wasm memory. */

import { LogitscopeError } from '../types/errors.js';
import type {
  CrossEntropyShape,
  GradientBuffers,
  GradientKernel,
  GradientLeaseOptions,
  RealArray,
} from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel } from '../types/scores.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';

interface Places {
  readonly classWeights: number;
  readonly scores: number;
  readonly soft: number;
  readonly gradient: number;
  readonly targets: number;
  readonly losses: number;
}

/** Cross-entropy and its gradient on the WebAssembly core. The core's memory belongs to it. */
export class GradientEngine implements GradientKernel {
  readonly kernel: CoreKernel;
  readonly shape: CrossEntropyShape;
  readonly #core: Core;
  readonly #weightSum: number;
  #lease: GradientBuffers | null = null;
  #places: Places | null = null;

  constructor(core: Core, shape: CrossEntropyShape) {
    this.#core = core;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
    this.shape = shape;
    this.#weightSum = shape.classWeights
      ? shape.classWeights.reduce((sum, weight) => sum + weight, 0)
      : shape.classes;
  }

  lease(rows: number, options: GradientLeaseOptions = {}): GradientBuffers {
    const { soft = false, separate = false } = options;
    const { classes, dtype, classWeights } = this.shape;
    const bytes = rows * classes * BYTES_PER_SCORE[dtype] + PADDING;
    const weightsAt = align(this.#core.heap_base.value as number);
    const scores = align(weightsAt + (classWeights ? classes * 8 : 0));
    const softAt = align(scores + bytes);
    const gradient = separate ? align(softAt + (soft ? bytes : 0)) : scores;
    const targets = align((separate ? gradient : softAt) + (soft || separate ? bytes : 0));
    const losses = align(targets + rows * 4);
    growTo(this.#core.memory, losses + rows * 8, rows);
    const { buffer } = this.#core.memory;
    if (classWeights) new Float64Array(buffer, weightsAt, classes).set(classWeights);
    const view = (at: number, count: number) => scoreView(dtype, buffer, at, count) as RealArray;
    this.#places = { classWeights: weightsAt, scores, soft: softAt, gradient, targets, losses };
    this.#lease = {
      capacity: rows,
      scores: view(scores, rows * classes),
      soft: view(softAt, soft ? rows * classes : 0),
      gradient: view(gradient, rows * classes),
      targets: new Int32Array(buffer, targets, rows),
    };
    return this.#lease;
  }

  run(buffers: GradientBuffers, count: number, scale: number): Float64Array {
    const places = this.#places;
    if (buffers !== this.#lease || places === null) {
      throw new LogitscopeError(
        'dead-lease',
        'This lease ended when the next one was taken. Fill and run the newest lease.',
      );
    }
    const { classes, dtype, ignoreIndex, classWeights, labelSmoothing, zLoss } = this.shape;
    const core = this.#core;
    const isSoft = buffers.soft.length > 0;
    const weights = classWeights ? places.classWeights : 0;
    const step = rowsPerCall(classes * BYTES_PER_SCORE[dtype]);
    for (let first = 0; first < count; first += step) {
      const rows = Math.min(step, count - first);
      if (isSoft) {
        core[`soft_cross_entropy_${dtype}`](
          places.scores,
          first,
          rows,
          classes,
          places.soft,
          weights,
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
          weights,
          this.#weightSum,
          labelSmoothing,
          zLoss,
          scale,
          places.gradient,
          places.losses,
        );
      }
    }
    return new Float64Array(core.memory.buffer, places.losses, count);
  }
}

/** Softmax, or its logarithm, row by row; `rows × classes` numbers in, as many out. */
export function softmaxRows(
  core: Core,
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
