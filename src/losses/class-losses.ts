/** Losses over rows of classes beside cross-entropy: focal and margin. */

import { FocalEngine, MarginEngine } from '../engine/class-loss-engines.js';
import {
  multiMarginReference,
  softmaxFocalReference,
} from '../reference/class-losses-reference.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { LossOptions } from '../types/loss.js';
import { CLASS_OPTIONS, type ClassOptions, readIndexRows } from './class-rows.js';
import { evaluateRows } from './evaluate-rows.js';
import { describeLoss } from './loss-function.js';
import { checkOptions, numberOption, show } from './options.js';

/** Options of {@link softmaxFocalLoss}. */
export interface SoftmaxFocalLossOptions extends LossOptions, ClassOptions {
  /** γ ≥ 0: how much sure rows are faded out; 0 is cross-entropy. Default 2. */
  readonly gamma?: number | undefined;
}

/** Options of {@link multiMarginLoss}. */
export interface MultiMarginLossOptions extends LossOptions, ClassOptions {
  /** Power of each excess, 1 or 2; default 1. */
  readonly p?: 1 | 2 | undefined;
  /** By how much the target's score has to lead; default 1. */
  readonly margin?: number | undefined;
}

/**
 * Focal loss of rows of logits: cross-entropy in which rows are faded out by
 * (1 − p_y)^γ as the model grows sure of them. `weight` is the α of each class.
 *
 * 1 − p_y is summed from the other classes, so that value and gradient are
 * right, and finite for γ < 1, however close p_y comes to 1. The mean divides by
 * Σ w_y over the rows that are not ignored, as that of cross-entropy.
 *
 * @param logits rows × classes, in lists or flat ({@link Scores}); −∞ masks a class
 * @param targets a class per row, in any form of {@link Targets} but probabilities
 * @throws UsageError `unknown-option`, `not-numbers`, `length-mismatch`, `soft-targets`, `bad-gamma`,
 *   `bad-…`; InputError `empty-input`, `target-out-of-range`, `bad-target-row`; LogitscopeError `not-initialised` in browsers
 *   before `init`, `no-simd`, `no-relaxed-simd`
 * @see Lin et al. 2017, "Focal Loss for Dense Object Detection", for many classes
 * @example
 * ```ts
 * import { softmaxFocalLoss } from 'logitscope';
 * softmaxFocalLoss([2, 1, 0.1], [0], { gamma: 0 }).value; // 0.41703
 * softmaxFocalLoss([[2, 1, 0.1]], [[1, 0, 0]]).value; // 0.0484923
 * ```
 */
export const softmaxFocalLoss = describeLoss<
  [logits: Scores, targets: Targets],
  SoftmaxFocalLossOptions
>(
  {
    lossName: 'softmaxFocalLoss',
    summary: 'Cross-entropy that fades out the rows the model is sure of',
    formula: 'w_y·(1 − p_y)^γ·(−log p_y), p = softmax(z)',
    likelihood: 'none: a cross-entropy of reshaped weights; categorical for γ = 0',
    source: 'Lin et al. 2017, Focal Loss for Dense Object Detection',
  },
  (logits, targets, options = {}) => {
    const checked = checkOptions('softmaxFocalLoss', options, [...CLASS_OPTIONS, 'gamma']);
    const gamma = numberOption('softmaxFocalLoss', 'gamma', options.gamma ?? 2, { min: 0 });
    const read = readIndexRows('softmaxFocalLoss', logits, targets, options);
    return evaluateRows(
      read,
      { ...options, ...checked },
      {
        terms: { gamma },
        denominator: read.weightSum,
        reference: softmaxFocalReference,
        engine: (core, shape) => new FocalEngine(core, shape),
      },
    );
  },
);

/**
 * Margin loss of rows of scores: what the other classes lack of being
 * `margin` below the target's. The gradient at a kink is 0.
 *
 * @param scores rows × classes, in lists or flat: {@link Scores}
 * @param targets a class per row, in any form of {@link Targets} but probabilities
 * @returns the mean divides by the number of rows that are not ignored, also with `weight`
 * @throws UsageError `unknown-option`, `not-numbers`, `length-mismatch`, `soft-targets`, `bad-p`,
 *   `bad-margin`, `bad-…`; InputError `empty-input`, `target-out-of-range`, `bad-target-row`; LogitscopeError `not-initialised` in browsers
 *   before `init`, `no-simd`, `no-relaxed-simd`
 * @see PyTorch `torch.nn.functional.multi_margin_loss`
 * @example
 * ```ts
 * import { multiMarginLoss } from 'logitscope';
 * const { value, gradient } = multiMarginLoss([[2, 1.5, 0.1]], [0], { gradient: true });
 * value; // 0.1666667
 * gradient; // [-0.3333, 0.3333, 0]
 * ```
 */
export const multiMarginLoss = describeLoss<
  [scores: Scores, targets: Targets],
  MultiMarginLossOptions
>(
  {
    lossName: 'multiMarginLoss',
    summary: 'What the other classes lack of being a margin below the target',
    formula: '(w_y/C)·Σ_{j≠y} max(0, margin − x_y + x_j)^p',
    likelihood: 'none: a margin loss, as of support vector machines',
    source: 'PyTorch multi_margin_loss; Crammer and Singer 2001',
  },
  (scores, targets, options = {}) => {
    const own = [...CLASS_OPTIONS, 'p', 'margin'];
    const checked = checkOptions('multiMarginLoss', options, own);
    const { p = 1 } = options;
    if (p !== 1 && p !== 2) {
      throw new UsageError('bad-p', `p of multiMarginLoss must be 1 or 2; found ${show(p)}.`);
    }
    const margin = numberOption('multiMarginLoss', 'margin', options.margin ?? 1, {});
    const read = readIndexRows('multiMarginLoss', scores, targets, options);
    return evaluateRows(
      read,
      { ...options, ...checked },
      {
        terms: { margin, p },
        denominator: read.counted,
        reference: multiMarginReference,
        engine: (core, shape) => new MarginEngine(core, shape),
      },
    );
  },
);
