/** What the losses over elements have in common: from their description to a loss function. */

import { type ElementwiseKernel, sumElementwise } from '../engine/elementwise-engine.js';
import type { ElementwiseArithmetic } from '../reference/elementwise-reference.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type {
  ElementTargets,
  FurtherGradients,
  LossFunction,
  LossInfo,
  LossOptions,
  LossResult,
  Numbers,
} from '../types/loss.js';
import {
  asDoubles,
  checkTargets,
  furtherGradients,
  gradientFor,
  inFormatOf,
  readAlike,
  readInputRows,
} from './arrays.js';
import { coreOf, describeLoss, lossResult, scaleOf, sumOf, writeScaled } from './loss-function.js';
import { checkOptions, show } from './options.js';

/** Options of every loss over elements. */
export interface ElementwiseOptions extends LossOptions {
  /**
   * Weights ≥ 0 of the losses: one number, one per element, or one per place of
   * the last axis (as many as divide the elements evenly; they repeat). The mean
   * divides by the number of elements all the same, as PyTorch's binary
   * cross-entropy does. A weight of 0 takes an element out, also a NaN.
   */
  readonly weight?: number | Numbers | undefined;
}

/** Numbers that a loss can take, and how a message calls them. */
export interface Range {
  fits(value: number): boolean;
  readonly expected: string;
}

export const FINITE: Range = { fits: Number.isFinite, expected: 'a finite number' };

/** How a kernel is to compute a loss: see assembly/gradients/elementwise-losses.ts. */
export interface KernelChoice {
  readonly kernel: ElementwiseKernel;
  readonly p?: number;
  readonly q?: number;
  readonly flags?: number;
  /** What the kernel's losses are multiplied by; default 1. */
  readonly factor?: number;
}

/** A loss over elements. `Own` are its own options, checked and with their defaults. */
export interface ElementwiseDefinition<Options extends object, Own> extends LossInfo {
  /** Names of its options beside those of every loss over elements. */
  readonly options?: readonly string[];
  readonly reductions?: readonly string[];
  /** Targets that it can have. */
  readonly target: Range;
  /** Inputs that it can have, where not all numbers; NaN is none of its matters. */
  readonly input?: Range;
  readonly reference: ElementwiseArithmetic<Own>;
  read(options: Options): Own;
  choose(own: Own): KernelChoice;
}

/** The arrays of a call beside input and target. */
interface Companions<Options> {
  /** Repeats, where it is shorter than the input. */
  readonly extra?: (input: RealArray, options: Options) => RealArray | null;
  /** What `extra` may be, and its name, where it is an input. */
  readonly extraInput?: Range & { readonly name: string };
  /** Elements of a row, for `batchmean`; `width` is that of lists. */
  readonly classes?: (input: RealArray, options: Options, width: number | null) => number;
}

/** Makes a loss function of input, target and options. */
export function elementwiseLoss<Options extends object = object, Own = object>(
  definition: ElementwiseDefinition<Options, Own>,
  companions: Companions<Options> = {},
): LossFunction<[input: Scores, target: ElementTargets], ElementwiseOptions & Options> {
  return describeLoss<[input: Scores, target: ElementTargets], ElementwiseOptions & Options>(
    infoOf(definition),
    (input, target, options) =>
      evaluateElementwise(definition, companions, input, target, options ?? ({} as Options)),
  );
}

/** The description alone. */
export function infoOf(definition: LossInfo): LossInfo {
  const { lossName, summary, formula, likelihood, source, inputs, reductions } = definition;
  return {
    ...{ lossName, summary, formula, likelihood, source },
    ...(inputs && { inputs }),
    ...(reductions && { reductions }),
  };
}

