/** HDF5 files: datasets by their paths. */

import { InputError } from '../types/errors.js';
import type { Fields, FormatOptions } from '../types/fields.js';
import { DEFAULT_MEMORY_BUDGET } from './array-feed.js';
import { type ArrayPlace, openArrays } from './array-fields.js';
import { type LaidArray, shapeText } from './array-layout.js';
import { isByteSource, memorySource } from './bytes.js';
import { type DatasetType, Hdf5File } from './hdf5-library.js';
import type { Input } from './input.js';
import { memberPlace } from './member-name.js';
import { singleNumber } from './npy.js';
import type { RowFeed } from './npy-columns.js';
import type { ElementType, TextType } from './numpy-dtype.js';

/** Groups in groups, and names in all, that are looked at. */
const DEEPEST = 16;
const MOST_NAMES = 10_000;

/** Rows are read in pieces of about this size. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** The best that deflate can do; and what a small file may claim. */
const MOST_PACKED = 1032;
const ALWAYS_ALLOWED = 16 * 1024 * 1024;

const CLASSES = 'integer,float,time,string,bit field,opaque,compound,reference,enumeration'.split(
  ',',
);

/** Files by their inputs: opened once, however often their fields are. */
const opened = new WeakMap<Input, Promise<Hdf5File>>();

/**
 * Opens an HDF5 file by the library of the HDF Group, if the optional package h5wasm is there.
 * @throws InputError `tensors-from-stream`, `empty-input`, `hdf5-library`, `hdf5-data`, `truncated`,
 *   `no-tensors`, `memory-budget`; of datasets `tensor-shape`, `tensor-dtype`, `hdf5-size`, `memory-budget`
 */
export async function openHdf5(input: Input, options: FormatOptions): Promise<Fields> {
  const { name } = input;
  const { memoryBudget = DEFAULT_MEMORY_BUDGET, bfloat16 = false } = options;
  const source = input.open();
  if (!isByteSource(source)) {
    throw new InputError('tensors-from-stream', {
      source: name,
      problem: 'datasets lie anywhere in an HDF5 file, which cannot be read from a pipe',
      advice: 'Write it to a file (unpacked) and name that, or pipe npy, CSV or JSON Lines.',
    });
  }
  if (source.size === 0) {
    throw new InputError('empty-input', {
      source: name,
      problem: 'the input is empty',
      expected: 'an HDF5 file',
      advice: 'Check the program that should have written it.',
    });
  }
  if (!opened.has(input)) opened.set(input, Hdf5File.open(source, memoryBudget));
  const file = await opened.get(input)!;
  const paths = datasetsOf(file);
  if (paths.length === 0) {
    throw new InputError('no-tensors', {
      source: name,
      problem: 'the file holds no dataset',
      expected: 'datasets, in groups or not',
      advice: 'Save it with file["logits"] = logits.',
    });
  }
  const limit = Math.max(ALWAYS_ALLOWED, source.size * MOST_PACKED);
  const limits = { memoryBudget, bfloat16, limit };
  const places = paths.map((path) => placeOf(name, file, path, limits));
  return openArrays({ name, format: 'hdf5', unit: 'dataset', named: true }, places, options);
}

/** Paths of datasets, the first `/` left out. Groups that hold each other end at a depth. */
function datasetsOf(file: Hdf5File): string[] {
  const paths: string[] = [];
  const groups: [path: string, depth: number][] = [['/', 0]];
  let left = MOST_NAMES;
  for (const [group, depth] of groups) {
    for (const [name, is] of file.list(group)) {
      if (--left < 0) return paths;
      const path = `${group === '/' ? '' : group}/${name}`;
      // MATLAB keeps what cells refer to in groups such as #refs#.
      if (is === 'group' && depth < DEEPEST && !name.startsWith('#'))
        groups.push([path, depth + 1]);
      if (is === 'dataset') paths.push(path.slice(1));
    }
  }
  return paths;
}

interface Limits {
  readonly memoryBudget: number;
  /** Whether floats of two bytes are bfloat16. */
  readonly bfloat16: boolean;
  /** Most bytes that the file can hold, packed as well as can be. */
  readonly limit: number;
}

function placeOf(source: string, file: Hdf5File, name: string, limits: Limits): ArrayPlace {
  const place = memberPlace(source, name);
  const path = `/${name}`;
  return {
    name,
    async open(): Promise<LaidArray<ElementType | TextType>> {
      const type = file.typeOf(path);
      const { shape } = type;
      const element = elementOf(place, type, limits.bfloat16);
      if (shape === null || shape.length === 0) throw singleNumber('tensor-shape', place);
      const length = shape.reduce((product, size) => product * size, 1);
      const bytes = memorySource(place, new Uint8Array(0));
      const layout = { element, shape, length, dataOffset: 0, fortranOrder: false };
      checkSize(place, type, length, limits);
      return { bytes, layout, feed: () => rowsOf(file, path, type, limits.memoryBudget) };
    },
  };
}

