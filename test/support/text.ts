/** Streams of bytes for tests of text sources. */

import type { ByteStream, DumpReader } from '../../src/types/dump.js';
import type { RowBuffers } from '../../src/types/scores.js';

/**
 * A stream over text or bytes that gives pieces of chosen sizes.
 * @param sizes bytes per pull, used over and over; all at once when left out.
 */
export function textStream(
  content: string | Uint8Array,
  name = 'dump.csv',
  sizes: readonly number[] = [],
): ByteStream & { closed: boolean } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  let at = 0;
  let turn = 0;
  return {
    name,
    size: bytes.length,
    closed: false,
    pull(into) {
      const size = sizes.length === 0 ? bytes.length : sizes[turn++ % sizes.length]!;
      const count = Math.min(into.length, Math.max(1, size), bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      // Every other piece comes late, as from a file.
      return turn % 2 === 0 ? count : Promise.resolve(count);
    },
    close() {
      this.closed = true;
    },
  };
}

/** Everything that a dump holds, read in batches of `capacity` rows. */
export async function readDump(reader: DumpReader, capacity = 7) {
  const { info } = reader;
  const into: RowBuffers = {
    capacity,
    scores: new Float64Array(capacity * info.classes),
    targets: new Int32Array(capacity),
    weights: new Float64Array(capacity),
  };
  const read = {
    info,
    rows: 0,
    scores: [] as number[],
    targets: [] as number[],
    weights: [] as number[],
  };
  for (;;) {
    const count = await reader.read(into);
    if (count === 0) break;
    read.rows += count;
    for (let i = 0; i < count * info.classes; i++) read.scores.push(into.scores[i]!);
    for (let i = 0; i < count; i++) {
      if (info.hasTargets) read.targets.push(into.targets[i]!);
      if (info.hasWeights) read.weights.push(into.weights[i]!);
    }
  }
  const { done } = reader.progress();
  await reader.close();
  return { ...read, done };
}
