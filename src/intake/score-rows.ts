/** Joined rows as scores with class indices: of every class, or one score per row. */

import type { DumpInfo, DumpReader } from '../types/dump.js';
import { InputError, type InputPlace, UsageError } from '../types/errors.js';
import type { RowTexts, TextRole } from '../types/row-texts.js';
import { BYTES_PER_SCORE } from '../types/score-array.js';
import { MISSING_TARGET, type RowBuffers } from '../types/scores.js';
import type { JoinedRows } from './joined-rows.js';
import type { Targets } from './target-form.js';

/** Keys of the parts of a row. */
export const SCORES = 'scores';
export const TARGETS = 'targets';
export const WEIGHTS = 'weights';

/** What the rows are made of. */
export interface ScoreRowsOptions {
  readonly info: DumpInfo;
  /** Null where the class indices were read before. */
  readonly targets: Targets | null;
  readonly given: Int32Array | undefined;
  readonly textRoles: readonly TextRole[];
  readonly openTargets: DumpReader['openTargets'];
  readonly close: () => Promise<void>;
}

/** A reader of scores. */
export function scoreRows(rows: JoinedRows, options: ScoreRowsOptions): DumpReader {
  const { info, targets, given, textRoles } = options;
  const { dtype, hasWeights } = info;
  let scratch = new Float64Array(0);
  let row = 0;
  let end = given?.length ?? Number.POSITIVE_INFINITY;
  const room = (count: number, width: number) => {
    if (scratch.length < count * width) scratch = new Float64Array(count * width);
    return scratch;
  };
  const canSelect = rows.selectRows !== undefined;
  return {
    info,
    ...(textRoles.length > 0 && {
      texts: (): RowTexts => Object.fromEntries(textRoles.map((role) => [role, rows.texts(role)])),
    }),
    async read(into: RowBuffers) {
      const widened = into.scores instanceof Float32Array && dtype !== 'f64';
      if (into.scores.BYTES_PER_ELEMENT !== BYTES_PER_SCORE[dtype] && !widened) {
        throw new UsageError(
          'wrong-dtype',
          `${info.name}: the rows are ${info.dtype}; lease memory of that type.`,
        );
      }
      const numbers = targets && 'numbers' in targets.part ? targets.part.numbers : null;
      const isApart = numbers !== null && (numbers.width > 1 || targets!.areWritten);
      const buffers = {
        [SCORES]: into.scores,
        ...(numbers && { [TARGETS]: isApart ? room(into.capacity, numbers.width) : into.targets }),
        ...(hasWeights && { [WEIGHTS]: into.weights }),
      };
      const count = await rows.read(buffers, Math.min(into.capacity, end - row));
      if (given !== undefined) into.targets.set(given.subarray(row, row + count));
      if (targets !== null && count > 0) decode(rows, targets, scratch, into, count);
      row += count;
      return count;
    },
    ...(canSelect && {
      selectRows(first: number, count: number) {
        rows.selectRows!(first, count);
        row = first;
        if (given !== undefined) end = Math.min(first + count, given.length);
      },
    }),
    ...(options.openTargets && { openTargets: options.openTargets }),
    progress: () => rows.progress(),
    close: options.close,
  };
}

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

/** @throws InputError `too-many-classes`, `no-rows` */
export function checkShape(
  source: string,
  classes: number,
  rows: number | null,
  shape: string,
  most: number,
): void {
  if (rows === 0 || classes === 0) {
    throw new InputError('no-rows', {
      source,
      problem: 'the array holds no rows',
      found: `shape ${shape}`,
      expected: 'one row or more',
      advice: 'Check the program that wrote it.',
    });
  }
  if (classes <= most) return;
  throw new InputError('too-many-classes', {
    source,
    problem: 'there are more classes than can be scored',
    found: `${classes} columns`,
    expected: `at most ${most}`,
    advice: 'Is the array transposed? Rows are samples, columns are classes: save array.T.',
  });
}
