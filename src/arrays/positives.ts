/** Targets of two outcomes, as 0 and 1. */

import { InputError } from '../types/errors.js';
import type { Label, Labels, Targets } from '../types/forms.js';
import { labelOf, showLabel } from './labels.js';
import { isNested } from './numbers.js';
import { columnOf } from './shape.js';
import { largestClasses, readTargetRows } from './target-rows.js';

/** What a function of two outcomes takes for a positive, and what its refusals say. */
export interface PositiveTerms {
  readonly source: string;
  /** The target that is positive; by default 1 (and true), all others being 0 or all others −1. */
  readonly posLabel?: Label | undefined;
  /** Code and clause for a target that is neither. */
  readonly code: string;
  readonly problem: string;
  readonly advice?: string | undefined;
}

/**
 * 1 for every positive target, 0 for every other. Rows of two numbers are
 * one-hot or probabilities of the two outcomes, of which the larger is taken.
 * @throws UsageError `length-mismatch`; InputError `bad-target-row`, `tied-target`, and with
 *   the code of the terms
 */
export function readPositives(targets: Targets, terms: PositiveTerms): Uint8Array {
  const { source, posLabel } = terms;
  const column = isNested(targets) ? columnOf(source, targets) : (targets as Labels);
  const labels = column ?? largestClasses(readTargetRows(source, targets as ArrayLike<number>, 2));
  const found = new Uint8Array(labels.length);
  if (posLabel !== undefined) {
    for (let r = 0; r < found.length; r++) {
      const label: unknown = labels[r];
      found[r] = Number((typeof label === 'string' ? label : Number(label)) === posLabel);
    }
    return found;
  }
  let negative: 0 | -1 | null = null;
  for (let r = 0; r < found.length; r++) {
    const label = labelOf(labels[r]);
    if (label === 1) {
      found[r] = 1;
      continue;
    }
    // The first negative says what the others are.
    if (negative === null && (label === 0 || label === -1)) negative = label;
    if (label === negative) continue;
    throw new InputError(terms.code, {
      source,
      row: r,
      problem: terms.problem,
      found: showLabel(labels[r]),
      expected:
        negative === -1 ? '−1 or 1, as in the rows before' : '0 or 1 (or −1 and 1 throughout)',
      advice: terms.advice,
    });
  }
  return found;
}
