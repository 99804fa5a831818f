/** Checks what callers of losses say, in the same words for every loss. */

import { show } from '../arrays/show.js';
import { UsageError } from '../types/errors.js';
import type { LossOptions, Reduction } from '../types/loss.js';
import { nearest } from '../types/nearest.js';
import type { KernelName } from '../types/scores.js';

export { show };

const COMMON = ['reduction', 'gradient', 'kernel'] as const;
const KERNELS: readonly KernelName[] = ['simd', 'relaxed', 'reference'];

/** Options of a loss that are checked: how its units become one number, and what computes them. */
export interface CheckedOptions<R extends string = Reduction> {
  readonly reduction: R;
  readonly kernel: KernelName;
}

/**
 * Refuses options that a loss does not know, and fills in the common ones.
 *
 * @param own names of the loss's own options
 * @param reductions those that the loss takes, the default first
 * @throws UsageError `unknown-option`, `bad-reduction`, `bad-kernel`
 */
export function checkOptions<R extends string = Reduction>(
  loss: string,
  options: Omit<LossOptions, 'reduction'> & { readonly reduction?: R | undefined },
  own: readonly string[] = [],
  reductions: readonly R[] = ['mean', 'sum', 'none'] as unknown as readonly R[],
): CheckedOptions<R> {
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(
      'bad-options',
      `The options of ${loss} must be an object; found ${show(options)}.`,
    );
  }
  const known: readonly string[] = [...COMMON, ...own];
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near === null ? `It knows ${known.join(', ')}.` : `Did you mean "${near}"?`;
    throw new UsageError('unknown-option', `${loss} has no option ${show(name)}. ${hint}`);
  }
  const { reduction = reductions[0], kernel = 'simd' } = options;
  oneOf(loss, 'reduction', reduction, reductions);
  oneOf(loss, 'kernel', kernel, KERNELS);
  return { reduction, kernel };
}

/** @throws UsageError `bad-<name>` unless the value is one of these */
export function oneOf(
  loss: string,
  name: string,
  value: unknown,
  choices: readonly string[],
): void {
  if (choices.includes(value as string)) return;
  const listed = choices.map((choice) => `"${choice}"`).join(', ');
  refuse(loss, name, `one of ${listed}`, value);
}

/** Where a number of an option must lie; ends are taken in unless said otherwise. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** Exclusive lower end. */
  readonly above?: number;
  /** Exclusive upper end. */
  readonly below?: number;
}

/**
 * A finite number from the options.
 * @throws UsageError `bad-<name>`
 */
export function numberOption(loss: string, name: string, value: unknown, bounds: Bounds): number {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds;
  const { above = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = bounds;
  const fits =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    value >= min &&
    value <= max &&
    value > above &&
    value < below;
  if (fits) return value;
  const wanted = [
    bounds.min !== undefined && `≥ ${min}`,
    bounds.above !== undefined && `> ${above}`,
    bounds.max !== undefined && `≤ ${max}`,
    bounds.below !== undefined && `< ${below}`,
  ].filter(Boolean);
  return refuse(loss, name, `a finite number ${wanted.join(' and ')}`.trim(), value);
}

/** @throws UsageError `bad-<name>` unless it is true or false */
export function flagOption(loss: string, name: string, value: unknown): boolean {
  return typeof value === 'boolean' ? value : refuse(loss, name, 'true or false', value);
}

function refuse(loss: string, name: string, expected: string, found: unknown): never {
  const code = `bad-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(code, `${name} of ${loss} must be ${expected}; found ${show(found)}.`);
}
