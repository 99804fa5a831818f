/** Losses of one's own, from their values and the gradient of their sum. */

import { UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type {
  ElementTargets,
  LossArithmetic,
  LossFunction,
  LossInfo,
  LossOptions,
} from '../types/loss.js';
import { asDoubles, checkTargets, gradientFor, readInput } from './arrays.js';
import { describeLoss, evaluateArithmetic } from './loss-function.js';
import { checkOptions, show } from './options.js';

/** What {@link defineLoss} makes a loss of. */
export interface LossDefinition<Own extends object = object>
  extends LossArithmetic<Float64Array, Own> {
  readonly name: string;
  /** What it measures, in one line. */
  readonly summary: string;
  /** Loss of one unit, in one line. */
  readonly formula: string;
  /** Whose negative log-likelihood it is, or `none: …` and why it is used all the same. */
  readonly likelihood: string;
  /** Paper or system that it follows. */
  readonly source?: string;
  /** Names of its own options; others are refused. None by default. */
  readonly options?: readonly (keyof Own & string)[];
  /** What the mean divides by; default the number of values. */
  denominator?(input: Float64Array, target: Float64Array, options: Own): number;
}

/** A loss of numbers and as many targets as its `values` wants. */
export type DefinedLoss<Own extends object = object> = LossFunction<
  [input: Scores, target: ElementTargets],
  LossOptions & Own
>;

/**
 * Makes a loss function of a formula and its derivative, in f64. What comes out
 * takes the same options as the losses of the library, works in
 * `combineLosses`, and can be held against finite differences by `checkGradient`.
 *
 * @param definition `values` gives one loss per unit, `gradientOfSum` the
 *   gradient of their sum with respect to the input, as long as the input
 * @throws UsageError `bad-definition`; the loss throws UsageError `unknown-option`,
 *   `bad-values`, `length-mismatch` and InputError `empty-input`, `target-out-of-range` (NaN)
 * @example
 * ```ts
 * import { checkGradient, defineLoss } from 'logitscope';
 * const cubic = defineLoss({
 *   name: 'cubic',
 *   summary: 'cubed absolute error',
 *   formula: '|x − t|³',
 *   likelihood: 'none: punishes outliers harder than a Gaussian would',
 *   values: (input, target) => input.map((x, i) => Math.abs(x - target[i]) ** 3),
 *   gradientOfSum: (input, target) =>
 *     input.map((x, i) => 3 * (x - target[i]) * Math.abs(x - target[i])),
 * });
 * const { value, gradient } = cubic([1, 2], [0, 4], { gradient: true });
 * value; // 4.5
 * gradient; // [1.5, -6]
 * checkGradient(cubic, [1, 2], [0, 4]).ok; // true
 * ```
 */
export function defineLoss<Own extends object = object>(
  definition: LossDefinition<Own>,
): DefinedLoss<Own> {
  const info = checkDefinition(definition);
  const own = definition.options ?? [];
  const evaluate = (input: Scores, target: ElementTargets, options?: LossOptions & Own) => {
    const given = options ?? ({} as LossOptions & Own);
    const { reduction } = checkOptions(info.lossName, given, own);
    const read = readInput('input', input);
    const gradient = gradientFor(given.gradient, read);
    const [x, t] = [asDoubles(read), asDoubles(readInput('target', target))];
    checkTargets(t, (value) => !Number.isNaN(value), 'a number');
    const checked: LossArithmetic<Float64Array, Own> = {
      values: (...inputs) => numbersOf(info, 'values', definition.values(...inputs)),
      gradientOfSum: (...inputs) =>
        numbersOf(info, 'gradientOfSum', definition.gradientOfSum(...inputs), x.length),
    };
    const reducedOf = ({ length }: Float64Array) => ({
      reduction,
      denominator: definition.denominator?.(x, t, given) ?? length,
      rows: length,
    });
    return evaluateArithmetic(checked, [x, t, given], reducedOf, gradient);
  };
  return describeLoss<[input: Scores, target: ElementTargets], LossOptions & Own>(info, evaluate);
}

function checkDefinition<Own extends object>(definition: LossDefinition<Own>): LossInfo {
  const { name, summary, formula, likelihood, source = 'defined by the caller' } = definition;
  for (const [key, value] of Object.entries({ name, summary, formula, likelihood, source })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new UsageError('bad-definition', `${key} of a loss must be text; found ${show(value)}.`);
  }
  for (const key of ['values', 'gradientOfSum'] as const) {
    if (typeof definition[key] === 'function') continue;
    throw new UsageError(
      'bad-definition',
      `${key} of the loss "${name}" must be a function of input, target and options; found ${show(definition[key])}. A loss to train on needs both its values and a gradient.`,
    );
  }
  return { lossName: name, summary, formula, likelihood, source };
}

function numbersOf(
  { lossName }: LossInfo,
  key: string,
  found: Float64Array,
  length: number | null = null,
): Float64Array {
  if (found instanceof Float64Array && (length === null || found.length === length)) return found;
  const what = found instanceof Float64Array ? `${found.length} numbers` : show(found);
  throw new UsageError(
    'bad-values',
    `${key} of the loss "${lossName}" must give a Float64Array${length === null ? '' : ` of ${length} numbers, as many as the input`}; found ${what}.`,
  );
}
