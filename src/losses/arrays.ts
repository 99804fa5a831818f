/** Reads the inputs of losses, and finds where their gradients go. */

import { isReal, type ReadNumbers, readNumbers } from '../arrays/numbers.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores } from '../types/forms.js';
import type { RealArray } from '../types/gradients.js';
import type { ElementTargets, GradientRequest, Numbers } from '../types/loss.js';
import { show } from './options.js';

/**
 * The first input of a loss, flat: f32 and f64 arrays as they are, all else as f64.
 * Everything else of the call takes its number format.
 * @throws UsageError `not-numbers`, `length-mismatch`; InputError `empty-input`
 */
export function readInput(name: string, values: Scores | ElementTargets): RealArray {
  return readInputRows(name, values).values;
}

/**
 * {@link readInput} with the rows that its form tells.
 * @throws as {@link readInput}
 */
export function readInputRows(name: string, values: Scores | ElementTargets): ReadNumbers {
  const read = readNumbers(name, values);
  if (read.values.length > 0) return read;
  throw new InputError('empty-input', {
    source: name,
    problem: 'there is nothing to compute a loss of',
    found: 'no numbers',
    expected: 'at least one',
  });
}

/**
 * A further input, in the number format of the first and as long as that.
 * Arrays of that format are not copied.
 * @throws UsageError `not-numbers`, `length-mismatch`
 */
export function readAlike<A extends RealArray>(
  name: string,
  given: Scores | ElementTargets,
  input: A,
): A {
  const { values } = readNumbers(name, given);
  if (values.length !== input.length) {
    throw new UsageError(
      'length-mismatch',
      `${name} needs ${input.length} numbers, as many as the first input; found ${values.length}.`,
    );
  }
  return inFormatOf(input, values);
}

/** Numbers in the number format of an input; arrays of that format are not copied. */
export function inFormatOf<A extends RealArray>(input: A, values: Numbers): A {
  if (input instanceof Float32Array) {
    return (values instanceof Float32Array ? values : Float32Array.from(values)) as A;
  }
  return (values instanceof Float64Array ? values : Float64Array.from(values)) as A;
}

/** Numbers as f64; f64 arrays are not copied. */
export function asDoubles(values: Numbers): Float64Array {
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/**
 * The array that a gradient is to be written to, or null where none is asked for.
 * @param input what it is the gradient with respect to
 * @throws UsageError `bad-gradient`, `wrong-dtype`, `length-mismatch`
 */
export function gradientFor<A extends RealArray>(
  request: GradientRequest | undefined,
  input: A,
  name = 'gradient',
): A | null {
  if (request === undefined || request === false) return null;
  const isSingle = input instanceof Float32Array;
  if (request === true) {
    return (isSingle ? new Float32Array(input.length) : new Float64Array(input.length)) as A;
  }
  if (!isReal(request)) {
    throw new UsageError(
      'bad-gradient',
      `${name} must be true or an array that receives it (Float32Array, Float64Array); found ${show(request)}.`,
    );
  }
  if (request instanceof Float32Array !== isSingle) {
    throw new UsageError(
      'wrong-dtype',
      `${name} must be a ${isSingle ? 'Float32Array' : 'Float64Array'}, as the input; found a ${request.constructor.name}.`,
    );
  }
  if (request.length !== input.length) {
    throw new UsageError(
      'length-mismatch',
      `${name} needs room for ${input.length} numbers, as many as the input; found ${request.length}.`,
    );
  }
  return request as A;
}

/**
 * The arrays that the gradients with respect to inputs after the first are to be
 * written to, by name; null for those that are not asked for.
 * @throws UsageError `unknown-gradient`, and what {@link gradientFor} throws
 */
export function furtherGradients<Name extends string>(
  loss: string,
  requests: { readonly [name in Name]?: GradientRequest | undefined } | undefined,
  inputs: { readonly [name in Name]: RealArray },
): { readonly [name in Name]: RealArray | null } {
  const known = Object.keys(inputs) as Name[];
  for (const name of Object.keys(requests ?? {})) {
    if (known.includes(name as Name)) continue;
    const choice = known.length === 0 ? 'there is none' : `it knows ${known.map(show).join(', ')}`;
    throw new UsageError(
      'unknown-gradient',
      `gradients of ${loss} has no ${show(name)}; ${choice}, and option gradient is that of the first input.`,
    );
  }
  const arrays = known.map((name) => [
    name,
    gradientFor(requests?.[name], inputs[name], `gradients.${name}`),
  ]);
  return Object.fromEntries(arrays);
}

/**
 * Refuses targets that a loss cannot have; says which comes first.
 * @param expected such as `a number from 0 to 1`
 * @throws InputError `target-out-of-range`
 */
export function checkTargets(
  targets: RealArray,
  fits: (target: number) => boolean,
  expected: string,
  name = 'target',
): void {
  for (let i = 0; i < targets.length; i++) {
    if (fits(targets[i])) continue;
    throw new InputError('target-out-of-range', {
      row: i,
      source: name,
      problem: 'the target is none that this loss can have',
      found: String(targets[i]),
      expected,
    });
  }
}
