/** Penalties on parameters: what a prior adds to a likelihood. */

import { type PenaltyKernel, penaltyOf } from '../engine/penalty-engine.js';
import type { Scores } from '../types/forms.js';
import type { LossFunction, LossInfo, LossOptions } from '../types/loss.js';
import { gradientFor, readInput } from './arrays.js';
import { coreOf, describeLoss, lossResult } from './loss-function.js';
import { checkOptions, numberOption } from './options.js';

/** Options of {@link l2Penalty} and {@link l1Penalty}. A penalty is a sum. */
export interface PenaltyOptions extends Omit<LossOptions, 'reduction'> {
  /** λ ≥ 0; must be said. */
  readonly strength: number;
  readonly reduction?: 'sum' | undefined;
}

/** How a penalty is computed: λ · share · Σ term, with a gradient of λ · slope. */
interface Penalty {
  readonly kernel: PenaltyKernel;
  readonly share: number;
  readonly term: (parameter: number) => number;
  readonly slope: (parameter: number) => number;
}

function penalty(
  info: LossInfo,
  { kernel, share, term, slope }: Penalty,
): LossFunction<[parameters: Scores], PenaltyOptions> {
  const { lossName } = info;
  return describeLoss<[parameters: Scores], PenaltyOptions>(info, (parameters, options) => {
    const given: Partial<PenaltyOptions> = options ?? {};
    const checked = checkOptions<'sum'>(lossName, given, ['strength'], ['sum']);
    const strength = numberOption(lossName, 'strength', given.strength, { min: 0 });
    const read = readInput('parameters', parameters);
    const gradient = gradientFor(given.gradient, read);
    const core = coreOf(checked.kernel);
    let sum = 0;
    if (core !== null) sum = penaltyOf(core, kernel, read, strength, gradient);
    else {
      for (let i = 0; i < read.length; i++) {
        const parameter = read[i];
        sum += term(parameter);
        if (gradient) gradient[i] = strength * slope(parameter);
      }
    }
    const reduced = { reduction: 'sum', denominator: 1, rows: read.length };
    return lossResult(strength * share * sum, reduced, { gradient });
  });
}

/**
 * L2 penalty (weight decay, ridge): the negative logarithm of a Gaussian prior
 * of variance 1/λ on the parameters, but for its constant. Added to a negative
 * log-likelihood it makes the estimate MAP.
 *
 * @param parameters numbers of any shape, flattened
 * @throws UsageError `bad-strength`, `unknown-option`, `bad-reduction`; InputError `empty-input`
 * @see PyTorch optimizers' `weight_decay`
 * @example
 * ```ts
 * import { l2Penalty } from 'logitscope';
 * const { value, gradient } = l2Penalty([3, -4], { strength: 0.1, gradient: true });
 * value; // 1.25
 * gradient; // [0.3, -0.4]
 * ```
 */
export const l2Penalty = penalty(
  {
    lossName: 'l2Penalty',
    summary: 'Half the squared norm of parameters, times a strength',
    formula: '½·λ·Σ θ²',
    likelihood: 'Gaussian prior of the parameters (MAP)',
    source: 'Hoerl and Kennard 1970; weight_decay of PyTorch optimizers',
    inputs: ['parameters'],
    reductions: ['sum'],
  },
  { kernel: 'squared_penalty', share: 0.5, term: (x) => x * x, slope: (x) => x },
);

/**
 * L1 penalty (lasso): the negative logarithm of a Laplace prior of scale 1/λ on
 * the parameters, but for its constant. The gradient at 0 is 0.
 *
 * @param parameters numbers of any shape, flattened
 * @throws UsageError `bad-strength`, `unknown-option`, `bad-reduction`; InputError `empty-input`
 * @see Tibshirani 1996, "Regression Shrinkage and Selection via the Lasso"
 * @example
 * ```ts
 * import { l1Penalty } from 'logitscope';
 * const { value, gradient } = l1Penalty([3, -4], { strength: 0.1, gradient: true });
 * value; // 0.7
 * gradient; // [0.1, -0.1]
 * ```
 */
export const l1Penalty = penalty(
  {
    lossName: 'l1Penalty',
    summary: 'Sum of the absolute values of parameters, times a strength',
    formula: 'λ·Σ |θ|',
    likelihood: 'Laplace prior of the parameters (MAP)',
    source: 'Tibshirani 1996, Regression Shrinkage and Selection via the Lasso',
    inputs: ['parameters'],
    reductions: ['sum'],
  },
  { kernel: 'absolute_penalty', share: 1, term: Math.abs, slope: Math.sign },
);
