/** The losses of the two players of a generative adversarial network. */

import type { Scores } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { FurtherGradients, LossOptions } from '../types/loss.js';
import { furtherGradients, gradientFor, readInput } from './arrays.js';
import { binaryCrossEntropyWithLogits } from './elementwise-binary.js';
import { describeLoss } from './loss-function.js';
import { checkOptions, oneOf } from './options.js';

/** Options of {@link ganDiscriminatorLoss}. */
export interface GanDiscriminatorLossOptions extends LossOptions, FurtherGradients<'fake'> {}

/** Options of {@link ganGeneratorLoss}. */
export interface GanGeneratorLossOptions extends LossOptions {
  /**
   * `non-saturating` (default): −log of the probability that a fake is taken for
   * real. `minimax`: log of the probability that it is not, which has next to
   * no gradient while the discriminator is sure.
   */
  readonly form?: 'non-saturating' | 'minimax' | undefined;
}

/** As many equal targets as logits, in their number format. */
function targetsOf(logits: RealArray, target: 0 | 1): RealArray {
  const targets = logits instanceof Float32Array ? Float32Array : Float64Array;
  return new targets(logits.length).fill(target);
}

/**
 * What the discriminator of a GAN minimises: binary cross-entropy of the logits
 * of real examples against 1, plus that of fakes against 0.
 *
 * @param real logits that the discriminator gives real examples
 * @param fake logits that it gives generated ones; there may be more or fewer
 * @param options `gradient` is with respect to `real`, `gradients: { fake: true }` asks for the other
 * @returns for `mean` the two means are added, not averaged; for `none` the values of `real`, then of `fake`
 * @throws UsageError `unknown-option`, `unknown-gradient`; InputError `empty-input`; LogitscopeError
 *   `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see Goodfellow et al. 2014, "Generative Adversarial Nets"
 * @example
 * ```ts
 * import { ganDiscriminatorLoss } from 'logitscope';
 * const { value, gradients } = ganDiscriminatorLoss([2, 0], [-1], { gradients: { fake: true } });
 * value; // 0.7232993
 * gradients?.fake; // [0.2689414]
 * ```
 */
export const ganDiscriminatorLoss = describeLoss<
  [real: Scores, fake: Scores],
  GanDiscriminatorLossOptions
>(
  {
    lossName: 'ganDiscriminatorLoss',
    summary: 'How well a discriminator tells real examples from generated ones',
    formula: 'mean softplus(−real) + mean softplus(fake)',
    likelihood: 'Bernoulli: is the example real',
    source: 'Goodfellow et al. 2014, Generative Adversarial Nets',
    inputs: ['real', 'fake'],
  },
  (real, fake, options = {}) => {
    const { reduction, kernel } = checkOptions('ganDiscriminatorLoss', options, ['gradients']);
    const [ofReal, ofFake] = [readInput('real', real), readInput('fake', fake)];
    const asked = furtherGradients('ganDiscriminatorLoss', options.gradients, { fake: ofFake });
    const right = binaryCrossEntropyWithLogits(ofReal, targetsOf(ofReal, 1), {
      ...{ reduction, kernel },
      gradient: gradientFor(options.gradient, ofReal) ?? false,
    });
    const wrong = binaryCrossEntropyWithLogits(ofFake, targetsOf(ofFake, 0), {
      ...{ reduction, kernel },
      gradient: asked.fake ?? false,
    });
    return {
      value: right.value + wrong.value,
      ...(right.values && {
        values: Float64Array.from([...right.values, ...(wrong.values ?? [])]),
      }),
      ...(right.gradient && { gradient: right.gradient }),
      ...(wrong.gradient && { gradients: { fake: wrong.gradient } }),
      rows: right.rows + wrong.rows,
    };
  },
);

/**
 * What the generator of a GAN minimises.
 *
 * @param fake logits that the discriminator gives generated examples
 * @throws UsageError `bad-form`, `unknown-option`; InputError `empty-input`; LogitscopeError
 *   `not-initialised` in browsers before `init`, `no-simd`, `no-relaxed-simd`
 * @see Goodfellow et al. 2014, "Generative Adversarial Nets", section 3
 * @example
 * ```ts
 * import { ganGeneratorLoss } from 'logitscope';
 * ganGeneratorLoss([-1, 0]).value; // 1.0032044
 * ganGeneratorLoss([-1, 0], { form: 'minimax' }).value; // -0.5032044
 * ```
 */
export const ganGeneratorLoss = describeLoss<[fake: Scores], GanGeneratorLossOptions>(
  {
    lossName: 'ganGeneratorLoss',
    summary: 'How badly generated examples pass for real ones',
    formula: 'softplus(−fake); minimax: −softplus(fake)',
    likelihood: 'none: the reward of one player of a game',
    source: 'Goodfellow et al. 2014, Generative Adversarial Nets',
    inputs: ['fake'],
  },
  (fake, options = {}) => {
    const { reduction, kernel } = checkOptions('ganGeneratorLoss', options, ['form']);
    const { form = 'non-saturating' } = options;
    oneOf('ganGeneratorLoss', 'form', form, ['non-saturating', 'minimax']);
    const logits = readInput('fake', fake);
    const sign = form === 'minimax' ? -1 : 1;
    const result = binaryCrossEntropyWithLogits(logits, targetsOf(logits, sign === 1 ? 1 : 0), {
      ...{ reduction, kernel },
      gradient: gradientFor(options.gradient, logits) ?? false,
    });
    if (sign === 1) return result;
    for (const array of [result.gradient, result.values]) {
      if (array) for (let i = 0; i < array.length; i++) array[i] = -array[i];
    }
    return { ...result, value: -result.value };
  },
);
