/** Rows that are held as plain objects, read by the paths of their values. */

import { InputError } from '../types/errors.js';
import type { Field, NumberBuffer, RowReader, Selection } from '../types/fields.js';
import { numberOf } from './choice-record.js';
import { type JsonObject, type JsonValue, scalarText, shown, valueAtPath } from './json-value.js';
import { RowNumbers, slotsByField } from './row-numbers.js';

/** A row, and where it was read. */
export interface ObjectRow {
  readonly source: string;
  readonly value: JsonObject;
}

export class ObjectRows implements RowReader {
  texts: string[][];
  readonly #numbers: RowNumbers;
  readonly #slots: ReadonlyMap<Field, readonly number[]>;
  #row = 0;
  #firstRow = 0;

  constructor(
    private readonly rows: readonly ObjectRow[],
    /** Bytes that the rows were read from. */
    private readonly size: number,
    { numbers, texts }: Selection,
  ) {
    this.#numbers = new RowNumbers(numbers);
    this.#slots = slotsByField(texts);
    this.texts = texts.map(() => []);
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    this.texts = this.texts.map(() => []);
    this.#firstRow = this.#row;
    const numbers = this.#numbers.into(into, count);
    const got = Math.min(count, this.rows.length - this.#row);
    for (let index = 0; index < got; index++, this.#row++) {
      const row = this.rows[this.#row]!;
      for (const [field, place] of this.#numbers.places) {
        const value = valueAtPath(row.value, field.name!);
        const number = numberOf(value);
        if (number === null) throw this.#refused(row, field, value, 'a number or null');
        numbers[index * this.#numbers.width + place] = number;
      }
      for (const [field, slots] of this.#slots) {
        const value = valueAtPath(row.value, field.name!);
        const text = scalarText(value);
        if (text === null) throw this.#refused(row, field, value, 'a single value');
        for (const slot of slots) this.texts[slot]!.push(text);
      }
    }
    this.#numbers.deliver(into, got);
    return got;
  }

  #refused(
    { source }: ObjectRow,
    { name }: Field,
    value: JsonValue | undefined,
    expected: string,
  ): InputError {
    return new InputError(expected === 'a single value' ? 'bad-label' : 'not-a-number', {
      source,
      row: this.#row,
      column: name!,
      problem: 'the value is of another kind',
      found: shown(value),
      expected,
    });
  }

  place(index: number) {
    const row = this.#firstRow + index;
    return { source: this.rows[row]!.source, row };
  }

  progress() {
    const share = this.rows.length === 0 ? 1 : this.#row / this.rows.length;
    return { done: Math.round(share * this.size), total: this.size };
  }

  async close(): Promise<void> {}
}
