/** Losses as their callers see them: plain functions with a value and a gradient. */

import type { Rows } from './forms.js';
import type { RealArray } from './gradients.js';
import type { KernelName } from './scores.js';

/**
 * How the losses of units (rows or elements) become one number. `none` keeps
 * them apart; its `value`, and what its gradient belongs to, is their sum.
 */
export type Reduction = 'mean' | 'sum' | 'none';

/** A flat array of numbers: f32 and f64 arrays keep their precision, all else is read as f64. */
export type Numbers = ArrayLike<number>;

/**
 * Targets of elements, as many as the input: numbers in any of the forms of the
 * input, or `false` and `true` for 0 and 1.
 */
export type ElementTargets = Numbers | Rows | ArrayLike<boolean>;

/**
 * Where a gradient goes: `true` makes an array for it; an array of as many numbers
 * as the input and of its number format, which may be the input itself, receives it.
 * It is flat, row after row, also where the input is lists.
 */
export type GradientRequest = boolean | RealArray;

/** Options that every loss takes. */
export interface LossOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction | undefined;
  /** Asks for the gradient of `value` with respect to the first input; none by default. */
  readonly gradient?: GradientRequest | undefined;
  /** `simd` (default), `relaxed` (fused multiply-add where the machine has it) or `reference` (plain TypeScript). */
  readonly kernel?: KernelName | undefined;
}

/** Asks for the gradients with respect to the inputs after the first, by name. */
export interface FurtherGradients<Name extends string> {
  readonly gradients?: { readonly [name in Name]?: GradientRequest | undefined } | undefined;
}

/** What a loss gives. */
export interface LossResult {
  /** The mean or the sum of the losses; for `reduction: 'none'` their sum. */
  readonly value: number;
  /** The loss of each unit, for `reduction: 'none'`. */
  readonly values?: Float64Array;
  /** Gradient of `value` with respect to the first input, where it was asked for. */
  readonly gradient?: RealArray;
  /** Gradients with respect to further inputs, by name, where they were asked for. */
  readonly gradients?: Readonly<Record<string, RealArray>>;
  /** Units (rows or elements) that count: those that are not ignored. */
  readonly rows: number;
}

/** What a loss is, for people; every loss function carries it. */
export interface LossInfo {
  /** The function's name. */
  readonly lossName: string;
  /** What it measures, in one line. */
  readonly summary: string;
  /** Loss of one unit, in one line. */
  readonly formula: string;
  /** Whose negative log-likelihood it is; `none: …` for margin and robust losses. */
  readonly likelihood: string;
  /** Paper or system that it follows. */
  readonly source: string;
  /** Names of its inputs, where they are not an input and its targets. */
  readonly inputs?: readonly string[];
  /** Reductions that it takes, where they are not those of {@link LossOptions}. */
  readonly reductions?: readonly string[];
}

/** A loss: called with its inputs and options, and described by its properties. */
export type LossFunction<Inputs extends readonly unknown[], Options extends object> = LossInfo &
  ((...inputs: [...Inputs, options?: Options]) => LossResult);

/**
 * Values and gradient of a loss in plain f64 TypeScript.
 *
 * Both get the same arguments. `values` gives one loss per unit that counts or
 * does not (0 for an ignored one); `gradientOfSum` the gradient of their sum
 * with respect to `input`, as many numbers as that has.
 */
export interface LossArithmetic<Target, Options> {
  values(input: Float64Array, target: Target, options: Options): Float64Array;
  gradientOfSum(input: Float64Array, target: Target, options: Options): Float64Array;
}
