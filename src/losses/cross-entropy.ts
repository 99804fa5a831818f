/** Cross-entropy of logits, and the negative log-likelihood of log-probabilities. */

import { GradientEngine } from '../engine/gradient-engine.js';
import { crossEntropyReference, nllReference } from '../reference/class-losses-reference.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { LossOptions, LossResult } from '../types/loss.js';
import { asDoubles, gradientFor } from './arrays.js';
import {
  CLASS_OPTIONS,
  type ClassOptions,
  type ReadRows,
  readClassRows,
  readIndexRows,
} from './class-rows.js';
import { evaluateRows } from './evaluate-rows.js';
import {
  describeLoss,
  evaluateArithmetic,
  lossResult,
  type Reduced,
  scaleOf,
  sumOf,
} from './loss-function.js';
import { checkOptions, numberOption } from './options.js';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions extends LossOptions, ClassOptions {
  /** Label smoothing ε, 0 ≤ ε ≤ 1; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** λ ≥ 0 of λ·LSE² added to each row's loss, as in the training of language models; default 0. */
  readonly zLoss?: number | undefined;
}

/** Options of {@link nllLoss}. */
export interface NllLossOptions extends LossOptions, ClassOptions {}

/**
 * Cross-entropy of rows of logits (not of probabilities: the softmax is part
 * of it): the negative log-likelihood of a categorical model.
 *
 * Targets are a class per row, or a row of probabilities per row, also one-hot.
 * The mean divides by Σ w_y over the rows that are not ignored; for rows of
 * probabilities, as in PyTorch, by the number of rows. −∞ masks a
 * class; rows that hold NaN or +∞, or are all −∞, have loss and gradient NaN.
 * Where every row is ignored the mean is NaN, the sum 0, the gradient 0.
 *
 * @param logits rows × classes, in lists or flat: {@link Scores}
 * @param targets class indices, or as many probabilities as logits: {@link Targets}. Where
 *   logits and targets are both flat arrays, `classes` must be said, and the
 *   masses of a row may add up to any number
 * @returns loss in nats; `values` per row for `reduction: 'none'`; a flat `gradient`
 * @throws UsageError `unknown-option`, `not-numbers`, `length-mismatch`, `missing-classes`, `bad-…`
 *   for an option that does not fit; InputError `empty-input`, `target-out-of-range`,
 *   `bad-target-row`; LogitscopeError `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see PyTorch `torch.nn.functional.cross_entropy`
 * @example
 * ```ts
 * import { crossEntropy } from 'logitscope';
 * const logits = Float32Array.of(2, 1, 0.1);
 * const { value, gradient } = crossEntropy(logits, [0], { gradient: true });
 * value; // 0.41703
 * gradient; // [-0.341, 0.24243, 0.09857]
 * crossEntropy([[2, 1, 0.1], [0, 0, 3]], [0, 2]).value; // 0.2559765
 * crossEntropy([[2, 1, 0.1]], [[0.5, 0.5, 0]]).value; // 0.91703
 * ```
 */
export const crossEntropy = describeLoss<[logits: Scores, targets: Targets], CrossEntropyOptions>(
  {
    lossName: 'crossEntropy',
    summary: 'Cross-entropy of logits against class indices or probabilities',
    formula: 'w_y·(log Σ_c e^{z_c} − z_y), or Σ_c w_c·q_c·(log Σ_j e^{z_j} − z_c)',
    likelihood: 'categorical',
    source: 'PyTorch cross_entropy; label smoothing: Szegedy et al. 2016; z-loss: PaLM 2022',
  },
  (logits, targets, options = {}) => {
    const { reduction, kernel } = checkOptions('crossEntropy', options, [
      ...CLASS_OPTIONS,
      'labelSmoothing',
      'zLoss',
    ]);
    const { labelSmoothing = 0, zLoss = 0 } = options;
    numberOption('crossEntropy', 'labelSmoothing', labelSmoothing, { min: 0, max: 1 });
    numberOption('crossEntropy', 'zLoss', zLoss, { min: 0 });
    const read = readClassRows('crossEntropy', logits, targets, options);
    return evaluateRows(
      read,
      { ...options, reduction, kernel },
      {
        terms: { labelSmoothing, zLoss },
        denominator: read.weightSum,
        reference: crossEntropyReference,
        engine: (core, shape) => new GradientEngine(core, shape),
      },
    );
  },
);

/**
 * Negative log-likelihood of rows of log-probabilities: what is left of the
 * cross-entropy once a log-softmax has been taken. That the rows are
 * normalised is not checked.
 *
 * It only picks one number per row, so it is plain TypeScript for every kernel.
 *
 * @param logProbabilities rows × classes, in lists or flat: {@link Scores}
 * @param targets a class per row, in any form of {@link Targets} but probabilities
 * @returns loss in nats; the mean divides by Σ w_y over the rows that are not ignored
 * @throws UsageError `unknown-option`, `not-numbers`, `length-mismatch`, `soft-targets`, `bad-…` for
 *   an option that does not fit; InputError `empty-input`, `target-out-of-range`, `bad-target-row`
 * @see PyTorch `torch.nn.functional.nll_loss`
 * @example
 * ```ts
 * import { nllLoss } from 'logitscope';
 * const probabilities = [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]];
 * const logs = probabilities.map((row) => row.map(Math.log));
 * nllLoss(logs, [0, 1]).value; // 0.4581454
 * nllLoss(logs, [[1, 0, 0], [0, 1, 0]]).value; // 0.4581454
 * ```
 */
export const nllLoss = describeLoss<[logProbabilities: Scores, targets: Targets], NllLossOptions>(
  {
    lossName: 'nllLoss',
    summary: 'Negative log-likelihood of log-probabilities against class indices',
    formula: '−w_y·log p_y',
    likelihood: 'categorical',
    source: 'PyTorch nll_loss',
  },
  (logProbabilities, targets, options = {}) => {
    const { reduction, kernel } = checkOptions('nllLoss', options, CLASS_OPTIONS);
    const read = readIndexRows('nllLoss', logProbabilities, targets, options);
    const { scores, counted, weightSum } = read;
    const reduced = { reduction, denominator: weightSum, rows: counted };
    const gradient = gradientFor(options.gradient, scores);
    if (kernel === 'reference') {
      return evaluateArithmetic(nllReference, [asDoubles(scores), read, {}], reduced, gradient);
    }
    return pickTargets(read, reduced, gradient);
  },
);

/** Losses are picked before the gradient is written, which may go over the scores. */
function pickTargets(
  { scores, indices, rows, classes, weights, ignoreIndex }: ReadRows,
  reduced: Reduced,
  gradient: RealArray | null,
): LossResult {
  const picks = indices as Int32Array;
  const values = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const y = picks[r];
    if (y === ignoreIndex) continue;
    const weight = weights === null ? 1 : weights[y];
    values[r] = weight === 0 ? 0 : -weight * scores[r * classes + y];
  }
  if (gradient) {
    const scale = scaleOf(reduced);
    gradient.fill(0);
    for (let r = 0; r < rows; r++) {
      const y = picks[r];
      if (y === ignoreIndex) continue;
      gradient[r * classes + y] = -scale * (weights === null ? 1 : weights[y]);
    }
  }
  return lossResult(sumOf(values), reduced, { values, gradient });
}
