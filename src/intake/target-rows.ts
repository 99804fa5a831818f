/** Targets of one number per class: one-hot rows, or probabilities. */

import { InputError, type InputPlace } from '../types/errors.js';
import type { NumberGroup } from '../types/fields.js';
import { softProblem, softTarget } from '../types/soft-targets.js';
import { inAgain, type OpenFile } from './files.js';

/** Numbers that are read at once to find out the form. */
const PIECE = 1 << 16;

/** What one row is: the class of its 1, or how it is none. */
type RowForm = 'missing' | 'one-hot' | 'soft';

/** Decodes rows of targets. */
export class TargetRows {
  #isSoft = false;

  constructor(
    private readonly classes: number,
    /** Place of each class in a row; null for the order of the classes. */
    private readonly order: readonly number[] | null,
  ) {}

  /**
   * Reads the rows ahead, all of them where the file can be read again: one row that is not one-hot
   * makes all of them probabilities.
   * @throws InputError `one-hot-row`, `soft-row`
   */
  async findForm(file: OpenFile, group: NumberGroup): Promise<boolean> {
    const { classes } = this;
    const other = await file.again();
    const fields = inAgain(file, other, group.fields);
    const reader = await other.select({ numbers: [{ ...group, fields }], texts: [] });
    const most = Math.max(1, Math.floor(PIECE / classes));
    const rows = new Float64Array(most * classes);
    for (let first = true; first || file.input.seeks; first = false) {
      const count = await reader.read([rows], most);
      if (count === 0) break;
      for (let r = 0; r < count; r++) {
        const row = rows.subarray(r * classes, (r + 1) * classes);
        if (this.#form(row, () => reader.place(r)) !== 'soft') continue;
        this.#isSoft = true;
        await reader.close();
        return true;
      }
    }
    await reader.close();
    return false;
  }

  /** Writes class indices, and the probabilities where the rows are soft. */
  decode(
    rows: Float64Array,
    count: number,
    targets: Int32Array,
    soft: Float64Array | undefined,
    place: (index: number) => InputPlace,
  ): void {
    const { classes, order } = this;
    for (let r = 0; r < count; r++) {
      const row = rows.subarray(r * classes, (r + 1) * classes);
      const form = this.#form(row, () => place(r));
      if (form === 'soft' && !this.#isSoft) throw this.#lateSoft(place(r));
      const inOrder = order === null ? row : Float64Array.from(order, (at) => row[at]!);
      targets[r] = softTarget(inOrder, 0, classes);
      soft?.set(inOrder, r * classes);
    }
  }

  #form(row: Float64Array, place: () => InputPlace): RowForm {
    const ones = row.reduce((count, q) => count + Number(q === 1), 0);
    const isBinary = row.every((q) => q === 0 || q === 1);
    if (isBinary && ones === 1) return 'one-hot';
    if (row.every(Number.isNaN)) return 'missing';
    if (isBinary) {
      throw new InputError('one-hot-row', {
        ...place(),
        problem: 'a one-hot row of targets must hold exactly one 1',
        found: ones === 0 ? 'none' : `${ones}`,
        expected: 'one 1, and 0 for all other classes',
        advice: 'If a row may have several labels, or none, say --task multilabel.',
      });
    }
    const problem = softProblem(row, 0, row.length);
    if (problem === null) return 'soft';
    throw new InputError('soft-row', {
      ...place(),
      problem: 'the row of targets is neither one-hot nor a row of probabilities',
      found: problem,
      expected: 'numbers from 0 on that add up to 1 ± 0.001, or none at all',
      advice:
        'If the columns are labels of their own, say --task multilabel; nothing is renormalised silently.',
    });
  }

  #lateSoft(place: InputPlace): InputError {
    return new InputError('soft-row', {
      ...place,
      problem: 'the row of targets is not one-hot, as those of the first rows are',
      expected: 'one 1, and 0 for all other classes',
      advice: 'Write the targets to a file: of a pipe only the first rows tell what it holds.',
    });
  }
}
