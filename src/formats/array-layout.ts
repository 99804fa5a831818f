/** How the elements of an array lie in bytes, whatever its header looked like. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import type { RowFeed } from './npy-columns.js';

/** What every element has: a size. */
export interface Sized {
  readonly bytes: number;
}

/** Type, axes and place of an array. */
export interface ArrayLayout<Element extends Sized> {
  readonly element: Element;
  /** Whether the first axis is the one whose elements follow each other. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Number of elements: the product of the shape. */
  readonly length: number;
  /** Where the elements begin, in bytes from the start. */
  readonly dataOffset: number;
  /** Bytes from an index to the next along each axis, where neither order tells. */
  readonly strides?: readonly number[] | undefined;
}

/** An array and the bytes that it lies in. */
export interface LaidArray<Element extends Sized> {
  readonly layout: ArrayLayout<Element>;
  /** A stream stands at the first element. */
  readonly bytes: ByteSource | ByteStream;
  /** Delivers the elements in C order, where the bytes are not those of the elements. */
  readonly feed?: (() => RowFeed) | undefined;
  /** Reads texts of rows, where their elements have no fixed size. */
  readonly texts?: ((first: number, count: number) => readonly string[]) | undefined;
  /** Looks at how long the bytes are, before anything is read. */
  readonly checkLength?: (() => Promise<void>) | undefined;
  /** Looks at what follows the last element, when that is read. */
  readonly checkEnd?: (() => Promise<void>) | undefined;
}

/** With one axis longer than 1, both orders are the same. */
export function isTransposed({
  fortranOrder,
  shape,
}: Pick<ArrayLayout<Sized>, 'fortranOrder' | 'shape'>): boolean {
  return fortranOrder && shape.filter((size) => size > 1).length > 1;
}

/**
 * The layout of elements so many bytes apart along each axis: C or Fortran order where it is one
 * of them, for these can be streamed.
 */
export function stridedLayout<Element extends Sized>(
  element: Element,
  shape: readonly number[],
  strides: readonly number[],
  dataOffset: number,
): ArrayLayout<Element> {
  const length = shape.reduce((product, size) => product * size, 1);
  const layout = { element, shape, length, dataOffset, fortranOrder: false };
  const axes = [...shape.keys()];
  if (length === 0 || isDense(element, shape, strides, axes.toReversed())) return layout;
  if (shape.length === 2 && isDense(element, shape, strides, axes)) {
    return { ...layout, fortranOrder: true };
  }
  return { ...layout, strides };
}

/** Whether the elements follow each other along the axes, the first of these being the innermost. */
function isDense(
  { bytes }: Sized,
  shape: readonly number[],
  strides: readonly number[],
  axes: readonly number[],
): boolean {
  let step = bytes;
  for (const axis of axes) {
    // Along an axis of one index nobody steps.
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis]!;
  }
  return true;
}

/** A shape as NumPy prints it. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}
