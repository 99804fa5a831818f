/** Single values deeper in the objects of JSON, by their paths: `doc.context`, `choices.0.text`. */

import { type Field, type NumberGroup, widthOf } from '../types/fields.js';
import type { JsonProblems } from './json-problems.js';
import type { JsonScanner } from './json-scan.js';
import {
  builtValue,
  isObject,
  type JsonValue,
  own,
  scalarText,
  valueAtPath,
} from './json-value.js';
import { NumberStyle } from './number-style.js';
import { slotsByField } from './row-numbers.js';

/** Where a nested field lies: a field of the row, and the path in its value. */
interface Path {
  readonly parent: string;
  readonly rest: string;
}

/** Nested fields of one file, as its first row has them. */
export class NestedFields {
  readonly #found = new Map<string, Field>();
  readonly #paths = new Map<Field, Path>();

  /** @param first the first row; undefined where it is no object that holds others */
  constructor(private readonly first: () => JsonValue | undefined) {}

  /** The single value at a path; undefined where the first row has none. */
  readonly at = (name: string): Field | undefined => {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    const row = name.includes('.') ? this.first() : undefined;
    if (!isObject(row)) return undefined;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const [parent, rest] = [name.slice(0, dot), name.slice(dot + 1)];
      const inner = own(row, parent);
      const value = inner === undefined ? undefined : valueAtPath(inner, rest);
      if (value === undefined || scalarText(value) === null) continue;
      const field = fieldOf(name, value);
      this.#found.set(name, field);
      this.#paths.set(field, { parent, rest });
      return field;
    }
    return undefined;
  };

  /** Where a field lies; undefined for the fields of the row itself. */
  path(field: Field): Path | undefined {
    return this.#paths.get(field);
  }
}

/** A nested value, as a field. */
export function fieldOf(name: string, value: JsonValue): Field {
  const content = typeof value === 'number' ? 'number' : 'written';
  return { name, content, stored: 'text', dtype: 'f64', inner: [], rows: null };
}

/** What to do with a nested field. */
interface NestedPlan extends Path {
  readonly name: string;
  /** Place of its number in the row, or −1. */
  readonly place: number;
  readonly isRequired: boolean;
  readonly texts: readonly number[];
  readonly style: NumberStyle;
}

/** Reads the nested fields that were selected. */
export class NestedPlans {
  readonly #byParent = new Map<string, NestedPlan[]>();

  constructor(
    fields: NestedFields | undefined,
    numbers: readonly NumberGroup[],
    texts: readonly Field[],
    places: ReadonlyMap<Field, number>,
    source: string,
    private readonly problems: JsonProblems,
  ) {
    const slots = slotsByField(texts);
    const required = new Set(numbers.filter((one) => one.required).flatMap((one) => one.fields));
    for (const field of new Set([...places.keys(), ...slots.keys()])) {
      const path = fields?.path(field);
      if (path === undefined || widthOf(field) !== 1) continue;
      const plan = {
        ...path,
        name: field.name!,
        place: places.get(field) ?? -1,
        isRequired: required.has(field),
        texts: slots.get(field) ?? [],
        style: new NumberStyle({ source, column: field.name!, delimiter: null }),
      };
      const list = this.#byParent.get(path.parent);
      if (list) list.push(plan);
      else this.#byParent.set(path.parent, [plan]);
    }
  }

  get parents(): Iterable<string> {
    return this.#byParent.keys();
  }

  /** Reads them from the value of their parent that begins at the scanner, which then stands behind it. */
  read(
    parent: string,
    scanner: JsonScanner,
    at: { readonly row: number; readonly line: number },
    numbers: Float64Array | Float32Array,
    base: number,
    texts: string[],
  ): void {
    this.#give(parent, builtValue(scanner, 0), at, numbers, base, texts);
  }

  /** What stands for them in a row without their parent. */
  leaveOut(
    parent: string,
    at: { readonly row: number; readonly line: number },
    numbers: Float64Array | Float32Array,
    base: number,
    texts: string[],
  ): void {
    this.#give(parent, null, at, numbers, base, texts);
  }

  #give(
    parent: string,
    value: JsonValue,
    at: { readonly row: number; readonly line: number },
    numbers: Float64Array | Float32Array,
    base: number,
    texts: string[],
  ): void {
    for (const plan of this.#byParent.get(parent) ?? []) {
      const found = valueAtPath(value, plan.rest);
      if (found === undefined && plan.isRequired)
        throw this.problems.missing({ ...plan, width: 1 });
      if (plan.texts.length > 0) {
        const text = scalarText(found);
        if (text === null) throw this.#notSingle(plan);
        for (const slot of plan.texts) texts[slot] = text;
      }
      if (plan.place >= 0) numbers[base + plan.place] = this.#number(plan, found, at);
    }
  }

  #number(
    plan: NestedPlan,
    value: JsonValue | undefined,
    at: { readonly row: number; readonly line: number },
  ): number {
    if (typeof value === 'number') {
      plan.style.seePlain(value, at.row, at.line);
      return value;
    }
    if (typeof value === 'boolean') return Number(value);
    if (value === undefined || value === null) return Number.NaN;
    const number = typeof value === 'string' ? plan.style.number(value, at) : null;
    if (number !== null) return number;
    const [problem, expected] = ['the value is not a number', 'a number or null'];
    throw this.problems.of('not-a-number', plan, problem, undefined, expected);
  }

  #notSingle(plan: NestedPlan) {
    return this.problems.of(
      'bad-label',
      plan,
      'the label is no single value',
      'an array or an object',
      'a string, an integer, or null where it is missing',
    );
  }
}
