/** Chooses the kernel of the cross-entropy and checks its options. */

import type { Core } from '../engine/core.js';
import { GradientEngine } from '../engine/gradient-engine.js';
import { GradientReference } from '../reference/gradient-reference.js';
import { UsageError } from '../types/errors.js';
import { rowOptions } from '../types/row-options.js';
import type { CoreKernel, KernelName } from '../types/scores.js';
import { CrossEntropy } from './cross-entropy.js';

/** Options of `createCrossEntropy`. */
export interface CrossEntropyOptions {
  /** Number of classes, 2 … 262 144. */
  readonly classes: number;
  /** Number format of logits and gradient; default `f32`. */
  readonly dtype?: 'f32' | 'f64' | undefined;
  /** Target that takes a row out: loss and gradient 0. Index targets only. */
  readonly ignoreIndex?: number | null | undefined;
  /** Weight ≥ 0 of each class. */
  readonly classWeights?: ArrayLike<number> | null | undefined;
  /** Label smoothing ε, 0 ≤ ε ≤ 1; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** λ of λ·LSE² added to each row's loss, as in the training of language models; default 0. */
  readonly zLoss?: number | undefined;
  /** `simd` (default), `relaxed` or `reference`. */
  readonly kernel?: KernelName | undefined;
}

/**
 * Makes a cross-entropy on the kernel that the options ask for.
 * @throws UsageError for options that do not fit; LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export async function makeCrossEntropy(
  loadCore: (kernel: CoreKernel) => Promise<Core>,
  options: CrossEntropyOptions,
): Promise<CrossEntropy> {
  const { dtype = 'f32', zLoss = 0, kernel = 'simd' } = options;
  const { classes, ignoreIndex, classWeights, labelSmoothing } = rowOptions(options);
  if (dtype !== 'f32' && dtype !== 'f64') {
    throw new UsageError('bad-dtype', `A gradient needs dtype "f32" or "f64"; found "${dtype}".`);
  }
  if (!(zLoss >= 0 && zLoss < Number.POSITIVE_INFINITY)) {
    throw new UsageError('bad-z-loss', `zLoss must be a finite number ≥ 0; found ${zLoss}.`);
  }
  const shape = { classes, dtype, ignoreIndex, classWeights, labelSmoothing, zLoss };
  if (kernel === 'reference') return new CrossEntropy(new GradientReference(shape));
  if (kernel !== 'simd' && kernel !== 'relaxed') {
    throw new UsageError(
      'bad-kernel',
      `kernel must be "simd", "relaxed" or "reference"; found ${JSON.stringify(kernel)}.`,
    );
  }
  return new CrossEntropy(new GradientEngine(await loadCore(kernel), shape));
}
