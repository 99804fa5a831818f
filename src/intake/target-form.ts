/** Targets as they are read, and how they become class indices. */

import type { InputPlace } from '../types/errors.js';
import type { Field, NumberGroup } from '../types/fields.js';
import type { LabelIndex } from './label-index.js';
import type { TargetRows } from './target-rows.js';

/** What the targets belong to. */
export interface TargetContext {
  readonly classes: number;
  readonly classNames: readonly string[] | null;
  /** Whether there is one score per row, for two classes. */
  readonly isSingle: boolean;
  /** Scores of several numbers per row, whose leading axes targets may share; null for columns. */
  readonly scores: { readonly name: string; readonly field: Field } | null;
  /** Number of the first class in the targets; default 0. */
  readonly labelsFrom: number | undefined;
  readonly ignoreIndex: number | null | undefined;
}

/** Targets as they are read, and how they become class indices. */
export interface Targets {
  /** Numbers that are read as they are, or one text per row. */
  readonly part: { readonly numbers: NumberGroup } | { readonly text: Field };
  /** Names of the classes, where the targets tell them. */
  readonly classNames: readonly string[] | null;
  /** Of soft or one-hot rows; null where a row has one value. */
  readonly rows: TargetRows | null;
  /** Whether rows of targets are probabilities and not one-hot. */
  readonly isSoft: boolean;
  /** What was found out about the form, where no name or option says it. */
  readonly convention: string | null;
  /** Turns `count` integers into class indices, in place; null where they are that already. */
  readonly indices:
    | ((targets: Int32Array, count: number, place: (index: number) => InputPlace) => void)
    | null;
  /** The index that marks ignored rows, where targets are not counted from 0; else undefined. */
  readonly ignoreIndex: number | undefined;
  /** Whether numbers are read as they are written, and have to be whole to be classes. */
  readonly areWritten: boolean;
  /** Class index of a text; null where no texts are read. */
  readonly index: LabelIndex | null;
}
