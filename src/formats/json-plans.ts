/** What a reader of JSON does with the fields of a row. */

import { type Field, widthOf } from '../types/fields.js';
import { NumberStyle } from './number-style.js';

/** What to do with a field. */
export interface FieldPlan {
  readonly name: string | null;
  /** Place of its numbers in the row, or −1. */
  readonly place: number;
  readonly width: number;
  /** Place of each key among them, of an object by class. */
  readonly keys: ReadonlyMap<string, number> | null;
  readonly isRequired: boolean;
  /** Lists of texts that it goes to. */
  readonly texts: readonly number[];
  /** Whether it holds nested fields that are read. */
  readonly isParent: boolean;
  readonly style: NumberStyle;
  /** The last row that had it. */
  row: number;
}

/** A field that the first row should have had. */
export const WATCHED: unique symbol = Symbol('watched');
export type Known = FieldPlan | typeof WATCHED | undefined;

/** The plan of a field. */
export function fieldPlan(
  field: Field,
  said: Pick<FieldPlan, 'place' | 'texts' | 'isParent' | 'isRequired'>,
  source: string,
): FieldPlan {
  return {
    ...said,
    name: field.name,
    width: widthOf(field),
    keys: field.keys ? new Map(field.keys.map((key, i) => [key, i])) : null,
    style: new NumberStyle({ source, column: field.name ?? 0, delimiter: null }),
    row: -1,
  };
}
