/** Tensors of a pickle by their names, and how they lie in their storages. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import { DEFAULT_MEMORY_BUDGET } from './array-feed.js';
import type { ArrayPlace } from './array-fields.js';
import { type LaidArray, shapeText, stridedLayout } from './array-layout.js';
import { memorySource, truncated } from './bytes.js';
import { memberPlace } from './member-name.js';
import { singleNumber } from './npy.js';
import { type ElementType, parseTextType, type TextType } from './numpy-dtype.js';
import { PickleDict, PickleList, PickleTuple } from './pickle-values.js';
import { PickledArray, type Storage, Tensor } from './pytorch-pickle.js';

/** Finds the bytes of a storage. */
export interface StorageFinder {
  readonly littleEndian: boolean;
  /** @param place the tensor in messages @throws InputError where there is none */
  find(storage: Storage, place: string): Promise<ByteSource>;
}

/** What a pickle gave, and where its storages are. */
export interface TorchFile {
  readonly value: unknown;
  readonly finder: StorageFinder;
}

type Found = Tensor | PickledArray | ListedValues;

/** A list of Python's own numbers, or of words. */
class ListedValues {
  readonly values: readonly (number | boolean | string)[];

  constructor(values: readonly (number | boolean | string)[]) {
    this.values = values;
  }
}

/** A list that is a column of values; null for any other. */
function listedIn(item: unknown): ListedValues | null {
  if (!(item instanceof PickleList) || item.items.length === 0) return null;
  const { items } = item;
  const isText = typeof items[0] === 'string';
  const fits = (value: unknown): value is number | boolean | string =>
    isText ? typeof value === 'string' : typeof value === 'number' || typeof value === 'boolean';
  return items.every(fits) ? new ListedValues(items) : null;
}

/** Nested deeper than this, nothing is looked for. */
const DEEPEST = 16;

/** Tensors, and dicts and lists that are gone through; values in all of them. */
const MOST_VISITS = 100_000;
const MOST_VALUES = 10_000_000;

/**
 * The tensors in dicts, lists and tuples, named by their paths: `logits`, `val.logits`, `0`.
 * A tensor by itself has no name.
 * @throws InputError `pickle-data` where there are too many
 */
export function namedTensors(
  source: string,
  value: unknown,
): readonly (readonly [name: string | null, found: Found])[] {
  const tensors: [string | null, Found][] = [];
  let left = MOST_VISITS;
  let values = MOST_VALUES;
  const visit = (name: string | null, value: unknown, depth: number): void => {
    if (value instanceof PickleList) values -= value.items.length;
    const item = (values < 0 ? null : listedIn(value)) ?? value;
    const isFound =
      item instanceof Tensor || item instanceof PickledArray || item instanceof ListedValues;
    const isList = item instanceof PickleList || item instanceof PickleTuple;
    if (!isFound && !isList && !(item instanceof PickleDict)) return;
    if (--left < 0 || values < 0) {
      throw new InputError('pickle-data', {
        source,
        problem: 'the pickle holds more than can be gone through',
        found: `more than ${MOST_VISITS} tensors, dicts and lists, or values in them`,
        expected: 'a few tensors',
        advice: 'Save tensors alone: torch.save({"logits": logits, "labels": labels}, path).',
      });
    }
    if (isFound) tensors.push([name, item]);
    else if (depth < DEEPEST) {
      const entries = isList ? item.items.entries() : item.entries.entries();
      for (const [key, inner] of entries) {
        values--;
        if (typeof key !== 'string' && typeof key !== 'number') continue;
        visit(name === null ? String(key) : `${name}.${key}`, inner, depth + 1);
      }
    }
  };
  visit(null, value, 0);
  return tensors;
}

type Kind = Pick<ElementType, 'kind' | 'bytes' | 'brain'>;

const FLOATS: Readonly<Record<string, Kind>> = {
  float64: { kind: 'float', bytes: 8 },
  float32: { kind: 'float', bytes: 4 },
  float16: { kind: 'float', bytes: 2 },
  bfloat16: { kind: 'float', bytes: 2, brain: true },
  int64: { kind: 'signed', bytes: 8 },
  int32: { kind: 'signed', bytes: 4 },
  int16: { kind: 'signed', bytes: 2 },
  int8: { kind: 'signed', bytes: 1 },
  uint64: { kind: 'unsigned', bytes: 8 },
  uint32: { kind: 'unsigned', bytes: 4 },
  uint16: { kind: 'unsigned', bytes: 2 },
  uint8: { kind: 'unsigned', bytes: 1 },
  bool: { kind: 'bool', bytes: 1 },
};

/** Types of storages, and other words for types. */
const SAME: Readonly<Record<string, string>> = {
  ...{ DoubleStorage: 'float64', FloatStorage: 'float32', HalfStorage: 'float16' },
  ...{ BFloat16Storage: 'bfloat16', LongStorage: 'int64', IntStorage: 'int32' },
  ...{ ShortStorage: 'int16', CharStorage: 'int8', ByteStorage: 'uint8', BoolStorage: 'bool' },
  ...{ double: 'float64', float: 'float32', half: 'float16', long: 'int64', int: 'int32' },
  short: 'int16',
};

