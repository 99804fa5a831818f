/** Arrays of records in npy files: a place for each of their fields. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { DEFAULT_MEMORY_BUDGET } from './array-feed.js';
import type { ArrayPlace } from './array-fields.js';
import type { LaidArray, Sized } from './array-layout.js';
import { isByteSource } from './bytes.js';
import { layNpy, npyChecks, singleNumber } from './npy.js';
import { collect } from './npy-columns.js';
import { fieldLayout, parseRecord, type RecordType } from './numpy-records.js';

/** The type of what is no record, which is not asked here. */
const OTHER: Sized & { readonly fields: null } = { bytes: 1, fields: null };

/**
 * The fields of an array of records; null where it is none, or its head is refused.
 * What cannot seek is held in memory, for its fields lie side by side.
 * @param nameOf the name of a field in the file
 */
export async function recordPlaces(
  open: () => Promise<ByteSource | ByteStream>,
  nameOf: (field: string) => string,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): Promise<ArrayPlace[] | null> {
  const laid = await layRecords(open);
  if (laid === null) return null;
  const { layout, bytes } = laid;
  await bytes.close();
  let whole: Promise<ByteSource> | null = null;
  const source = async (): Promise<ByteSource> => {
    const again = await open();
    if (isByteSource(again)) return again;
    await again.close();
    const load = () => {
      whole ??= inMemory(open, memoryBudget);
      return whole;
    };
    return lazySource(again.name, layout.dataOffset + layout.length * layout.element.bytes, load);
  };
  return layout.element.fields.map((field) => ({
    name: nameOf(field.name),
    async open() {
      const from = await source();
      if (layout.shape.length + field.shape.length === 0)
        throw singleNumber('npy-shape', from.name);
      return {
        bytes: from,
        layout: fieldLayout(layout, field),
        checkLength: npyChecks(from, layout).checkLength,
      };
    },
  }));
}

async function layRecords(
  open: () => Promise<ByteSource | ByteStream>,
): Promise<LaidArray<RecordType> | null> {
  try {
    const laid = await layNpy(
      await open(),
      (source, descr): RecordType | typeof OTHER => parseRecord(source, descr) ?? OTHER,
    );
    return laid.layout.element.fields === null ? null : (laid as LaidArray<RecordType>);
  } catch (error) {
    // It is told where the array is read as one.
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** The file up to its last record. @throws InputError `memory-budget`, `truncated`, `trailing-bytes` */
async function inMemory(
  open: () => Promise<ByteSource | ByteStream>,
  memoryBudget: number,
): Promise<ByteSource> {
  const laid = (await layRecords(open)) as LaidArray<RecordType>;
  const { layout, bytes: stream } = laid;
  const length = layout.length * layout.element.bytes;
  if (length > memoryBudget) {
    throw new InputError('memory-budget', {
      source: stream.name,
      problem: 'records that are compressed or piped must be held in memory whole',
      found: `${length} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice: 'Save them as an uncompressed file: np.save or np.savez.',
    });
  }
  const bytes = await collect(stream as ByteStream, layout.dataOffset, length);
  await laid.checkEnd?.();
  await stream.close();
  return {
    name: stream.name,
    size: layout.dataOffset + length,
    read(into, position) {
      const from = position - layout.dataOffset;
      const part = bytes.subarray(from, from + into.length);
      into.set(part);
      return part.length;
    },
    close() {},
  };
}

/** A source that is there when it is read. */
function lazySource(name: string, size: number, load: () => Promise<ByteSource>): ByteSource {
  return {
    name,
    size,
    async read(into, position) {
      const source = await load();
      return source.read(into, position);
    },
    close() {},
  };
}
