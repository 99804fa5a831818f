/** Holds the gradient of a loss against finite differences of its value. */

import { rowViews } from '../arrays/numbers.js';
import type { Scores } from '../types/forms.js';
import type { LossOptions, LossResult } from '../types/loss.js';
import { asDoubles, readInputRows } from './arrays.js';
import { numberOption } from './options.js';

/** How {@link checkGradient} compares; all else is passed on to the loss. */
export interface GradientCheckOptions {
  /** Step of the difference relative to max(1, |x|); default 1e-5. */
  readonly step?: number | undefined;
  /** Largest difference that is taken for rounding; default 1e-6. */
  readonly tolerance?: number | undefined;
}

/** What {@link checkGradient} found. */
export interface GradientCheck {
  /** Whether every difference is within the tolerance, absolutely or relatively. */
  readonly ok: boolean;
  /** Largest |gradient − finite difference|. */
  readonly largestAbsolute: number;
  /** The same over max(1, |gradient|, |finite difference|): what `ok` is decided by. */
  readonly largestRelative: number;
  /** Where the relative difference is largest, counted in row after row. */
  readonly index: number;
  /** What the loss says its gradient is there. */
  readonly gradient: number;
  /** What the finite difference says. */
  readonly expected: number;
}

/**
 * Compares the gradient of a loss with central differences of its value, in
 * f64, one number of the input after the other. It costs two evaluations per
 * number: use a small input. A kink of the loss within a step shows as a difference.
 *
 * @param loss a loss of the library, of `defineLoss` or of `combineLosses`; where it
 *   takes other inputs, a function such as `(x, t, o) => gaussianNllLoss(x, t, variance, o)`
 * @param input at which point, in lists or flat
 * @param target what the loss takes as its second input
 * @param options those of the loss, and `step` and `tolerance`
 * @throws UsageError `bad-step`, `bad-tolerance`, and what the loss throws
 * @example
 * ```ts
 * import { checkGradient, crossEntropy } from 'logitscope';
 * checkGradient(crossEntropy, [2, 1, 0.1], [0], { labelSmoothing: 0.1 }).ok; // true
 * ```
 */
export function checkGradient<Input extends Scores, Target, Options extends LossOptions>(
  loss: (input: Input, target: Target, options?: Options) => LossResult,
  input: Input,
  target: Target,
  options?: Omit<Options, 'gradient'> & GradientCheckOptions,
): GradientCheck {
  const { step = 1e-5, tolerance = 1e-6, ...own } = options ?? {};
  numberOption('checkGradient', 'step', step, { above: 0 });
  numberOption('checkGradient', 'tolerance', tolerance, { above: 0 });
  const { values, width } = readInputRows('input', input);
  const at = asDoubles(values).slice();
  // Lists stay lists: their views change with the array.
  const point = (width === null ? at : rowViews(at, width)) as unknown as Input;
  const call = (more: LossOptions) =>
    loss(point, target, { ...own, ...more } as unknown as Options);
  const gradient = call({ gradient: true }).gradient as Float64Array;
  let worst = { largestRelative: -1, index: 0, gradient: 0, expected: 0 };
  let largestAbsolute = 0;
  for (let index = 0; index < at.length; index++) {
    const x = at[index];
    const h = step * Math.max(1, Math.abs(x));
    at[index] = x + h;
    const above = call({}).value;
    const right = at[index];
    at[index] = x - h;
    const expected = (above - call({}).value) / (right - at[index]);
    at[index] = x;
    const absolute = differenceOf(gradient[index], expected);
    const size = Math.max(1, Math.abs(gradient[index]), Math.abs(expected));
    const relative = Number.isFinite(absolute) ? absolute / size : absolute;
    largestAbsolute = Math.max(largestAbsolute, absolute);
    if (relative > worst.largestRelative) {
      worst = { largestRelative: relative, index, gradient: gradient[index], expected };
    }
  }
  return { ok: worst.largestRelative <= tolerance, largestAbsolute, ...worst };
}

/** |a − b|; equal infinities and two NaN do not differ, one of them does infinitely. */
function differenceOf(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const difference = Math.abs(a - b);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}
