/** Arrays as npy files: how a program that trains in JavaScript leaves its predictions behind. */

import { UsageError } from '../types/errors.js';

/** Typed arrays that NumPy has a type for. */
export type NpyArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const TYPES: Readonly<Record<string, string>> = {
  Float32Array: 'f4',
  Float64Array: 'f8',
  Int8Array: 'i1',
  Uint8Array: 'u1',
  Uint8ClampedArray: 'u1',
  Int16Array: 'i2',
  Uint16Array: 'u2',
  Int32Array: 'i4',
  Uint32Array: 'u4',
  BigInt64Array: 'i8',
  BigUint64Array: 'u8',
};

const HOST_ORDER = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? '<' : '>';

/** Magic, version 1.0, length of the dict. */
const PREFIX = 10;
/** NumPy lets elements begin at multiples of this, so that files can be mapped into memory. */
const ALIGNMENT = 64;

/**
 * An npy file (version 1.0, C order) of an array, as NumPy's `np.load`
 * and {@link scoreFile} read it; a `Buffer` counts as `Uint8Array`.
 *
 * @param array elements, the last axis running fastest
 * @param shape lengths of the axes; default: one axis
 * @returns the bytes of the file
 * @throws UsageError `bad-array`, `bad-shape`; `length-mismatch` where the shape holds another
 *   number of elements
 * @see NumPy `np.save`, and its format specification `numpy.lib.format`
 * @example
 * ```ts
 * import { encodeNpy } from 'logitscope';
 * const logits = Float32Array.of(2, 1, 0.1, 0.3, 2.5, 1);
 * const file = encodeNpy(logits, [2, 3]);
 * file.length; // 152
 * new TextDecoder('latin1').decode(file.subarray(1, 6)); // 'NUMPY'
 * ```
 */
export function encodeNpy(
  array: NpyArray,
  shape: readonly number[] = [array.length],
): Uint8Array<ArrayBuffer> {
  const type = TYPES[typeName(array)];
  if (type === undefined) {
    throw new UsageError(
      'bad-array',
      `An npy file is made of a typed array, such as Float32Array; found ${nameOf(array)}.`,
    );
  }
  checkShape(shape, array.length);
  const order = array.BYTES_PER_ELEMENT === 1 ? '|' : HOST_ORDER;
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${order}${type}', 'fortran_order': False, 'shape': (${axes}), }`;
  const begin = Math.ceil((PREFIX + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(begin + array.byteLength);
  const text = `\x93NUMPY\x01\x00\x00\x00${dict}`.padEnd(begin - 1);
  for (let i = 0; i < text.length; i++) file[i] = text.charCodeAt(i);
  new DataView(file.buffer).setUint16(8, begin - PREFIX, true);
  file[begin - 1] = 0x0a;
  file.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), begin);
  return file;
}

/** Kind of a typed array, also where a class such as `Buffer` extends it; of anything else something else. */
function typeName(array: unknown): string {
  return Object.prototype.toString.call(array).slice('[object '.length, -1);
}

function nameOf(value: unknown): string {
  const name = value?.constructor?.name;
  if (typeof value !== 'object' || name === undefined) return String(value);
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** NumPy's own limit on dimensions, which keeps the dict within what version 1.0 can say, too. */
const MOST_AXES = 32;

function checkShape(shape: readonly number[], length: number): void {
  const isShape =
    Array.isArray(shape) &&
    shape.length <= MOST_AXES &&
    shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0);
  if (!isShape) {
    throw new UsageError(
      'bad-shape',
      `A shape is an array of at most ${MOST_AXES} whole numbers from 0; found ${JSON.stringify(shape)}.`,
    );
  }
  const elements = shape.reduce((product, axis) => product * axis, 1);
  if (elements !== length) {
    throw new UsageError(
      'length-mismatch',
      `The array has ${length} elements and a shape of (${shape.join(', ')}) holds ${elements}.`,
    );
  }
}
