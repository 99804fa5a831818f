/** What is said of rows of JSON that do not hold what they should. */

import { InputError, quote } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { JsonRecords } from './json-records.js';
import type { JsonKind } from './json-scan.js';

/** A field that is read. */
export interface FieldPart {
  readonly name: string | null;
  readonly width: number;
}

/** Errors about the record at hand. */
export class JsonProblems {
  constructor(
    private readonly records: JsonRecords,
    private readonly fields: readonly Field[],
  ) {}

  of(
    code: string,
    { name }: Pick<FieldPart, 'name'>,
    problem: string,
    found: string | undefined,
    expected: string,
    advice?: string,
  ): InputError {
    const column = name === null ? {} : { column: name };
    return new InputError(code, {
      ...this.records.place(),
      ...column,
      problem,
      found,
      expected,
      advice,
    });
  }

  ragged(plan: FieldPart, found: number): InputError {
    return this.of(
      'ragged-row',
      plan,
      'the row has another number of scores than the first row',
      `${found}`,
      `${plan.width}`,
      'Every row needs as many scores as the first, one per class.',
    );
  }

  missing(plan: FieldPart): InputError {
    const problem = `the row has no field ${fieldName(plan.name)}`;
    return this.of('missing-field', plan, problem, undefined, 'it in every row, as in the first');
  }

  late(name: string): InputError {
    const names = this.fields.map((field) => quote(field.name ?? '')).slice(0, 12);
    return this.of(
      'late-field',
      { name },
      'the first row does not have this field',
      `only ${names.join(', ')} there`,
      'the same fields in every row',
      `Write "${name}": null in rows that have none.`,
    );
  }

  sequence({ name, inner }: Field): InputError {
    return this.of(
      'nested-rows',
      { name },
      'each line holds several rows',
      `arrays of shape (${inner.join(', ')})`,
      'one row of scores in a line',
      'Write a line for each of them, or the whole array to npy: logits (batch, time, classes), labels (batch, time).',
    );
  }
}

/** A field in messages. */
function fieldName(name: string | null): string {
  return name === null ? 'the row' : quote(name);
}

/** What stands there, in messages. */
export function describe(kind: JsonKind): string {
  if (kind === 'null') return 'null';
  return kind === 'array' || kind === 'object' ? `an ${kind}` : `a ${kind}`;
}
