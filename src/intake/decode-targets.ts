/** What stands for the targets of rows as class indices. */

import { InputError, type InputPlace } from '../types/errors.js';
import { MISSING_TARGET, type RowBuffers } from '../types/scores.js';
import { type JoinedRows, TARGETS } from './joined-rows.js';
import type { Targets } from './target-form.js';

/** Turns what stands for the targets into class indices. */
export function decode(
  rows: Pick<JoinedRows, 'texts' | 'place'>,
  targets: Targets,
  wide: Float64Array,
  into: Pick<RowBuffers, 'targets' | 'soft'>,
  count: number,
): void {
  const place = (index: number) => rows.place(TARGETS, index);
  if (targets.rows !== null) {
    targets.rows.decode(wide, count, into.targets, into.soft, place);
    return;
  }
  if (targets.areWritten) wholeTargets(wide, into.targets, count, place);
  targets.indices?.(into.targets, count, place);
  const { index } = targets;
  if (index === null) return;
  const texts = rows.texts(TARGETS);
  const column = 'text' in targets.part ? targets.part.text.name : null;
  let i = 0;
  // One function for all rows: it is asked only where there is something to say.
  const here = () => ({ ...place(i), ...(column !== null && { column }) });
  for (; i < count; i++) into.targets[i] = index(texts[i]!, here);
}

/** Numbers as class indices. @throws InputError `target-out-of-range` */
function wholeTargets(
  values: Float64Array,
  into: Int32Array,
  count: number,
  place: (index: number) => InputPlace,
): void {
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) into[i] = MISSING_TARGET;
    else if ((value | 0) === value) into[i] = value;
    else {
      throw new InputError('target-out-of-range', {
        ...place(i),
        problem: 'the target is neither 0 nor 1, as those of the first rows are',
        found: String(value),
        expected: '0 or 1',
        advice: 'If these are predicted values, say --task regression.',
      });
    }
  }
}
