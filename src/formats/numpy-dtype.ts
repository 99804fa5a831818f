/** NumPy element types: which ones are read, and what to do about the others. */

import { InputError, quote } from '../types/errors.js';
import type { Literal } from './numpy-literal.js';

/** How one element lies in the file. */
export interface ElementType {
  /** In the file's own words: `<f4`. */
  readonly descr: string;
  readonly kind: 'float' | 'signed' | 'unsigned' | 'bool';
  readonly bytes: 1 | 2 | 4 | 8;
  readonly littleEndian: boolean;
  /** Whether two-byte floats are bfloat16, the upper half of a float32, and not IEEE half precision. */
  readonly brain?: boolean;
}

const KINDS = { f: 'float', i: 'signed', u: 'unsigned', b: 'bool' } as const;

/** What each kind of NumPy type that is not read is called, and the way out. */
const REFUSED: Readonly<Record<string, readonly [code: string, what: string, advice: string]>> = {
  O: [
    'npy-object-array',
    'the array holds Python objects, which are stored as a pickle; a pickle runs code when it is loaded and is never read here',
    'Save numbers: np.save(path, np.asarray(rows, dtype=np.float32)).',
  ],
  U: ['npy-strings', 'the array holds strings', ''],
  S: ['npy-strings', 'the array holds byte strings', ''],
  a: ['npy-strings', 'the array holds byte strings', ''],
  T: ['npy-strings', 'the array holds strings', ''],
  c: [
    'npy-complex',
    'the array holds complex numbers',
    'Save the real part or the modulus: array.real, np.abs(array).',
  ],
  M: ['npy-dtype', 'the array holds dates', 'Save numbers.'],
  m: ['npy-dtype', 'the array holds time spans', 'Save numbers.'],
  V: [
    'npy-structured',
    'the array holds raw or structured bytes',
    'Save one field as an array of numbers; of bfloat16 logits, which are saved this way too, say so with --bfloat16.',
  ],
};

const STRING_ADVICE =
  'Save class indices: np.unique(labels, return_inverse=True)[1], in the order of the score columns; or put string labels in a CSV or JSONL file.';

/** How NumPy writes bfloat16, which it does not know: two raw bytes, or their bits as an integer. */
const BRAIN_DESCR = /^[<|]?(?:V2|u2)$/;

/**
 * @param descr the header's `descr`: a string, or a list for a structured type.
 * @param bfloat16 whether two raw bytes, or unsigned integers of two bytes, are bfloat16.
 * @throws InputError `npy-object-array`, `npy-structured`, `npy-strings`, `npy-complex`, `npy-dtype`.
 */
export function parseElementType(source: string, descr: Literal, bfloat16 = false): ElementType {
  if (bfloat16 && typeof descr === 'string' && BRAIN_DESCR.test(descr)) {
    return {
      descr: `${descr} as bfloat16`,
      kind: 'float',
      bytes: 2,
      littleEndian: true,
      brain: true,
    };
  }
  if (typeof descr !== 'string') {
    throw refusal(source, holdsObjects(descr) ? 'O' : 'V', 'a structured type');
  }
  const match = /^([<>|=]?)([a-zA-Z?])(\d{0,6})(\[[^\]]*\])?$/.exec(descr);
  if (match === null) throw unsupported(source, descr);
  const [, order = '', letter = '', digits = '', unit] = match;
  if (letter in REFUSED) throw refusal(source, letter, quote(descr));
  const kind = letter === '?' ? 'bool' : KINDS[letter as keyof typeof KINDS];
  const bytes = letter === '?' && digits === '' ? 1 : Number(digits);
  const known =
    kind === 'bool'
      ? bytes === 1
      : kind === 'float'
        ? bytes === 2 || bytes === 4 || bytes === 8
        : bytes === 1 || bytes === 2 || bytes === 4 || bytes === 8;
  // "=" is the byte order of the machine that wrote the file, which is not known here.
  const ordered = bytes === 1 || order === '<' || order === '>';
  if (kind === undefined || !known || !ordered || unit !== undefined) {
    throw unsupported(source, descr);
  }
  return { descr, kind, bytes: bytes as ElementType['bytes'], littleEndian: order !== '>' };
}

/** Text of a fixed number of bytes: code points of four bytes, or bytes. */
export interface TextType {
  readonly kind: 'code points' | 'bytes';
  readonly bytes: number;
  readonly littleEndian: boolean;
}

/** Strings of fixed width, or whatever {@link parseElementType} takes. */
export function parseTextType(source: string, descr: Literal): TextType | ElementType {
  const match = typeof descr === 'string' ? /^([<>|])([US])(\d{1,6})$/.exec(descr) : null;
  if (match === null) return parseElementType(source, descr);
  const [, order, letter, digits] = match;
  const isCodePoints = letter === 'U';
  return {
    kind: isCodePoints ? 'code points' : 'bytes',
    bytes: Number(digits) * (isCodePoints ? 4 : 1),
    littleEndian: order !== '>',
  };
}

/** Whether Python objects are in it, which would have to be unpickled. */
export function holdsObjects(descr: Literal): boolean {
  if (typeof descr === 'string') return /^[<>|=]?O/.test(descr);
  if (descr === null || typeof descr !== 'object') return false;
  const items = 'items' in descr ? descr.items : [...descr.values()];
  return items.some(holdsObjects);
}

function refusal(source: string, letter: string, found: string): InputError {
  const [code, what, advice] = REFUSED[letter]!;
  return new InputError(code, {
    source,
    problem: what,
    found: `dtype ${found}`,
    expected: 'floats, integers or booleans',
    advice: advice === '' ? STRING_ADVICE : advice,
  });
}

function unsupported(source: string, descr: string): InputError {
  return new InputError('npy-dtype', {
    source,
    problem: 'the element type is not one that is read',
    found: `dtype ${quote(descr)}`,
    expected: 'f2, f4, f8, i1 to i8, u1 to u8 with "<" or ">", or b1',
    advice: 'Convert it first: array.astype(np.float64).',
  });
}
