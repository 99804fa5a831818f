/** Losses that are sums over elements: squared error, Huber, binary cross-entropy of logits. */

import type { Core } from '../engine/core.js';
import {
  type ElementBuffers,
  ElementwiseEngine,
  type ElementwiseKernel,
} from '../engine/elementwise-engine.js';
import { InputError, UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import type { Reduction } from '../types/loss.js';
import type { CoreKernel } from '../types/scores.js';

/** What {@link ElementwiseLoss.evaluate} gives. */
export interface ElementwiseResult {
  /** The loss: a number, or one per element for `reduction: 'none'`. */
  readonly value: number | Float64Array;
  readonly rows: number;
}

export interface EvaluateOptions {
  readonly reduction?: Reduction;
  /** Where to write the gradient of the value (of the sum for `none`). */
  readonly gradient?: RealArray;
}

/** Losses by the names that PyTorch's have in TypeScript's spelling. */
export type ElementwiseLossName = 'mseLoss' | 'huberLoss' | 'binaryCrossEntropyWithLogits';

/** Options of `createElementwiseLoss`. */
export interface ElementwiseLossOptions {
  /** Number format of inputs, targets and gradient; default `f32`. */
  readonly dtype?: 'f32' | 'f64' | undefined;
  /** δ of huberLoss, > 0; default 1. */
  readonly delta?: number | undefined;
  /** Weight of the positive term of binaryCrossEntropyWithLogits, ≥ 0; default 1. */
  readonly posWeight?: number | undefined;
  /** `simd` (default) or `relaxed`. */
  readonly kernel?: CoreKernel | undefined;
}

const KERNELS: Readonly<Record<ElementwiseLossName, ElementwiseKernel>> = {
  mseLoss: 'squared_error',
  huberLoss: 'huber',
  binaryCrossEntropyWithLogits: 'binary_cross_entropy',
};

/** Elements that go through the kernel at a time when arrays are copied. */
const BATCH = 256 * 1024;

/**
 * A loss over elements. Made by `createElementwiseLoss`.
 *
 * {@link evaluate} copies arrays in and out. To copy nothing, fill a
 * {@link lease} and {@link run} it: its arrays are wasm memory.
 */
export class ElementwiseLoss {
  readonly #engine: ElementwiseEngine;
  readonly #name: ElementwiseLossName;

  /** Use `createElementwiseLoss`, which loads the core. */
  constructor(engine: ElementwiseEngine, name: ElementwiseLossName) {
    this.#engine = engine;
    this.#name = name;
  }

  /** Lends memory for `count` elements: input, target and gradient. The lease before it is dead. */
  lease(count: number): ElementBuffers {
    return this.#engine.lease(count, false);
  }

  /**
   * Mean or sum over the first `count` elements of a lease, and its gradient in `lease.gradient`.
   * @throws LogitscopeError `dead-lease`
   */
  run(lease: ElementBuffers, count = lease.capacity, reduction: 'mean' | 'sum' = 'mean'): number {
    const scale = reduction === 'mean' ? 1 / count : 1;
    return this.#engine.run(lease, count, scale) * scale;
  }

  /**
   * Value and gradient over arrays.
   * @param target as many numbers as `input`; for binaryCrossEntropyWithLogits from 0 to 1
   * @throws UsageError `length-mismatch`, `wrong-dtype`; InputError `target-out-of-range`
   */
  evaluate(input: RealArray, target: RealArray, options: EvaluateOptions = {}): ElementwiseResult {
    const { reduction = 'mean', gradient } = options;
    this.#check(input, target, gradient);
    const count = input.length;
    const losses = reduction === 'none' ? new Float64Array(count) : null;
    const scale = reduction === 'mean' ? 1 / count : 1;
    let sum = 0;
    const lease = this.#engine.lease(Math.max(1, Math.min(BATCH, count)), losses !== null);
    for (let first = 0; first < count; first += BATCH) {
      const end = Math.min(first + BATCH, count);
      lease.input.set(input.subarray(first, end));
      lease.target.set(target.subarray(first, end));
      sum += this.#engine.run(lease, end - first, scale, gradient !== undefined);
      gradient?.set(lease.gradient.subarray(0, end - first), first);
      losses?.set(lease.losses.subarray(0, end - first), first);
    }
    return { value: losses ?? sum * scale, rows: count };
  }

  #check(input: RealArray, target: RealArray, gradient: RealArray | undefined): void {
    const isSingle = this.#engine.dtype === 'f32';
    for (const [name, array] of Object.entries({ input, target, gradient })) {
      if (array === undefined) continue;
      if (array instanceof Float32Array !== isSingle) {
        const wanted = isSingle ? 'Float32Array' : 'Float64Array';
        throw new UsageError('wrong-dtype', `${name} must be a ${wanted}, as dtype says.`);
      }
      if (array.length !== input.length) {
        throw new UsageError(
          'length-mismatch',
          `${name} needs ${input.length} numbers, as the input; found ${array.length}.`,
        );
      }
    }
    if (this.#name !== 'binaryCrossEntropyWithLogits') return;
    const bad = target.findIndex((t) => !(t >= 0 && t <= 1));
    if (bad < 0) return;
    throw new InputError('target-out-of-range', {
      row: bad,
      problem: 'the target of a binary cross-entropy is no probability',
      found: String(target[bad]),
      expected: 'a number from 0 to 1',
    });
  }
}

/**
 * Makes a loss over elements.
 * @throws UsageError `bad-loss`, `bad-delta`, `bad-pos-weight`; LogitscopeError `no-simd`
 */
export async function makeElementwiseLoss(
  loadCore: (kernel: CoreKernel) => Promise<Core>,
  name: ElementwiseLossName,
  options: ElementwiseLossOptions = {},
): Promise<ElementwiseLoss> {
  const { dtype = 'f32', delta = 1, posWeight = 1, kernel = 'simd' } = options;
  if (!Object.hasOwn(KERNELS, name)) {
    throw new UsageError(
      'bad-loss',
      `There is no loss ${JSON.stringify(name)}; expected one of ${Object.keys(KERNELS).join(', ')}.`,
    );
  }
  if (!(delta > 0 && delta < Number.POSITIVE_INFINITY)) {
    throw new UsageError('bad-delta', `delta must be a finite number > 0; found ${delta}.`);
  }
  if (!(posWeight >= 0 && posWeight < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      'bad-pos-weight',
      `posWeight must be a finite number ≥ 0; found ${posWeight}.`,
    );
  }
  const parameter = name === 'huberLoss' ? delta : posWeight;
  const core = await loadCore(kernel);
  return new ElementwiseLoss(new ElementwiseEngine(core, KERNELS[name], dtype, parameter), name);
}
