/** Cross-entropy of logits with its gradient: the negative log-likelihood of a categorical model. */

import { InputError, UsageError } from '../types/errors.js';
import type { GradientBuffers, GradientKernel, RealArray } from '../types/gradients.js';

/** How the losses of rows become one number. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What {@link CrossEntropy.evaluate} gives. */
export interface LossResult {
  /** The loss: a number, or one per row for `reduction: 'none'`. */
  readonly value: number | Float64Array;
  /** Rows that are not ignored. */
  readonly rows: number;
}

export interface EvaluateOptions {
  /** Default `mean`: over Σ w_y of rows that are not ignored; over all rows for probability targets. */
  readonly reduction?: Reduction;
  /**
   * Where to write the gradient of the value (of the sum for `none`) with
   * respect to the logits: an array of the logits' length and type, or the
   * logits themselves. Left out: no gradient is kept.
   */
  readonly gradient?: RealArray;
}

/** Bytes of logits that go through the kernel at a time. */
const BATCH_BYTES = 1024 * 1024;

/**
 * Cross-entropy of rows of logits. Made by `createCrossEntropy`.
 *
 * Rows that hold NaN or +∞, or are all −∞, have loss and gradient NaN, as in
 * PyTorch; −∞ is a mask.
 */
export class CrossEntropy {
  readonly #kernel: GradientKernel;

  /** Use `createCrossEntropy`, which loads the core. */
  constructor(kernel: GradientKernel) {
    this.#kernel = kernel;
  }

  /**
   * Value and gradient.
   * @param logits row-major, rows × classes, of the type that `dtype` says
   * @param targets class index per row, or probabilities, rows × classes, of the logits' type
   * @returns the mean is NaN, the sum 0 and the gradient 0 when every row is ignored
   * @throws UsageError `length-mismatch`, `wrong-dtype`; InputError `target-out-of-range`
   */
  evaluate(
    logits: RealArray,
    targets: Int32Array | RealArray,
    options: EvaluateOptions = {},
  ): LossResult {
    const { reduction = 'mean', gradient } = options;
    const { classes } = this.#kernel.shape;
    const soft = !(targets instanceof Int32Array);
    const rows = targets.length / (soft ? classes : 1);
    this.#check(logits, targets, gradient, rows);
    const { weight, counted } = soft ? { weight: rows, counted: rows } : this.#weightOf(targets);
    const scale = reduction === 'mean' ? (counted === 0 ? 0 : 1 / weight) : 1;

    const losses = new Float64Array(rows);
    const most = Math.max(1, Math.floor(BATCH_BYTES / (classes * logits.BYTES_PER_ELEMENT)));
    const lease = this.#kernel.lease(Math.min(most, Math.max(rows, 1)), { soft });
    for (let first = 0; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      this.#fill(lease, logits, targets, first, count);
      losses.set(this.#kernel.run(lease, count, scale), first);
      gradient?.set(lease.gradient.subarray(0, count * classes), first * classes);
    }
    if (reduction === 'none') return { value: losses, rows: counted };
    const sum = losses.reduce((total, loss) => total + loss, 0);
    return { value: reduction === 'sum' ? sum : sum / weight, rows: counted };
  }

  #fill(
    lease: GradientBuffers,
    logits: RealArray,
    targets: Int32Array | RealArray,
    first: number,
    count: number,
  ): void {
    const { classes } = this.#kernel.shape;
    const [from, to] = [first * classes, (first + count) * classes];
    lease.scores.set(logits.subarray(from, to));
    if (targets instanceof Int32Array) lease.targets.set(targets.subarray(first, first + count));
    else lease.soft.set(targets.subarray(from, to));
  }

  /** Σ w_y over rows that are not ignored; on the way every target is checked. */
  #weightOf(targets: Int32Array): { weight: number; counted: number } {
    const { classes, classWeights, ignoreIndex } = this.#kernel.shape;
    let weight = 0;
    let counted = 0;
    for (let r = 0; r < targets.length; r++) {
      const target = targets[r];
      if (target === ignoreIndex) continue;
      if (target < 0 || target >= classes) {
        throw new InputError('target-out-of-range', {
          row: r,
          problem: 'the target is no class',
          found: String(target),
          expected: `a class index from 0 to ${classes - 1}`,
          advice: 'Mark rows to leave out with ignoreIndex.',
        });
      }
      weight += classWeights?.[target] ?? 1;
      counted++;
    }
    return { weight, counted };
  }

  #check(
    logits: RealArray,
    targets: Int32Array | RealArray,
    gradient: RealArray | undefined,
    rows: number,
  ): void {
    const { classes, dtype } = this.#kernel.shape;
    const isSingle = dtype === 'f32';
    for (const [name, array] of Object.entries({ logits, targets, gradient })) {
      if (array === undefined || array instanceof Int32Array) continue;
      if (array instanceof Float32Array !== isSingle) {
        const wanted = isSingle ? 'Float32Array' : 'Float64Array';
        throw new UsageError(
          'wrong-dtype',
          `${name} must be a ${wanted}, as dtype "${dtype}" says.`,
        );
      }
    }
    if (!Number.isInteger(rows) || logits.length !== rows * classes) {
      throw new UsageError(
        'length-mismatch',
        `${logits.length} logits of ${classes} classes do not fit ${targets.length} targets.`,
      );
    }
    if (gradient && gradient.length !== logits.length) {
      throw new UsageError(
        'length-mismatch',
        `The gradient needs ${logits.length} numbers, as the logits; found ${gradient.length}.`,
      );
    }
  }
}
