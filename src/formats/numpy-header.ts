/** The head of an npy file: magic, version, and a Python dict that names type, order and shape. */

import type { ByteStream } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { ArrayLayout, Sized } from './array-layout.js';
import { pullExactly, pullUpTo } from './bytes.js';
import { type Literal, LiteralError, parseLiteral } from './numpy-literal.js';

/** NumPy itself writes a few hundred bytes; version 1 can say no more than this. */
const LONGEST_HEADER = 65_535;

/** NumPy's own limit on dimensions is 64. */
const MOST_DIMENSIONS = 64;

/** What else a file may be, by its first bytes. */
const OTHERS: readonly (readonly [prefix: readonly number[], what: string, advice: string])[] = [
  [[0x50, 0x4b], 'a zip archive, as np.savez writes', 'Name it .npz.'],
  [[0x1f, 0x8b], 'gzip-compressed data', 'Decompress it first.'],
  [
    [0x80],
    'a Python pickle, which runs code when it is loaded and is never read here',
    'Save an array: np.save.',
  ],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file', 'Name it .h5.'],
];

/**
 * Reads the header and leaves the stream at the first element.
 * @param parseType makes an element type of the header's `descr`, or refuses it
 * @throws InputError `empty-input`, `not-npy`, `npy-version`, `npy-header`,
 *   `npy-shape`, `truncated`, and those of `parseType`
 */
export async function readNpyHeader<Element extends Sized>(
  stream: ByteStream,
  parseType: (source: string, descr: Literal) => Element,
): Promise<ArrayLayout<Element>> {
  const source = stream.name;
  const magic = new Uint8Array(8);
  const got = await pullUpTo(stream, magic);
  if (got === 0) {
    throw new InputError('empty-input', {
      source,
      problem: 'the input is empty',
      expected: 'an npy array',
      advice: 'Check the program that should have written it.',
    });
  }
  checkMagic(source, magic.subarray(0, got));
  const major = magic[6]!;
  if (major < 1 || major > 3) {
    throw new InputError('npy-version', {
      source,
      offset: 6,
      problem: 'the npy format version is unknown',
      found: `${major}.${magic[7]}`,
      expected: '1.0, 2.0 or 3.0',
      advice: 'Save the array again with a current NumPy.',
    });
  }
  const lengthBytes = new Uint8Array(major === 1 ? 2 : 4);
  await pullExactly(stream, lengthBytes, 8, 'the header');
  const headerLength = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  const headerOffset = 8 + lengthBytes.length;
  if (headerLength > LONGEST_HEADER) {
    throw headerProblem(source, 8, `a header of ${headerLength} bytes`, 'at most 65535 bytes');
  }
  const header = new Uint8Array(headerLength);
  await pullExactly(stream, header, headerOffset, 'the header');
  const text = decodeHeader(source, headerOffset, header, major);
  return {
    ...interpret(source, headerOffset, text, parseType),
    dataOffset: headerOffset + headerLength,
  };
}

function checkMagic(source: string, head: Uint8Array): void {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (head.length === 8 && magic.every((byte, index) => head[index] === byte)) return;
  const other = OTHERS.find(([prefix]) => prefix.every((byte, index) => head[index] === byte));
  throw new InputError('not-npy', {
    source,
    offset: 0,
    problem: 'this is no npy file',
    found: other?.[1] ?? quote(String.fromCharCode(...head)),
    expected: 'the bytes "\\x93NUMPY"',
    advice: other?.[2] ?? 'Save the array with np.save, or name the format that it is in.',
  });
}

/** Versions 1 and 2 are Latin-1, version 3 is UTF-8. */
function decodeHeader(source: string, offset: number, bytes: Uint8Array, major: number): string {
  if (major < 3) return bytes.reduce((text, byte) => text + String.fromCharCode(byte), '');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw headerProblem(source, offset, 'bytes that are no UTF-8', 'a header in UTF-8');
  }
}

function interpret<Element extends Sized>(
  source: string,
  offset: number,
  text: string,
  parseType: (source: string, descr: Literal) => Element,
): Omit<ArrayLayout<Element>, 'dataOffset'> {
  let fields: Literal;
  try {
    fields = parseLiteral(text);
  } catch (error) {
    if (!(error instanceof LiteralError)) throw error;
    const rest = text.slice(error.at, error.at + 20);
    throw headerProblem(
      source,
      offset + error.at,
      rest === '' ? 'its end' : quote(rest),
      error.message.replace('expected ', ''),
    );
  }
  const names = ['descr', 'fortran_order', 'shape'];
  if (
    !(fields instanceof Map) ||
    fields.size !== names.length ||
    !names.every((name) => fields.has(name))
  ) {
    const found = fields instanceof Map ? `keys ${[...fields.keys()].map(quote).join(', ')}` : text;
    throw headerProblem(
      source,
      offset,
      fields instanceof Map ? found.slice(0, 200) : quote(found),
      'a dict with the keys descr, fortran_order and shape',
    );
  }
  const element = parseType(source, fields.get('descr')!);
  const fortranOrder = fields.get('fortran_order');
  if (typeof fortranOrder !== 'boolean') {
    throw headerProblem(source, offset, 'fortran_order that is neither', 'True or False');
  }
  const { shape, length } = interpretShape(source, fields.get('shape'), element.bytes);
  return { element, fortranOrder, shape, length };
}

/** The shape and its product, with every dimension and the size in bytes a safe integer. */
function interpretShape(
  source: string,
  literal: Literal | undefined,
  elementBytes: number,
): { readonly shape: readonly number[]; readonly length: number } {
  const problem = (found: string, expected: string): InputError =>
    new InputError('npy-shape', {
      source,
      problem: 'the shape in the header cannot be right',
      found,
      expected,
      advice: 'The file is damaged or was not written by NumPy; save the array again.',
    });
  if (
    literal === null ||
    typeof literal !== 'object' ||
    !('kind' in literal) ||
    literal.kind !== 'tuple'
  ) {
    throw problem('a shape that is no tuple', 'a tuple of integers');
  }
  if (literal.items.length > MOST_DIMENSIONS) {
    throw problem(`${literal.items.length} dimensions`, `at most ${MOST_DIMENSIONS}`);
  }
  const shape = literal.items.map((item) => {
    if (typeof item !== 'bigint' || item < 0n || item > BigInt(Number.MAX_SAFE_INTEGER)) {
      const found = typeof item === 'bigint' ? `${item}` : 'something that is no integer';
      throw problem(`a dimension of ${found}`, 'integers from 0 to 2^53 - 1');
    }
    return item;
  });
  const length = shape.reduce((product, size) => product * size, 1n);
  if (length * BigInt(elementBytes) > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw problem(`(${shape.join(', ')}), which overflows`, 'fewer than 2^53 bytes in all');
  }
  return { shape: shape.map(Number), length: Number(length) };
}

function headerProblem(
  source: string,
  offset: number,
  found: string,
  expected: string,
): InputError {
  return new InputError('npy-header', {
    source,
    offset,
    problem: 'the npy header cannot be understood',
    found,
    expected,
    advice: 'The file is damaged or was not written by NumPy; save the array again.',
  });
}
