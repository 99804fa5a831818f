/** Rows of JSON: numbers go from bytes to memory, and nothing is built that is not asked for. */

import type { DecimalParser } from '../types/decimals.js';
import { quote } from '../types/errors.js';
import {
  type Field,
  type NumberBuffer,
  type RowReader,
  type Selection,
  widthOf,
} from '../types/fields.js';
import { type NestedFields, NestedPlans } from './json-nested.js';
import { type FieldPlan, fieldPlan, type Known, WATCHED } from './json-plans.js';
import { describe, JsonProblems } from './json-problems.js';
import type { JsonRecord, JsonRecords } from './json-records.js';
import { JsonFault } from './json-scan.js';
import { RowNumbers, slotsByField } from './row-numbers.js';

type Numbers = Float64Array | Float32Array;

/** The n of `null`. */
const NULL = 0x6e;

/** Rows of the selected fields of JSON Lines or of a JSON array. */
export class JsonRows implements RowReader {
  texts: string[][];
  readonly #plans = new Map<string | null, FieldPlan | typeof WATCHED>();
  /** Fields in the order of the first row, which later rows usually share. */
  readonly #order: readonly { readonly bytes: Uint8Array; readonly plan: Known }[];
  readonly #numbers: RowNumbers;
  readonly #problems: JsonProblems;
  readonly #nested: NestedPlans;
  /** Reads arrays of plain numbers of one width, where there is one. */
  readonly #decimals: DecimalParser | null = null;
  readonly #decimalWidth: number = 0;
  /** State of the window that the parser was given last. */
  #loaded = -1;
  /** The fields that are wanted, and the one of rows without names. */
  readonly #wanted: readonly FieldPlan[];
  readonly #whole: FieldPlan | null;
  /** Texts of the row at hand. */
  readonly #current: string[];
  #lines: number[] = [];
  #firstRow = 0;

