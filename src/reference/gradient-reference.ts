/** Cross-entropy and its gradient again, in plain f64 TypeScript. */

import { LogitscopeError } from '../types/errors.js';
import type {
  CrossEntropyShape,
  GradientBuffers,
  GradientKernel,
  GradientLeaseOptions,
  RealArray,
} from '../types/gradients.js';
import { newScoreArray } from '../types/score-array.js';

/** w · value, where a weight of 0 takes the value out even if it is infinite. */
function weigh(weight: number, value: number): number {
  return weight === 0 ? 0 : weight * value;
}

/** The reference twin of the gradient engine. */
export class GradientReference implements GradientKernel {
  readonly kernel = 'reference';
  readonly shape: CrossEntropyShape;
  #lease: GradientBuffers | null = null;

  constructor(shape: CrossEntropyShape) {
    this.shape = shape;
  }

  lease(rows: number, options: GradientLeaseOptions = {}): GradientBuffers {
    const { soft = false, separate = false } = options;
    const { classes, dtype } = this.shape;
    const make = (count: number) => newScoreArray(dtype, count) as RealArray;
    const scores = make(rows * classes);
    this.#lease = {
      capacity: rows,
      scores,
      soft: make(soft ? rows * classes : 0),
      gradient: separate ? make(rows * classes) : scores,
      targets: new Int32Array(rows),
    };
    return this.#lease;
  }

  run(buffers: GradientBuffers, count: number, scale: number): Float64Array {
    if (buffers !== this.#lease) {
      throw new LogitscopeError(
        'dead-lease',
        'This lease ended when the next one was taken. Fill and run the newest lease.',
      );
    }
    const losses = new Float64Array(count);
    for (let r = 0; r < count; r++) losses[r] = this.#row(buffers, r, scale);
    return losses;
  }

  /** Target mass w_c·q′_c of every class of a row; null for an ignored row. */
  #massOf({ soft, targets }: GradientBuffers, r: number): Float64Array | null {
    const { classes, classWeights, labelSmoothing, ignoreIndex } = this.shape;
    if (soft.length === 0 && targets[r] === ignoreIndex) return null;
    return Float64Array.from({ length: classes }, (_, c) => {
      const q = soft.length > 0 ? soft[r * classes + c] : Number(targets[r] === c);
      const smoothed = (1 - labelSmoothing) * q + labelSmoothing / classes;
      // The weight of an index target is that of its class; smoothing spreads over weighted classes.
      return smoothed * (classWeights?.[c] ?? 1);
    });
  }

  #row(buffers: GradientBuffers, r: number, scale: number): number {
    const { classes, zLoss } = this.shape;
    const gradient = buffers.gradient.subarray(r * classes, (r + 1) * classes);
    const mass = this.#massOf(buffers, r);
    if (mass === null) {
      gradient.fill(0);
      return 0;
    }
    const z = Float64Array.from(buffers.scores.subarray(r * classes, (r + 1) * classes));
    let max = Number.NEGATIVE_INFINITY;
    for (const score of z) if (score > max) max = score;
    const e = z.map((score) => Math.exp(score - max));
    let sum = 0;
    for (const value of e) sum += value;
    const logSum = Math.log(sum);
    const logNormalizer = max + logSum;
    let loss = zLoss === 0 ? 0 : zLoss * logNormalizer ** 2;
    let factor = zLoss === 0 ? 0 : 2 * zLoss * logNormalizer;
    for (let c = 0; c < classes; c++) {
      loss += weigh(mass[c], max - z[c] + logSum);
      factor += mass[c];
    }
    for (let c = 0; c < classes; c++) gradient[c] = scale * ((factor * e[c]) / sum - mass[c]);
    return Number.isNaN(sum) ? Number.NaN : loss;
  }
}