/** @throws InputError `tensor-dtype` */
function elementOf(place: string, type: DatasetType, bfloat16: boolean): ElementType | TextType {
  const { size, signed, vlen } = type;
  // The library turns bytes around.
  const littleEndian = true;
  const isSized = size === 1 || size === 2 || size === 4 || size === 8;
  if (type.type === 3 && vlen) {
    // In a damaged file the library may look for their bytes for ever.
    throw new InputError('tensor-dtype', {
      source: place,
      problem: 'strings of any length are not read',
      expected: 'strings of a fixed length',
      advice: 'Save them as bytes: file["words"] = np.char.encode(words, "utf-8").',
    });
  }
  if (type.type === 3) return { kind: 'bytes', bytes: size, littleEndian: true };
  if (isSized && !vlen && (type.type === 0 || type.type === 8)) {
    const names = Object.keys(type.enum_type?.members ?? {}).sort();
    const isBool = type.type === 8 && size === 1 && names.join() === 'FALSE,TRUE';
    const kind = isBool ? 'bool' : signed ? 'signed' : 'unsigned';
    const descr = isBool ? 'bool' : `${signed ? '' : 'u'}int${8 * size}`;
    return { descr, kind, bytes: size, littleEndian };
  }
  if (isSized && size > 1 && !vlen && type.type === 1) {
    // The library does not say how two bytes are divided.
    const brain = size === 2 && bfloat16;
    const descr = brain ? 'bfloat16' : `float${8 * size}`;
    return { descr, kind: 'float', bytes: size, littleEndian, brain };
  }
  throw new InputError('tensor-dtype', {
    source: place,
    problem: 'the element type is not one that is read',
    found: `${vlen ? 'lists of ' : ''}${CLASSES[type.type] ?? 'another class'} of ${size} bytes`,
    expected: 'integers, floats of 2, 4 or 8 bytes, booleans or strings',
    advice: 'Save each field as a dataset of numbers.',
  });
}

/** @throws InputError `hdf5-size`, `memory-budget` */
function checkSize(
  place: string,
  { shape, size, chunks }: DatasetType,
  length: number,
  { memoryBudget, limit }: Limits,
): void {
  if (!(length * size <= limit)) {
    throw new InputError('hdf5-size', {
      source: place,
      problem: 'the dataset claims more than the file can hold',
      found: `${length * size} bytes of shape ${shapeText(shape!)}`,
      expected: `at most ${limit}`,
      advice: 'Was it made and never written to? Write all of its rows.',
    });
  }
  const chunk = chunks?.reduce((product, axis) => product * axis, size) ?? 0;
  const row = shape!.slice(1).reduce((product, axis) => product * axis, size);
  if (Math.max(chunk, row) <= memoryBudget) return;
  throw new InputError('memory-budget', {
    source: place,
    problem: 'a chunk or row of the dataset must be held in memory whole',
    found: `${Math.max(chunk, row)} bytes`,
    expected: `at most ${memoryBudget} (the memory budget)`,
    advice: 'Save it in smaller chunks.',
  });
}

/** Whole chunks at once, so that none is unpacked twice. */
function rowsOf(
  file: Hdf5File,
  path: string,
  { shape, size, chunks }: DatasetType,
  memoryBudget: number,
): RowFeed {
  const [rows, ...inner] = shape as [number, ...number[]];
  const rowBytes = inner.reduce((product, axis) => product * axis, size);
  const chunkRows = Math.max(1, Math.min(rows, chunks?.[0] ?? 1));
  const most = Math.floor(Math.min(WINDOW_BYTES, memoryBudget) / Math.max(1, rowBytes));
  const whole = Math.max(1, Math.floor(most / chunkRows)) * chunkRows;
  const perWindow = Math.min(rows, whole * rowBytes <= memoryBudget ? whole : Math.max(1, most));
  let window = new Uint8Array(0);
  let first = 0;
  let end = 0;
  let position = 0;
  return {
    async fill(into) {
      for (let at = 0; at < into.length; ) {
        const row = Math.floor(position / rowBytes);
        if (row < first || row >= end) {
          first = row - (row % perWindow);
          end = Math.min(rows, first + perWindow);
          const bytes = (end - first) * rowBytes;
          if (window.length !== bytes) window = new Uint8Array(bytes);
          file.read(path, shape!, first, window, end - first);
        }
        const from = position - first * rowBytes;
        const part = window.subarray(from, Math.min(window.length, from + into.length - at));
        into.set(part, at);
        at += part.length;
        position += part.length;
      }
    },
  };
}