  constructor(
    private readonly records: JsonRecords,
    /** The first record, which is found already. */
    private first: JsonRecord | null,
    fields: readonly Field[],
    { numbers, texts, watched = [], decimals }: Selection,
    nested?: NestedFields,
  ) {
    this.#problems = new JsonProblems(records, fields);
    this.#numbers = new RowNumbers(numbers);
    for (const { fields: parts, width } of numbers) {
      for (const { problem } of parts) if (problem !== undefined) throw problem;
      if (parts.reduce((sum, field) => sum + widthOf(field), 0) !== width)
        throw this.#problems.sequence(parts[0]!);
    }
    this.#nested = new NestedPlans(
      nested,
      numbers,
      texts,
      this.#numbers.places,
      this.#name,
      this.#problems,
    );
    const parents = new Set<string | null>(this.#nested.parents);
    for (const name of watched) this.#plans.set(name, WATCHED);
    const required = new Set(
      numbers.filter((group) => group.required).flatMap((group) => group.fields),
    );
    const slotsOf = slotsByField(texts);
    for (const field of fields) {
      const place = this.#numbers.places.get(field) ?? -1;
      const slots = slotsOf.get(field) ?? [];
      const isParent = parents.has(field.name);
      if (place < 0 && slots.length === 0 && !isParent) continue;
      const isRequired = place >= 0 && required.has(field);
      const said = { place, texts: slots, isParent, isRequired };
      this.#plans.set(field.name, fieldPlan(field, said, this.#name));
    }
    this.#order = fields.map(({ name }) => ({
      bytes: new TextEncoder().encode(JSON.stringify(name ?? '').slice(1)),
      plan: this.#plans.get(name),
    }));
    this.#wanted = [...this.#plans.values()].filter((plan) => plan !== WATCHED);
    this.#whole = this.#wanted.find(({ name }) => name === null) ?? null;
    this.#current = texts.map(() => '');
    this.texts = texts.map(() => []);
    const widest = Math.max(
      0,
      ...[...this.#numbers.places.keys()].filter((f) => !f.keys).map(widthOf),
    );
    if (decimals && widest > 1) {
      decimals.plan(widest, new Int32Array(0), 0);
      this.#decimals = decimals;
      this.#decimalWidth = widest;
    }
  }

  get #name(): string {
    return this.records.window.name;
  }

  async read(into: readonly NumberBuffer[], count: number): Promise<number> {
    const { records } = this;
    // Those of the last read are the caller's.
    this.texts = this.texts.map(() => []);
    this.#lines.length = 0;
    this.#firstRow = records.row;
    const { width } = this.#numbers;
    const numbers = this.#numbers.into(into, count);
    let index = 0;
    for (; index < count; index++) {
      const record = this.first ?? records.here() ?? (await records.next());
      this.first = null;
      if (record === null) break;
      this.#lines.push(records.line);
      try {
        this.#record(record, numbers, index * width);
      } catch (fault) {
        throw records.refuse(fault);
      }
      records.pass(record);
    }
    this.#numbers.deliver(into, index);
    return index;
  }

  place(index: number) {
    return { source: this.#name, row: this.#firstRow + index, line: this.#lines[index]! };
  }

  progress() {
    return this.records.window.progress();
  }

  async close(): Promise<void> {
    await this.records.window.close();
  }

  #record({ start, end }: JsonRecord, numbers: Numbers, base: number): void {
    const { window, scanner, row } = this.records;
    scanner.bytes = window.bytes;
    scanner.at = start;
    if (this.#whole !== null) this.#value(this.#whole, numbers, base);
    else this.#object(numbers, base);
    scanner.expectEnd(end);
    for (const plan of this.#wanted) if (plan.row !== row) this.#leaveOut(plan, numbers, base);
    for (let i = 0; i < this.#current.length; i++) this.texts[i]!.push(this.#current[i]!);
  }

  /** A field that the row does not have. */
  #leaveOut(plan: FieldPlan, numbers: Numbers, base: number): void {
    if (plan.isRequired) throw this.#problems.missing(plan);
    if (plan.place >= 0) this.#fill(plan, numbers, base + plan.place);
    for (const i of plan.texts) this.#current[i] = '';
    if (plan.isParent)
      this.#nested.leaveOut(plan.name!, this.records, numbers, base, this.#current);
  }

  #fill({ width }: FieldPlan, numbers: Numbers, place: number): void {
    numbers.fill(Number.NaN, place, place + width);
  }

  #object(numbers: Numbers, base: number): void {
    const { scanner } = this.records;
    scanner.expect(0x7b, 'an object, which begins with {');
    if (scanner.accept(0x7d)) return;
    let position = 0;
    do {
      const plan = this.#planOf(position++);
      scanner.expect(0x3a, 'a colon');
      if (plan === undefined) scanner.skip();
      else this.#value(plan, numbers, base);
    } while (scanner.accept(0x2c));
    scanner.expect(0x7d, 'a comma or a closing brace');
  }

  /** Plan of the field whose name comes next. */
  #planOf(position: number): FieldPlan | undefined {
    const { scanner } = this.records;
    scanner.expect(0x22, 'a field name in quotes');
    const usual = this.#order[position];
    if (usual !== undefined) {
      const { bytes, at } = scanner;
      const { length } = usual.bytes;
      let index = 0;
      while (index < length && bytes[at + index] === usual.bytes[index]) index++;
      if (index === length) {
        scanner.at = at + length;
        return usual.plan as FieldPlan | undefined;
      }
    }
    scanner.at--;
    const name = scanner.string();
    const plan = this.#plans.get(name);
    if (plan === WATCHED) throw this.#problems.late(name);
    return plan;
  }

  #value(plan: FieldPlan, numbers: Numbers, base: number): void {
    const { scanner, row } = this.records;
    if (plan.row === row) {
      throw this.#problems.of(
        'duplicate-field',
        plan,
        'the field stands twice in one object',
        undefined,
        'one',
      );
    }
    plan.row = row;
    if (plan.isParent) {
      const { at } = scanner;
      this.#nested.read(plan.name!, scanner, this.records, numbers, base, this.#current);
      if (plan.texts.length > 0 || plan.place >= 0) scanner.at = at;
    }
    if (plan.texts.length > 0) {
      const { at } = scanner;
      const text = this.#text(plan);
      for (const i of plan.texts) this.#current[i] = text;
      if (plan.place >= 0) scanner.at = at;
    }
    if (plan.place < 0) return;
    const place = base + plan.place;
    if (scanner.peek() === NULL) {
      scanner.number();
      this.#fill(plan, numbers, place);
    } else if (plan.keys !== null) this.#byClass(plan, plan.keys, numbers, place);
    else if (plan.width > 1) this.#array(plan, numbers, place);
    else numbers[place] = this.#single(plan);
  }

  /** A value as text; a list of one value is that value. */
  #text(plan: FieldPlan): string {
    const { scanner } = this.records;
    const kind = scanner.kind();
    if (kind === 'array') {
      scanner.at++;
      const text = this.#text(plan);
      if (scanner.peek() !== 0x2c) {
        scanner.expect(0x5d, 'a comma or a closing bracket');
        return text;
      }
    } else if (kind !== 'object') return scanner.scalar();
    throw this.#problems.of(
      'bad-label',
      plan,
      'the label is no single value',
      kind === 'array' ? 'an array of several' : describe(kind),
      'a string, an integer, or null where it is missing',
    );
  }

  /** A number, or a list of one. */
  #single(plan: FieldPlan): number {
    const { scanner } = this.records;
    if (scanner.kind() !== 'array') return this.#element(plan);
    scanner.at++;
    const value = this.#single(plan);
    if (scanner.peek() === 0x2c) throw this.#problems.ragged(plan, 2);
    scanner.expect(0x5d, 'a comma or a closing bracket');
    return value;
  }

  /** An array of as many numbers as the first row has, however they are nested. */
  #array(plan: FieldPlan, numbers: Numbers, place: number): void {
    const { scanner } = this.records;
    if (scanner.kind() !== 'array') {
      throw this.#problems.of(
        'bad-scores',
        plan,
        'the scores are no array of numbers',
        describe(scanner.kind()),
        `an array of ${plan.width} numbers`,
      );
    }
    scanner.at++;
    if (plan.width === this.#decimalWidth && this.#parse(numbers, place)) {
      plan.style.seePlain(numbers[place]!, this.records.row, this.records.line);
      return;
    }
    const found = this.#flatten(plan, numbers, place, 0, 1);
    if (found !== plan.width) throw this.#problems.ragged(plan, found);
  }

  /** The rest of an array whose bracket was passed. @returns numbers found so far */
  #flatten(
    plan: FieldPlan,
    numbers: Numbers,
    place: number,
    before: number,
    depth: number,
  ): number {
    const { scanner } = this.records;
    let found = before;
    if (scanner.accept(0x5d)) return found;
    do {
      if (depth < 3 && scanner.kind() === 'array') {
        scanner.at++;
        found = this.#flatten(plan, numbers, place, found, depth + 1);
        continue;
      }
      const value = this.#element(plan);
      if (found < plan.width) numbers[place + found] = value;
      found++;
    } while (scanner.accept(0x2c));
    scanner.expect(0x5d, 'a comma or a closing bracket');
    return found;
  }

  /** Reads the array whose bracket was passed. @returns false where it does not hold plain numbers. */
  #parse(numbers: Numbers, place: number): boolean {
    const { window, scanner } = this.records;
    const decimals = this.#decimals!;
    if (this.#loaded !== window.fills) {
      decimals.load(window.bytes, window.start, window.end);
      this.#loaded = window.fills;
    }
    const next = decimals.array(scanner.at, numbers, place);
    if (next === 0) return false;
    scanner.at = next;
    return true;
  }

  #byClass(
    plan: FieldPlan,
    keys: ReadonlyMap<string, number>,
    numbers: Numbers,
    place: number,
  ): void {
    const { scanner } = this.records;
    scanner.expect(0x7b, 'an object with a number for each class');
    const seen = new Set<string>();
    if (!scanner.accept(0x7d)) {
      do {
        scanner.peek();
        const key = scanner.string();
        scanner.expect(0x3a, 'a colon');
        const at = keys.get(key);
        if (at === undefined || seen.has(key)) {
          throw this.#problems.of(
            'unknown-class',
            plan,
            at === undefined ? 'the first row has no such class' : 'the class stands twice',
            quote(key),
            `the classes ${[...keys.keys()].slice(0, 12).map(quote).join(', ')}, once each`,
          );
        }
        seen.add(key);
        numbers[place + at] = this.#single(plan);
      } while (scanner.accept(0x2c));
      scanner.expect(0x7d, 'a comma or a closing brace');
    }
    const missing = [...keys.keys()].find((key) => !seen.has(key));
    if (missing === undefined) return;
    throw this.#problems.of(
      'missing-class',
      plan,
      'the row has no number for a class that the first row has',
      `none for ${quote(missing)}`,
      'a number, or null, for every class',
    );
  }

  #element(plan: FieldPlan): number {
    const { scanner, row, line } = this.records;
    const kind = scanner.kind();
    if (kind === 'number') {
      const number = scanner.number();
      plan.style.seePlain(number, row, line);
      return number;
    }
    if (kind === 'null') return scanner.number();
    if (kind === 'boolean') return Number(scanner.flag());
    if (kind === 'nothing') throw new JsonFault(scanner.at, 'a number');
    const text = kind === 'string' ? scanner.string() : null;
    const value = text === null ? null : plan.style.number(text, { row, line });
    if (value !== null) return value;
    throw this.#problems.of(
      'not-a-number',
      plan,
      'the value is not a number',
      text === null ? describe(kind) : quote(text),
      'a number, NaN, Infinity, -Infinity or null',
    );
  }
}
