/** Weighted sums of losses: training on one loss plus another. */

import { rowViews } from '../arrays/numbers.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { LossFunction, LossInfo, LossOptions, LossResult, Reduction } from '../types/loss.js';
import { gradientFor, readInputRows } from './arrays.js';
import { describeLoss, isLoss } from './loss-function.js';
import { checkOptions, numberOption, show } from './options.js';
import { standInOf } from './stand-ins.js';

/** A loss of a sum. */
export interface LossTerm {
  /** A loss of the library, of `defineLoss` or of `combineLosses` itself. */
  readonly loss: LossInfo & ((...inputs: never[]) => LossResult);
  /** Its factor; default 1. */
  readonly weight?: number | undefined;
  /** Its own options. A `reduction` here holds whatever the sum is asked for. */
  readonly options?: object | undefined;
}

/** A loss over the inputs and targets that its terms share. */
export type CombinedLoss<Target = Targets> = LossFunction<
  [input: Scores, target: Target],
  LossOptions
>;

type Call = (...inputs: unknown[]) => LossResult;

/**
 * Makes a loss of Σ weight · loss, over the same input and target. Its gradient
 * is the weighted sum of the gradients. A penalty of one input gets that alone;
 * a likelihood plus a penalty is maximum a posteriori.
 *
 * What has no gradient cannot be trained on and is refused, with the name of a
 * loss that stands in for it: accuracy, say, does not change at all under a
 * small change of the scores, so its derivative is 0 or does not exist.
 *
 * @param terms at least one; losses of three inputs and more do not fit
 * @throws UsageError `not-differentiable`, `not-combinable`, `bad-terms`, `bad-weight`; the loss
 *   throws what its terms throw, and `bad-reduction` for `none` where they have other units
 * @example
 * ```ts
 * import { combineLosses, huberLoss, mseLoss } from 'logitscope';
 * const both = combineLosses([{ loss: mseLoss }, { loss: huberLoss, weight: 0.5 }]);
 * const { value, gradient } = both([1, 2], [0, 4], { gradient: true });
 * value; // 3
 * gradient; // [1.25, -2.25]
 * both.formula; // mseLoss + 0.5·huberLoss
 * ```
 */
export function combineLosses<Target = Targets>(terms: readonly LossTerm[]): CombinedLoss<Target> {
  if (!Array.isArray(terms) || terms.length === 0) {
    throw new UsageError(
      'bad-terms',
      `combineLosses needs a list of { loss, weight }; found ${Array.isArray(terms) ? 'an empty one' : show(terms)}.`,
    );
  }
  const weights = terms.map(checkTerm);
  return describeLoss<[input: Scores, target: Target], LossOptions>(
    infoOf(terms, weights),
    (inputs, target, options = {}) => {
      const { reduction, kernel } = checkOptions('combineLosses', options);
      const { values, width } = readInputRows('input', inputs);
      const gradient = gradientFor(options.gradient, values);
      const input = width === null ? values : rowViews(values, width);
      const results = terms.map(({ loss, options: own }) => {
        const asked = { ...ownReduction(loss, reduction), kernel, gradient: gradient !== null };
        const shared = loss.inputs?.length === 1 ? [input] : [input, target];
        return (loss as unknown as Call)(...shared, { ...asked, ...own });
      });
      const sum = results.reduce((total, { value }, i) => total + weights[i] * value, 0);
      if (gradient) addUp(gradient, results, weights);
      return {
        value: sum,
        ...(reduction === 'none' && { values: unitsOf(terms, results, weights) }),
        ...(gradient && { gradient }),
        rows: results[0].rows,
      };
    },
  );
}

/** Checks a term and gives its weight. */
function checkTerm(term: LossTerm): number {
  const { loss, weight = 1 } = term ?? {};
  const name = typeof loss === 'function' ? loss.lossName || loss.name : show(loss);
  if (!isLoss(loss)) {
    const standIn = standInOf(loss);
    const advice =
      standIn === null
        ? 'It is no loss of this library; make it one with defineLoss, from its values and their gradient.'
        : `Train on ${standIn} in its place, and report ${name} beside it.`;
    throw new UsageError(
      'not-differentiable',
      `${name} has no gradient, so that no training step can follow it: combineLosses adds up losses only. ${advice}`,
    );
  }
  const { inputs = ['input', 'target'] } = loss as LossInfo;
  if (inputs.length > 2) {
    throw new UsageError(
      'not-combinable',
      `${name} takes ${inputs.join(', ')}, and combineLosses has one input and one target. Add its result and gradients by hand.`,
    );
  }
  return numberOption('combineLosses', 'weight', weight, {});
}

/** Penalties are sums, whatever the reduction of the rest. */
function ownReduction({ reductions }: LossInfo, reduction: Reduction): { reduction?: Reduction } {
  return reductions === undefined || reductions.includes(reduction) ? { reduction } : {};
}

function infoOf(terms: readonly LossTerm[], weights: readonly number[]): LossInfo {
  const names = terms.map(({ loss }, i) => {
    const name = /[ +]/.test(loss.lossName) ? `(${loss.lossName})` : loss.lossName;
    return weights[i] === 1 ? name : `${weights[i]}·${name}`;
  });
  const sum = names.join(' + ');
  return {
    lossName: sum,
    summary: `Weighted sum of ${terms.length} losses`,
    formula: sum,
    likelihood: terms.map(({ loss }) => `${loss.lossName}: ${loss.likelihood}`).join('; '),
    source: 'combineLosses',
  };
}

function addUp(
  gradient: RealArray,
  results: readonly LossResult[],
  weights: readonly number[],
): void {
  results.forEach((result, term) => {
    const part = result.gradient as RealArray;
    const weight = weights[term];
    if (term === 0) for (let i = 0; i < gradient.length; i++) gradient[i] = weight * part[i];
    else for (let i = 0; i < gradient.length; i++) gradient[i] += weight * part[i];
  });
}

function unitsOf(
  terms: readonly LossTerm[],
  results: readonly LossResult[],
  weights: readonly number[],
): Float64Array {
  const { length } = results[0].values ?? [];
  const odd = results.findIndex(({ values }) => values === undefined || values.length !== length);
  if (odd >= 0) {
    const count = results[odd].values?.length ?? 'one for all';
    throw new UsageError(
      'bad-reduction',
      `reduction "none" needs terms with as many values each; ${terms[0].loss.lossName} has ${length}, ${terms[odd].loss.lossName} ${count}.`,
    );
  }
  const values = new Float64Array(length);
  results.forEach((result, term) => {
    for (let i = 0; i < length; i++) values[i] += weights[term] * (result.values?.[i] ?? 0);
  });
  return values;
}
