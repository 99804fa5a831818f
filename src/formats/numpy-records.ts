/** Structured types of NumPy: records whose fields lie side by side. */

import { InputError, quote } from '../types/errors.js';
import { type ArrayLayout, type Sized, stridedLayout } from './array-layout.js';
import { type ElementType, holdsObjects, parseTextType, type TextType } from './numpy-dtype.js';
import type { Literal, LiteralSequence } from './numpy-literal.js';

/** A field of a record. */
export interface RecordField {
  readonly name: string;
  /** Or why it cannot be read. */
  readonly element: TextType | ElementType | InputError;
  /** Axes within the record. */
  readonly shape: readonly number[];
  /** In bytes from the beginning of the record. */
  readonly offset: number;
}

/** A record, padding included. */
export interface RecordType extends Sized {
  readonly fields: readonly RecordField[];
}

const isSequence = (literal: Literal | undefined): literal is LiteralSequence =>
  literal !== null && typeof literal === 'object' && 'kind' in literal;

/**
 * The record that a `descr` describes: a list of (name, type) or (name, type, shape). A field that
 * cannot be read is the problem of that field.
 * @returns null for what is no record, or one whose places cannot be told
 */
export function parseRecord(source: string, descr: Literal): RecordType | null {
  if (!isSequence(descr) || descr.kind !== 'list' || holdsObjects(descr)) return null;
  const fields: RecordField[] = [];
  let offset = 0;
  for (const item of descr.items) {
    if (!isSequence(item) || item.items.length < 2 || item.items.length > 3) return null;
    const [label, type, axes] = item.items as [Literal, Literal, Literal?];
    // With a title it is (title, name).
    const name = isSequence(label) ? label.items[1] : label;
    const shape = axes === undefined ? [] : shapeOf(axes);
    const bytes = bytesOf(type);
    if (typeof name !== 'string' || shape === null || bytes === null) return null;
    // Padding has no name.
    if (name !== '') {
      fields.push({ name, element: elementOf(source, name, type), shape, offset });
    }
    offset += shape.reduce((product, size) => product * size, bytes);
    if (!Number.isSafeInteger(offset)) return null;
  }
  return { bytes: offset, fields };
}

function shapeOf(literal: Literal): readonly number[] | null {
  const items = isSequence(literal) ? literal.items : [literal];
  const sizes = items.map((size) => (typeof size === 'bigint' ? Number(size) : Number.NaN));
  return sizes.every((size) => Number.isSafeInteger(size) && size >= 0) ? sizes : null;
}

/** Bytes of a value of any type; null where that is not known. */
function bytesOf(type: Literal): number | null {
  if (typeof type === 'string') {
    const match = /^[<>|=]?([a-zA-Z?])(\d{0,9})(?:\[[^\]]*\])?$/.exec(type);
    if (match === null) return null;
    const [, letter, digits] = match;
    if (digits === '') return letter === '?' ? 1 : null;
    return Number(digits) * (letter === 'U' ? 4 : 1);
  }
  return parseRecord('', type)?.bytes ?? null;
}

function elementOf(
  source: string,
  name: string,
  type: Literal,
): TextType | ElementType | InputError {
  const place = { source, column: name };
  if (typeof type !== 'string') {
    return new InputError('npy-structured', {
      ...place,
      problem: 'the field is a record itself',
      expected: 'numbers or text',
      advice: 'Save its fields as arrays of their own: np.savez(path, logits=..., labels=...).',
    });
  }
  try {
    return parseTextType(`${source}[${quote(name)}]`, type);
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** How the values of a field lie in an array of records. */
export function fieldLayout(
  { shape, fortranOrder, dataOffset, element: record }: ArrayLayout<RecordType>,
  field: RecordField,
): ArrayLayout<TextType | ElementType> {
  const { element, offset } = field;
  if (element instanceof InputError) throw element;
  const outer = denseStrides(shape, record.bytes, fortranOrder);
  const inner = denseStrides(field.shape, element.bytes, false);
  return stridedLayout(
    element,
    [...shape, ...field.shape],
    [...outer, ...inner],
    dataOffset + offset,
  );
}

function denseStrides(shape: readonly number[], bytes: number, fortranOrder: boolean): number[] {
  const strides = shape.map(() => 0);
  const axes = [...shape.keys()];
  let step = bytes;
  for (const axis of fortranOrder ? axes : axes.reverse()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}
