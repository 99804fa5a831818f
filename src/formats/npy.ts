/** NumPy's npy files: arrays behind a head of text. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { LaidArray, Sized } from './array-layout.js';
import { type NumberArray, openNumbers } from './array-numbers.js';
import { isByteSource, pullUpTo, streamOf, truncated } from './bytes.js';
import { parseElementType } from './numpy-dtype.js';
import { readNpyHeader } from './numpy-header.js';
import type { Literal } from './numpy-literal.js';

export interface NpyOptions {
  /**
   * Most bytes of an array that may be held in memory at once; needed only
   * for Fortran order in what cannot seek. Default 1 GiB.
   */
  readonly memoryBudget?: number;
  /** Whether two raw bytes (`V2`, as ml_dtypes writes) or their bits (`u2`) are bfloat16. */
  readonly bfloat16?: boolean;
}

/** Zero bytes up to this length may follow the elements: padding to a page or block. */
export const LONGEST_PADDING = 4096;

/**
 * Opens an npy file of version 1 to 3 for reading.
 *
 * One axis or more; two and more are rows of the last axis. What follows the
 * elements is refused, though NumPy ignores it: two arrays saved into one
 * file would otherwise pass as the first. Up to 4096 bytes of zero padding
 * are let through. An input that is too short is refused here, before any
 * row is read, wherever its size is known.
 *
 * @param input is closed with the array; when this function throws, it stays the caller's to close.
 * @throws InputError `empty-input`, `not-npy`, `npy-version`, `npy-header`,
 *   `npy-shape`, `npy-object-array`, `npy-structured`, `npy-strings`,
 *   `npy-complex`, `npy-dtype`, `truncated`, `trailing-bytes`, `memory-budget`.
 */
export async function openNpy(
  input: ByteSource | ByteStream,
  options: NpyOptions = {},
): Promise<NumberArray> {
  const laid = await layNpy(input, (source, descr) =>
    parseElementType(source, descr, options.bfloat16),
  );
  if (laid.layout.shape.length === 0) throw singleNumber('npy-shape', input.name);
  return openNumbers(laid, options.memoryBudget);
}

/** Reads the head of an npy file. @throws InputError as `readNpyHeader` */
export async function layNpy<Element extends Sized>(
  input: ByteSource | ByteStream,
  parseType: (source: string, descr: Literal) => Element,
): Promise<LaidArray<Element>> {
  const stream = isByteSource(input) ? streamOf(input) : input;
  const layout = await readNpyHeader(stream, parseType);
  return { bytes: input, layout, ...npyChecks(input, layout) };
}

/** What has to hold of the bytes of an npy file behind its head. */
export function npyChecks(
  input: ByteSource | ByteStream,
  layout: { readonly dataOffset: number; readonly length: number; readonly element: Sized },
): Pick<LaidArray<Sized>, 'checkLength' | 'checkEnd'> {
  const { dataOffset, length, element } = layout;
  const dataBytes = length * element.bytes;
  const end = dataOffset + dataBytes;
  const checkEnd = async (): Promise<void> => {
    // A source that seeks was read tile by tile, a stream to the last element.
    const rest = new Uint8Array(LONGEST_PADDING + 1);
    let count = 0;
    if (isByteSource(input)) {
      for (let got = -1; got !== 0 && count < rest.length; count += got) {
        got = await input.read(rest.subarray(count), end + count);
      }
    } else {
      count = await pullUpTo(input, rest);
    }
    if (count === rest.length || rest.subarray(0, count).some((byte) => byte !== 0)) {
      throw trailing(input.name, end);
    }
  };
  return {
    async checkLength() {
      if (input.size !== null) {
        const left = input.size - dataOffset;
        if (left < dataBytes) throw truncated(input.name, input.size, 'the array', left, dataBytes);
        if (left > dataBytes + LONGEST_PADDING) throw trailing(input.name, end);
      }
      if (isByteSource(input)) await checkEnd();
    },
    ...(!isByteSource(input) && { checkEnd }),
  };
}

/** The error for an array without axes. */
export function singleNumber(code: string, source: string): InputError {
  return new InputError(code, {
    source,
    problem: 'the array is a single number',
    found: 'shape ()',
    expected: 'one axis or more',
    advice: 'Save the whole array.',
  });
}

export function trailing(source: string, offset: number): InputError {
  return new InputError('trailing-bytes', {
    source,
    offset,
    problem: 'more bytes follow the last element',
    expected: 'the end of the file there',
    advice:
      'Was np.save called twice on one open file? Save one array per file: np.save("clean.npy", np.load(path)).',
  });
}