/** Value and gradients of a loss over elements. */
export function evaluateElementwise<Options extends object, Own>(
  definition: ElementwiseDefinition<Options, Own>,
  companions: Companions<Options>,
  inputs: Scores,
  targets: ElementTargets,
  options: Options &
    Omit<ElementwiseOptions, 'reduction'> & {
      readonly reduction?: string | undefined;
      readonly gradients?: FurtherGradients<string>['gradients'];
    },
): LossResult {
  const { lossName, options: names = [], reductions, reference } = definition;
  const known = ['weight', ...names];
  const { reduction, kernel } = checkOptions<string>(lossName, options, known, reductions);
  const own = definition.read(options);
  const { values: input, width } = readInputRows('input', inputs);
  const target = readAlike('target', targets, input);
  const extra = companions.extra?.(input, options) ?? null;
  const weight = readRepeating(lossName, 'weight', options.weight, input);
  const gradient = gradientFor(options.gradient, input);
  const extraName = companions.extraInput?.name ?? '';
  const further = extra && extraName ? { [extraName]: extra } : {};
  const gradients = furtherGradients<string>(lossName, options.gradients, further);
  const extraGradient = gradients[extraName] ?? null;

  const rows = input.length;
  const classes =
    reduction === 'batchmean' ? companions.classes?.(input, options, width) : undefined;
  const reduced = { reduction, rows, denominator: rows / (classes ?? 1) };
  const scale = scaleOf(reduced);
  const check = () => {
    checkTargets(target, definition.target.fits, definition.target.expected);
    if (definition.input) checkInput('input', input, definition.input);
    if (extra && companions.extraInput) checkInput(extraName, extra, companions.extraInput);
  };
  const core = coreOf(kernel);
  if (core === null) {
    check();
    const x = asDoubles(input);
    const elements = {
      target: asDoubles(target),
      extra: extra && asDoubles(extra),
      weight: weight && asDoubles(weight),
    };
    const values = reference.values(x, elements, own);
    const slopes = gradient && reference.gradientOfSum(x, elements, own);
    const extraSlopes = extraGradient && reference.gradientOfExtra(x, elements, own);
    if (gradient && slopes) writeScaled(gradient, slopes, scale);
    if (extraGradient && extraSlopes) writeScaled(extraGradient, extraSlopes, scale);
    return lossResult(sumOf(values), reduced, { values, gradient, gradients });
  }

  const { factor = 1, ...choice } = definition.choose(own);
  const values = reduction === 'none' ? new Float64Array(rows) : null;
  let isChecked = false;
  const sum = sumElementwise(core, {
    ...choice,
    input,
    target,
    extra,
    weight,
    scale: scale * factor,
    gradient,
    extraGradient,
    losses: values,
    inspect() {
      if (!isChecked) check();
      isChecked = true;
    },
  });
  if (values && factor !== 1) for (let i = 0; i < rows; i++) values[i] *= factor;
  return lossResult(sum * factor, reduced, { values, gradient, gradients });
}

/**
 * Weights ≥ 0 that repeat over an input, in its number format; null for none.
 * @throws UsageError `bad-weight`, `bad-pos-weight`
 */
export function readRepeating(
  loss: string,
  name: 'weight' | 'posWeight',
  given: number | Numbers | undefined,
  input: RealArray,
): RealArray | null {
  if (given === undefined) return null;
  const code = name === 'weight' ? 'bad-weight' : 'bad-pos-weight';
  const values = typeof given === 'number' ? [given] : given;
  const { length } = input;
  if (typeof values !== 'object' || values === null || !(length % values.length === 0)) {
    const isList = typeof values === 'object' && Number.isSafeInteger(values?.length);
    const found = isList ? `${values.length} numbers` : show(given);
    throw new UsageError(
      code,
      `${name} of ${loss} must be a number, or as many as divide the ${length} elements evenly (one per element, or one per place of the last axis); found ${found}.`,
    );
  }
  const weights = inFormatOf(input, values);
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] >= 0 && weights[i] < Number.POSITIVE_INFINITY) continue;
    throw new UsageError(
      code,
      `${name} of ${loss} must be finite and ≥ 0; found ${weights[i]} at index ${i}.`,
    );
  }
  return weights;
}

function checkInput(name: string, values: RealArray, { fits, expected }: Range): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i]) || fits(values[i])) continue;
    throw new InputError('input-out-of-range', {
      row: i,
      source: name,
      problem: 'this loss is not defined there',
      found: String(values[i]),
      expected,
    });
  }
}
