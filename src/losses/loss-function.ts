/** What all loss functions are made with: their description, their kernel, their reduction. */

import { currentLossCore } from '../engine/current-core.js';
import type { LossCore } from '../engine/loss-core.js';
import type { RealArray } from '../types/gradients.js';
import type { LossArithmetic, LossFunction, LossInfo, LossResult } from '../types/loss.js';
import type { KernelName } from '../types/scores.js';

/** Makes a loss function: attaches its description, as properties that cannot be changed. */
export function describeLoss<Inputs extends readonly unknown[], Options extends object>(
  info: LossInfo,
  evaluate: (...inputs: [...Inputs, options?: Options]) => LossResult,
): LossFunction<Inputs, Options> {
  for (const [key, value] of Object.entries({ ...info, name: info.lossName })) {
    Object.defineProperty(evaluate, key, { value, enumerable: key !== 'name' });
  }
  return evaluate as LossFunction<Inputs, Options>;
}

/** Whether this function is a loss, with a value and a gradient. */
export function isLoss(value: unknown): value is LossFunction<never, object> {
  return typeof value === 'function' && typeof (value as Partial<LossInfo>).lossName === 'string';
}

/**
 * The module to compute with; null for the reference, which needs none.
 * @throws LogitscopeError `not-initialised`, `no-simd`, `no-relaxed-simd`
 */
export function coreOf(kernel: KernelName): LossCore | null {
  return kernel === 'reference' ? null : currentLossCore(kernel);
}

/** What the reduction of a loss depends on. */
export interface Reduced {
  readonly reduction: string;
  /** What the mean divides by: units that count, or the sum of their weights. */
  readonly denominator: number;
  /** Units that count. */
  readonly rows: number;
}

/** Factor of the sum of losses and of its gradient. Where nothing counts, the gradient is 0. */
export function scaleOf({ reduction, denominator, rows }: Reduced): number {
  if (reduction === 'sum' || reduction === 'none') return 1;
  return rows === 0 ? 0 : 1 / denominator;
}

/**
 * Puts a result together from the sum of the losses.
 * @param values loss of each unit, for `none`
 */
export function lossResult(
  sum: number,
  reduced: Reduced,
  parts: {
    readonly values?: Float64Array | null | undefined;
    readonly gradient?: RealArray | null | undefined;
    readonly gradients?: Readonly<Record<string, RealArray | null>> | undefined;
  },
): LossResult {
  const { reduction, denominator, rows } = reduced;
  const { values, gradient } = parts;
  const further = Object.entries(parts.gradients ?? {}).filter(
    (entry): entry is [string, RealArray] => entry[1] !== null,
  );
  return {
    value: reduction === 'sum' || reduction === 'none' ? sum : sum / denominator,
    ...(reduction === 'none' && values && { values }),
    ...(gradient && { gradient }),
    ...(further.length > 0 && { gradients: Object.fromEntries(further) }),
    rows,
  };
}

/** Σ of the losses of units. */
export function sumOf(losses: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < losses.length; i++) sum += losses[i];
  return sum;
}

/** Writes scale · source, in the number format of `into`. */
export function writeScaled(into: RealArray, source: ArrayLike<number>, scale: number): void {
  for (let i = 0; i < into.length; i++) into[i] = scale * source[i];
}

/**
 * Evaluates a loss by its f64 arithmetic.
 * @param reduced without a number of units: as many as there are values
 */
export function evaluateArithmetic<Target, Options>(
  arithmetic: LossArithmetic<Target, Options>,
  [input, target, options]: readonly [Float64Array, Target, Options],
  reduced: Reduced | ((values: Float64Array) => Reduced),
  gradient: RealArray | null,
): LossResult {
  const values = arithmetic.values(input, target, options);
  const known = typeof reduced === 'function' ? reduced(values) : reduced;
  if (gradient) {
    writeScaled(gradient, arithmetic.gradientOfSum(input, target, options), scaleOf(known));
  }
  return lossResult(sumOf(values), known, { values, gradient });
}
