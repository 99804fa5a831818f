/** Elements with others between them: fields of records, slices and views of larger arrays. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { ArrayLayout, Sized } from './array-layout.js';
import { readExactly } from './bytes.js';
import type { RowFeed } from './npy-columns.js';

/** Read at once where what is wanted lies close together. */
const WINDOW_BYTES = 1024 * 1024;

/** Pieces further apart than this are read one by one. */
const FARTHEST = 64 * 1024;

/** Pieces shorter than this are copied faster byte by byte. */
const SHORT = 32;

/** Pieces of one length, one distance apart. */
interface Pieces {
  readonly bytes: number;
  readonly step: number;
  readonly count: number;
}

/** The array as pieces one distance apart, or null where no one distance tells where they lie. */
function piecesOf({ element, shape, strides = [] }: ArrayLayout<Sized>): Pieces | null {
  let axis = shape.length;
  let bytes = element.bytes;
  while (axis > 0 && (shape[axis - 1] === 1 || strides[axis - 1] === bytes)) {
    bytes *= shape[--axis]!;
  }
  if (axis === 0) return { bytes, step: bytes, count: 1 };
  const step = strides[axis - 1]!;
  let count = 1;
  for (; axis > 0; axis--) {
    const size = shape[axis - 1]!;
    if (size !== 1 && strides[axis - 1] !== step * count) return null;
    count *= size;
  }
  return step < bytes ? null : { bytes, step, count };
}

/**
 * The elements in C order. Pieces one distance apart are streamed; anything else is held in memory,
 * from its first byte to its last.
 * @throws InputError `memory-budget`; while read `truncated`
 */
export function stridedFeed(
  source: ByteSource,
  layout: ArrayLayout<Sized>,
  memoryBudget: number,
): RowFeed {
  const pieces = piecesOf(layout);
  if (pieces !== null) return pieceFeed(source, layout.dataOffset, pieces);
  const { shape, strides = [], element } = layout;
  const span = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, element.bytes);
  if (span > memoryBudget) {
    throw new InputError('memory-budget', {
      source: source.name,
      problem: 'an array whose rows do not follow each other must be held in memory whole',
      found: `${span} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice: 'Save it row by row: tensor.contiguous(), np.ascontiguousarray(array).',
    });
  }
  return gathered(source, layout, span);
}

function pieceFeed(source: ByteSource, dataOffset: number, pieces: Pieces): RowFeed {
  const { bytes, step, count } = pieces;
  /** In C order. */
  let position = 0;
  const isFar = step > FARTHEST;
  const perWindow = Math.max(1, Math.min(count, Math.floor(WINDOW_BYTES / step)));
  const window = new Uint8Array(isFar ? 0 : (perWindow - 1) * step + bytes);
  let first = 0;
  let end = 0;
  const load = async (piece: number): Promise<void> => {
    first = piece;
    end = Math.min(count, piece + perWindow);
    const part = window.subarray(0, (end - first - 1) * step + bytes);
    await readExactly(source, part, dataOffset + piece * step, 'the array');
  };
  return {
    async fill(into) {
      for (let at = 0; at < into.length; ) {
        const piece = Math.floor(position / bytes);
        const within = position - piece * bytes;
        const length = Math.min(bytes - within, into.length - at);
        if (isFar) {
          const part = into.subarray(at, at + length);
          await readExactly(source, part, dataOffset + piece * step + within, 'the array');
        } else {
          if (piece < first || piece >= end) await load(piece);
          const from = (piece - first) * step + within;
          if (length > SHORT) into.set(window.subarray(from, from + length), at);
          else for (let i = 0; i < length; i++) into[at + i] = window[from + i]!;
        }
        at += length;
        position += length;
      }
    },
    select(from) {
      position = from;
    },
  };
}

function gathered(
  source: ByteSource,
  { element, shape, strides = [], dataOffset }: ArrayLayout<Sized>,
  span: number,
): RowFeed {
  const { bytes } = element;
  let held: Uint8Array | null = null;
  const index = shape.map(() => 0);
  let at = 0;
  const next = (): void => {
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) return;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  };
  return {
    async fill(into) {
      if (held === null) {
        held = new Uint8Array(span);
        await readExactly(source, held, dataOffset, 'the array');
      }
      for (let to = 0; to < into.length; to += bytes) {
        for (let i = 0; i < bytes; i++) into[to + i] = held[at + i]!;
        next();
      }
    },
  };
}
