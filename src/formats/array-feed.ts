/** The elements of an array in C order, however they lie. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { isTransposed, type LaidArray, type Sized, shapeText } from './array-layout.js';
import { stridedFeed } from './array-strides.js';
import { isByteSource, pullUpTo, truncated } from './bytes.js';
import { collect, columnsInMemory, columnTiles, type RowFeed } from './npy-columns.js';

export const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

/**
 * @param memoryBudget most bytes of an array that are held in memory at once
 * @throws InputError `npy-shape`, `memory-budget`, `truncated`
 */
export async function openFeed(
  { bytes: input, layout, feed }: LaidArray<Sized>,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<RowFeed> {
  if (feed !== undefined) return feed();
  const { element, shape, length, dataOffset, strides } = layout;
  if (length > 0 && strides !== undefined) {
    return stridedFeed(input as ByteSource, layout, memoryBudget);
  }
  if (!isTransposed(layout) || length === 0) {
    let done = 0;
    const seekable = isByteSource(input);
    return {
      async fill(into) {
        const got = seekable
          ? await readUpTo(input, into, dataOffset + done)
          : await pullUpTo(input, into);
        done += got;
        if (got === into.length) return;
        throw truncated(input.name, dataOffset + done, 'the array', done, length * element.bytes);
      },
      ...(seekable && {
        select(from: number) {
          done = from;
        },
      }),
    };
  }
  if (shape.length > 2) {
    throw new InputError('npy-shape', {
      source: input.name,
      problem: 'an array of more than two axes in Fortran order cannot be read row by row',
      found: `shape ${shapeText(shape)}`,
      expected: 'C order, or two axes',
      advice: 'Save it as np.ascontiguousarray(array).',
    });
  }
  const matrix = { rows: shape[0]!, columns: shape[1]!, elementBytes: element.bytes };
  if (isByteSource(input)) return columnTiles(input, dataOffset, matrix, memoryBudget);
  const bytes = length * element.bytes;
  if (bytes > memoryBudget) {
    throw new InputError('memory-budget', {
      source: input.name,
      problem: 'an array in Fortran order that is compressed or piped must be held in memory whole',
      found: `${bytes} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice:
        'Save it in C order, np.ascontiguousarray(array), or as an uncompressed file: np.save or np.savez.',
    });
  }
  return columnsInMemory(await collect(input, dataOffset, bytes), matrix);
}

/** Fills `into` as far as the source goes. */
async function readUpTo(source: ByteSource, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const reading = source.read(done === 0 ? into : into.subarray(done), position + done);
    const got = typeof reading === 'number' ? reading : await reading;
    if (got === 0) break;
    done += got;
  }
  return done;
}
