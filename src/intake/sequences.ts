/** Rows that are steps of sequences: targets that are the next step's, and places in the sequence as slices. */

import { InputError, UsageError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import type { Placed } from './files.js';
import type { Targets } from './target-form.js';
import { readTargets } from './targets-alone.js';

/** Target that leaves a row out where the caller names none: what trainers of language models write. */
export const IGNORED_STEP = -100;

const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

/** What steps are sliced by where no column is called so. */
export const POSITION = 'position';
/** Up to so many steps each is a slice of its own. */
const MOST_STEPS = 64;

/**
 * Steps of a sequence: the axis before the classes; of (time, classes) all rows are one sequence.
 * @throws UsageError `no-sequences` for columns of classes and the like
 */
export function stepsOf(fields: readonly Field[], rows: number | null, option: string): number {
  const [field] = fields as [Field];
  const axes = [rows, ...field.inner];
  const steps = fields.length === 1 && widthOf(field) > 1 ? axes.at(-2) : null;
  if (typeof steps === 'number') return steps;
  throw new UsageError(
    'no-sequences',
    `${option} is for scores of the steps of sequences, in one array of shape (batch, time, classes) or (time, classes).`,
  );
}

/** The targets of the next step for each step; the last of a sequence, which has none, is left out. */
export async function nextTargets(
  placed: Placed,
  targets: Targets,
  {
    rows,
    steps,
    ignored,
    memoryBudget = DEFAULT_MEMORY_BUDGET,
  }: { rows: number; steps: number; ignored: number; memoryBudget?: number | undefined },
): Promise<Int32Array> {
  const { file } = placed;
  const source = file.fields.name;
  if (targets.isSoft) {
    throw new UsageError(
      'shift-soft',
      'Probabilities as targets are not shifted: --shift is for tokens.',
    );
  }
  if (!file.input.seeks) {
    throw new UsageError(
      'cannot-read-again',
      `--shift reads the targets ahead, and ${source} can be read only once. Write it to a file first.`,
    );
  }
  if (4 * rows > memoryBudget) {
    throw new InputError('memory-budget', {
      source,
      problem: 'the targets do not fit into memory, which --shift reads them into',
      found: `${4 * rows} bytes`,
      expected: `${memoryBudget} at most`,
      advice: 'Raise it with --memory-budget, or score the file in parts.',
    });
  }
  const found = new Int32Array(rows);
  if (!(await readTargets(placed, targets)(found))) {
    throw new InputError('shape-mismatch', {
      source,
      problem: 'the number of targets is not that of the scores',
      expected: `${rows}`,
    });
  }
  for (let row = 0; row < rows; row++) {
    found[row] = (row + 1) % steps === 0 ? ignored : found[row + 1]!;
  }
  return found;
}

/** Slices of the places of steps in their sequences: each its own, or from the 65th on by powers of two. */
export function positionNames(steps: number): (row: number) => string {
  const names = Array.from({ length: Math.min(steps, MOST_STEPS) }, (_, step) => String(step));
  for (let from = MOST_STEPS; from < steps; from *= 2) {
    names.push(`${from}–${Math.min(steps, 2 * from) - 1}`);
  }
  return (row) => {
    const step = row % steps;
    if (step < MOST_STEPS) return names[step]!;
    return names[MOST_STEPS + Math.floor(Math.log2(step / MOST_STEPS))]!;
  };
}
