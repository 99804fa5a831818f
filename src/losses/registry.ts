/** All losses of the library, as they describe themselves. */

import type { LossInfo } from '../types/loss.js';
import { multiMarginLoss, softmaxFocalLoss } from './class-losses.js';
import { crossEntropy, nllLoss } from './cross-entropy.js';
import { elbo } from './elbo.js';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  hingeLoss,
  sigmoidFocalLoss,
  softMarginLoss,
  squaredHingeLoss,
} from './elementwise-binary.js';
import {
  huberLoss,
  l1Loss,
  logCoshLoss,
  mseLoss,
  quantileLoss,
  smoothL1Loss,
} from './elementwise-errors.js';
import { gaussianNllLoss, klDivLoss, poissonNllLoss } from './elementwise-likelihoods.js';
import { ganDiscriminatorLoss, ganGeneratorLoss } from './gan.js';
import { gaussianKl } from './gaussian-kl.js';
import { l1Penalty, l2Penalty } from './penalties.js';

/**
 * Every loss of the library: its name, what it measures, its formula, and whose
 * negative log-likelihood it is, if it is one.
 *
 * @example
 * ```ts
 * import { losses } from 'logitscope';
 * const margins = losses.filter(({ likelihood }) => likelihood.includes('margin'));
 * margins.map(({ lossName }) => lossName).includes('hingeLoss'); // true
 * ```
 */
export const losses: readonly LossInfo[] = [
  crossEntropy,
  nllLoss,
  softmaxFocalLoss,
  binaryCrossEntropyWithLogits,
  binaryCrossEntropy,
  sigmoidFocalLoss,
  multiMarginLoss,
  hingeLoss,
  squaredHingeLoss,
  softMarginLoss,
  mseLoss,
  l1Loss,
  huberLoss,
  smoothL1Loss,
  logCoshLoss,
  quantileLoss,
  poissonNllLoss,
  gaussianNllLoss,
  klDivLoss,
  gaussianKl,
  elbo,
  ganDiscriminatorLoss,
  ganGeneratorLoss,
  l2Penalty,
  l1Penalty,
];