/** The type of elements by the words of PyTorch; null where it is not read. */
export function kindOf(word: string): (Kind & { readonly name: string }) | null {
  const name = Object.hasOwn(SAME, word) ? SAME[word]! : word;
  return Object.hasOwn(FLOATS, name) ? { name, ...FLOATS[name]! } : null;
}

/** A tensor of a file. @param name null where it is the only thing in the file */
export function tensorPlace(
  file: string,
  [name, found]: readonly [name: string | null, found: Found],
  finder: StorageFinder,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): ArrayPlace {
  const place = name === null ? file : memberPlace(file, name);
  return {
    name,
    async open() {
      if (found instanceof Tensor) return layTensor(place, found, finder, memoryBudget);
      return found instanceof PickledArray ? layPickled(place, found) : layListed(place, found);
    },
  };
}

async function layTensor(
  place: string,
  { storage, offset, shape, strides, dtype }: Tensor,
  finder: StorageFinder,
  memoryBudget: number,
): Promise<LaidArray<ElementType>> {
  if (shape.length === 0) throw singleNumber('tensor-shape', place);
  const word = dtype?.replace(/^torch\./, '') ?? storage.type;
  const kind = kindOf(word);
  if (kind === null) {
    throw new InputError('tensor-dtype', {
      source: place,
      problem: 'the element type is not one that is read',
      found: quote(word),
      expected: Object.keys(FLOATS).join(', '),
      advice: 'Convert it first: tensor.float().',
    });
  }
  const { name, ...type } = kind;
  const element: ElementType = { descr: name, ...type, littleEndian: finder.littleEndian };
  const { bytes: size } = element;
  const length = shape.reduce((product, axis) => product * axis, 1);
  const last = shape.reduce((sum, axis, i) => sum + (axis - 1) * strides[i]!, offset);
  if (!Number.isSafeInteger(length * 8) || (length > 0 && !Number.isSafeInteger(last * 8))) {
    throw new InputError('tensor-shape', {
      source: place,
      problem: 'the shape or the strides cannot be right',
      found: `shape ${shapeText(shape)}, strides ${shapeText(strides)}`,
      expected: 'less than 2^50 elements',
      advice: 'The file is damaged; save it again.',
    });
  }
  const bytes = await finder.find(storage, place);
  const end = length === 0 ? 0 : (last + 1) * size;
  if (end > bytes.size) throw truncated(place, bytes.size, 'the tensor', bytes.size, end);
  // Expanded: the same elements again and again.
  if (length * size > Math.max(bytes.size, memoryBudget)) {
    throw new InputError('memory-budget', {
      source: place,
      problem: 'the tensor repeats the elements of its storage more often than is sensible',
      found: `${length * size} bytes of ${bytes.size}`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice: 'Save it without the axis that was expanded.',
    });
  }
  const steps = strides.map((stride) => stride * size);
  return { bytes, layout: stridedLayout(element, shape, steps, offset * size) };
}

/** A list whose values stand in the pickle. */
function layListed(place: string, { values }: ListedValues): LaidArray<ElementType | TextType> {
  const length = values.length;
  const shared = { shape: [length], length, dataOffset: 0, fortranOrder: false };
  if (typeof values[0] === 'string') {
    return {
      bytes: memorySource(place, new Uint8Array(0)),
      layout: { ...shared, element: { kind: 'bytes', bytes: 1, littleEndian: true } },
      texts: (first, count) => values.slice(first, first + count) as string[],
    };
  }
  const numbers = Float64Array.from(values, Number);
  const isWhole = numbers.every(Number.isSafeInteger);
  const bytes = isWhole ? BigInt64Array.from(numbers, BigInt) : numbers;
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  const kind = isWhole ? 'signed' : 'float';
  return {
    bytes: memorySource(place, new Uint8Array(bytes.buffer)),
    layout: { ...shared, element: { descr: 'list', kind, bytes: 8, littleEndian } },
  };
}

/** A NumPy array whose elements stand in the pickle. */
function layPickled(place: string, array: PickledArray): LaidArray<ElementType | TextType> {
  const { descr, data, fortranOrder } = array;
  const shape = array.shape.filter(
    (axis): axis is number => typeof axis === 'number' && Number.isSafeInteger(axis) && axis >= 0,
  );
  const code = descr === null ? '|O' : `${descr.order}${descr.code}`;
  const element = parseTextType(place, code);
  if (shape.length === 0) throw singleNumber('tensor-shape', place);
  const length = shape.reduce((product, axis) => product * axis, 1);
  const size = data instanceof Uint8Array ? data.length : 0;
  if (shape.length !== array.shape.length || length * element.bytes !== size) {
    throw new InputError('tensor-shape', {
      source: place,
      problem: 'the array has not as many bytes as its shape and type say',
      found: `${size} bytes for ${quote(code)} of shape ${shapeText(shape)}`,
      expected: `${length * element.bytes}`,
      advice: 'The file is damaged; save it again.',
    });
  }
  const bytes = memorySource(place, data as Uint8Array);
  return { bytes, layout: { element, shape, length, dataOffset: 0, fortranOrder } };
}
