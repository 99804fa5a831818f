/** The layout of torch.save before PyTorch 1.6: five pickles, and the storages behind them. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { byteRange, readExactly, truncated } from './bytes.js';
import { readPickle } from './pickle.js';
import { PickleDict, PickleList } from './pickle-values.js';
import { type Storage, tensorRules } from './pytorch-pickle.js';
import { missingStorage, notTorch } from './pytorch-problems.js';
import { kindOf, type TorchFile } from './pytorch-tensors.js';

/** What the first pickle holds, a number of ten bytes: PROTO 2, LONG1. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

const LENGTH_BYTES = 8;

/** Where a storage lies. */
interface Place {
  readonly start: number;
  readonly length: number;
}

/**
 * @param longest bytes from the beginning that the pickles must lie in
 * @throws InputError `not-pt`, `pickle-global`, `pickle-opcode`, `pickle-data`, `truncated`
 */
export async function openLegacy(source: ByteSource, longest: number): Promise<TorchFile> {
  const { name, size } = source;
  const bytes = new Uint8Array(Math.min(size, longest));
  await readExactly(source, bytes, 0, 'the pickles');
  if (bytes.length < MAGIC.length || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw notTorch(
      name,
      'a Python pickle, which runs code when it is loaded and is never run here',
      'a file of torch.save',
    );
  }
  const storages = new Map<string, Storage>();
  const rules = tensorRules((storage) => storages.set(storage.key, storage));
  const next = (start: number) => readPickle({ source: name, bytes, start }, rules);
  const version = next(MAGIC.length);
  const system = next(version.end);
  const main = next(system.end);
  const keys = next(main.end);
  const places = await placesOf(source, keys, storages);
  const little = system.value instanceof PickleDict && system.value.entries.get('little_endian');
  return {
    value: main.value,
    finder: {
      littleEndian: little !== false,
      async find({ key, isView }, place) {
        const found = places.get(key);
        if (found === undefined || isView) throw missingStorage(place, key);
        return byteRange(source, place, found.start, found.length);
      },
    },
  };
}

/** Storages lie one behind the other, each behind its number of elements. */
async function placesOf(
  source: ByteSource,
  { value, end }: { readonly value: unknown; readonly end: number },
  storages: ReadonlyMap<string, Storage>,
): Promise<ReadonlyMap<string, Place>> {
  const { name, size } = source;
  const places = new Map<string, Place>();
  const lengthBytes = new Uint8Array(LENGTH_BYTES);
  const keys = value instanceof PickleList ? value.items : [];
  let at = end;
  for (const key of keys) {
    const storage = storages.get(key as string);
    if (storage === undefined || places.has(storage.key)) {
      throw new InputError('pickle-data', {
        source: name,
        problem: 'the list of storages does not go with the tensors',
        found: `the storage ${JSON.stringify(String(key).slice(0, 40))}`,
        expected: 'each storage of a tensor once',
        advice: 'The file is damaged; save it again.',
      });
    }
    await readExactly(source, lengthBytes, at, 'the length of a storage');
    const count = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
    const length = count * bytesOf(storage.type);
    const start = at + LENGTH_BYTES;
    if (start + length > size) throw truncated(name, size, 'a storage', size - start, length);
    places.set(storage.key, { start, length });
    at = start + length;
  }
  return places;
}

/** Bytes of an element, of types that are not read, too. */
function bytesOf(type: string): number {
  const others: Readonly<Record<string, number>> = {
    ComplexFloatStorage: 8,
    ComplexDoubleStorage: 16,
  };
  return kindOf(type)?.bytes ?? others[type] ?? 1;
}
