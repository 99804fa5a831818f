/** Rows of records of choices: log-likelihoods padded with −∞, and what stands beside them. */

import { InputError } from '../types/errors.js';
import type { Field, NumberBuffer, RowReader, Selection } from '../types/fields.js';
import { choiceRecord, numberOf, RecordFault } from './choice-record.js';
import { choiceTarget } from './choice-target.js';
import type { JsonRecords } from './json-records.js';
import {
  isObject,
  type JsonObject,
  recordValue,
  scalarText,
  shown,
  valueAtPath,
} from './json-value.js';
import { RowNumbers, slotsByField } from './row-numbers.js';

type Numbers = Float64Array | Float32Array;

/** The fields that are made of a record, and the filter whose records are rows. */
interface Special {
  readonly filter: string;
  readonly scores: Field;
  readonly target: Field;
  readonly beside: Field;
}

export class ChoiceRows implements RowReader {
  texts: string[][];
  readonly #numbers: RowNumbers;
  readonly #slots: ReadonlyMap<Field, readonly number[]>;
  readonly #places: (readonly [Field, number])[];
  #lines: number[] = [];
  #row = 0;
  #firstRow = 0;

  constructor(
    private readonly records: JsonRecords,
    private readonly filterOf: (record: JsonObject) => string,
    private readonly special: Special,
    { numbers, texts }: Selection,
  ) {
    this.#numbers = new RowNumbers(numbers);
    this.#places = [...this.#numbers.places];
    this.#slots = slotsByField(texts);
    this.texts = texts.map(() => []);
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    const { records, special } = this;
    this.texts = this.texts.map(() => []);
    this.#lines = [];
    this.#firstRow = this.#row;
    const { width } = this.#numbers;
    const numbers = this.#numbers.into(into, count);
    let index = 0;
    while (index < count) {
      const record = records.here() ?? (await records.next());
      if (record === null) break;
      const value = recordValue(records, record);
      if (isObject(value) && this.filterOf(value) === special.filter) {
        this.#lines.push(records.line);
        this.#record(value, numbers, index * width);
        index++;
        this.#row++;
      }
      records.pass(record);
    }
    this.#numbers.deliver(into, index);
    return index;
  }

  /** @throws InputError */
  #record(record: JsonObject, numbers: Numbers, base: number): void {
    const { scores, target, beside } = this.special;
    try {
      const choices = choiceRecord(record);
      this.#requireRoom(choices.logLikelihoods.length);
      for (const [field, place] of this.#places) {
        const at = base + place;
        if (field === scores) {
          numbers.fill(Number.NEGATIVE_INFINITY, at, at + scores.inner[0]!);
          numbers.set(choices.logLikelihoods, at);
        } else numbers[at] = numberIn(record, field);
      }
      for (const [field, slots] of this.#slots) {
        const text =
          field === target
            ? choiceTarget(record, choices)
            : field === beside
              ? JSON.stringify(choices.choices)
              : textIn(record, field);
        for (const slot of slots) this.texts[slot]!.push(text);
      }
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault;
      const { code, column, problem, found, expected, advice } = fault;
      const place = { ...this.records.place(), row: this.#row };
      throw new InputError(code, { ...place, column, problem, found, expected, advice });
    }
  }

  /** The file may be another than the one that was looked at. @throws RecordFault */
  #requireRoom(count: number): void {
    const most = this.special.scores.inner[0]!;
    if (count <= most) return;
    const [found, expected] = [`${count} choices`, `at most ${most}, as when it was first read`];
    throw new RecordFault(
      'choice-count',
      'filtered_resps',
      'the file has changed',
      found,
      expected,
    );
  }

  place(index: number) {
    return {
      source: this.records.window.name,
      row: this.#firstRow + index,
      line: this.#lines[index]!,
    };
  }

  progress() {
    return this.records.window.progress();
  }

  async close(): Promise<void> {
    await this.records.window.close();
  }
}

/** @throws RecordFault `not-a-number` */
function numberIn(record: JsonObject, { name }: Field): number {
  const value = valueAtPath(record, name!);
  const number = numberOf(value);
  if (number !== null) return number;
  throw new RecordFault(
    'not-a-number',
    name!,
    'the value is not a number',
    shown(value),
    'a number, NaN, Infinity, -Infinity or null',
  );
}

/** @throws RecordFault `bad-label` */
function textIn(record: JsonObject, { name }: Field): string {
  const text = scalarText(valueAtPath(record, name!));
  if (text !== null) return text;
  throw new RecordFault(
    'bad-label',
    name!,
    'the label is no single value',
    'an array or an object',
    'a string, an integer, or null where it is missing',
  );
}
