/** Leases wasm memory to losses over rows of classes, and runs their kernels call by call. */

import { LogitscopeError } from '../types/errors.js';
import type {
  GradientBuffers,
  GradientLeaseOptions,
  RealArray,
  RowShape,
} from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel } from '../types/scores.js';
import {
  CLASS_WEIGHTS,
  CLASSES,
  type Field,
  ignoring,
  LOSSES,
  OUT,
  SCALE,
  SCORES,
  SOFT,
  TARGETS,
  writeCall,
} from './call.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo, rowsPerCall } from './memory.js';
import type { RowKernel } from './module-exports.js';

/** Addresses of a lease; 0 for what it does not have. */
export interface RowLossPlaces {
  readonly classWeights: number;
  readonly scores: number;
  readonly soft: number;
  readonly gradient: number;
  readonly targets: number;
  readonly losses: number;
}

/** A loss over rows of classes on the WebAssembly core. The core's memory belongs to it. */
export abstract class RowLossEngine {
  readonly kernel: CoreKernel;
  readonly #core: LossCore;
  readonly #rows: RowShape;
  #lease: GradientBuffers | null = null;
  #places: RowLossPlaces | null = null;

  constructor(core: LossCore, rows: RowShape) {
    this.#core = core;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
    this.#rows = rows;
  }

  /** The kernel for a lease with these addresses, and the loss's own fields of its calls. */
  protected abstract plan(
    core: LossCore,
    places: RowLossPlaces,
  ): readonly [RowKernel, readonly Field[]];

  /** Lends memory for `rows` rows; the lease before it is dead. */
  lease(rows: number, options: GradientLeaseOptions = {}): GradientBuffers {
    const { soft = false, separate = false } = options;
    const { classes, dtype, classWeights } = this.#rows;
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
    this.#places = {
      classWeights: classWeights ? weightsAt : 0,
      scores,
      soft: soft ? softAt : 0,
      ...{ gradient, targets, losses },
    };
    this.#lease = {
      capacity: rows,
      scores: view(scores, rows * classes),
      soft: view(softAt, soft ? rows * classes : 0),
      gradient: view(gradient, rows * classes),
      targets: new Int32Array(buffer, targets, rows),
    };
    return this.#lease;
  }

  /**
   * Loss of each of the first `count` rows of a lease, and the gradient of
   * `scale` · (their sum) with respect to the scores.
   * @returns losses, valid until the next lease
   * @throws LogitscopeError `dead-lease`
   */
  run(buffers: GradientBuffers, count: number, scale: number): Float64Array {
    const places = this.#places;
    if (buffers !== this.#lease || places === null) {
      throw new LogitscopeError(
        'dead-lease',
        'This lease ended when the next one was taken. Fill and run the newest lease.',
      );
    }
    const { classes, dtype, ignoreIndex } = this.#rows;
    const [kernel, own] = this.plan(this.#core, places);
    writeCall(this.#core, [
      [SCORES, places.scores],
      [CLASSES, classes],
      [TARGETS, places.targets],
      [SOFT, places.soft],
      [CLASS_WEIGHTS, places.classWeights],
      [OUT, places.gradient],
      [LOSSES, places.losses],
      [SCALE, scale],
      ...ignoring(ignoreIndex),
      ...own,
    ]);
    const step = rowsPerCall(classes * BYTES_PER_SCORE[dtype]);
    for (let first = 0; first < count; first += step) kernel(first, Math.min(step, count - first));
    return new Float64Array(this.#core.memory.buffer, places.losses, count);
  }
}
