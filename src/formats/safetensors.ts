/** safetensors: a header in JSON, and the bytes of tensors behind it. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type { Fields, FormatOptions } from '../types/fields.js';
import { type ArrayPlace, openArrays } from './array-fields.js';
import { byteRange, isByteSource, readExactly, truncated } from './bytes.js';
import type { Input } from './input.js';
import { memberPlace } from './member-name.js';
import { singleNumber } from './npy.js';
import type { ElementType } from './numpy-dtype.js';
import { parseTensors, type TensorEntry } from './safetensors-header.js';

/** Headers of models with thousands of tensors have a megabyte or two. */
const LONGEST_HEADER = 16 * 1024 * 1024;

const LENGTH_BYTES = 8;

/** Types that are read. */
const KINDS: Readonly<Record<string, Pick<ElementType, 'kind' | 'bytes' | 'brain'>>> = {
  F64: { kind: 'float', bytes: 8 },
  F32: { kind: 'float', bytes: 4 },
  F16: { kind: 'float', bytes: 2 },
  BF16: { kind: 'float', bytes: 2, brain: true },
  I64: { kind: 'signed', bytes: 8 },
  I32: { kind: 'signed', bytes: 4 },
  I16: { kind: 'signed', bytes: 2 },
  I8: { kind: 'signed', bytes: 1 },
  U64: { kind: 'unsigned', bytes: 8 },
  U32: { kind: 'unsigned', bytes: 4 },
  U16: { kind: 'unsigned', bytes: 2 },
  U8: { kind: 'unsigned', bytes: 1 },
  BOOL: { kind: 'bool', bytes: 1 },
};

/**
 * Opens a safetensors file. A type that is not read is the problem of its tensor; the places of
 * tensors must fit each other and the file. Byte offsets in errors count from the start of the file.
 * @throws InputError `tensors-from-stream`, `empty-input`, `not-safetensors`, `safetensors-header`,
 *   `safetensors-offsets`, `no-tensors`, `truncated`; of tensors `tensor-shape`, `tensor-dtype`
 */
export async function openSafetensors(input: Input, options: FormatOptions): Promise<Fields> {
  const source = input.open();
  const { name } = input;
  if (!isByteSource(source)) {
    throw new InputError('tensors-from-stream', {
      source: name,
      problem: 'tensors lie anywhere in a safetensors file, which cannot be read from a pipe',
      advice: 'Write it to a file (unpacked) and name that, or pipe npy, CSV or JSON Lines.',
    });
  }
  const { text, dataStart } = await readHeader(source);
  const tensors = parseTensors(name, text, LENGTH_BYTES);
  checkPlaces(source, tensors, dataStart);
  if (tensors.length === 0) {
    throw new InputError('no-tensors', {
      source: name,
      problem: 'the file holds no tensor',
      expected: 'tensors as save_file writes them',
      advice: 'Save it with save_file({"logits": logits, "labels": labels}, path).',
    });
  }
  const places = tensors.map((entry) => placeOf(source, entry, dataStart));
  return openArrays({ name, format: 'safetensors', unit: 'tensor', named: true }, places, options);
}

async function readHeader(
  source: ByteSource,
): Promise<{ readonly text: string; readonly dataStart: number }> {
  const { name, size } = source;
  if (size === 0) {
    throw new InputError('empty-input', {
      source: name,
      problem: 'the input is empty',
      expected: 'a safetensors file',
      advice: 'Check the program that should have written it.',
    });
  }
  const lengthBytes = new Uint8Array(LENGTH_BYTES);
  await readExactly(source, lengthBytes, 0, 'the length of the header');
  const length = new DataView(lengthBytes.buffer).getBigUint64(0, true);
  if (length > BigInt(LONGEST_HEADER) || length < 2n) {
    throw notSafetensors(name, 0, `a header of ${length} bytes`, 'from 2 bytes to 16 MiB');
  }
  const left = size - LENGTH_BYTES;
  // Its first byte tells a file that was cut off from one that is something else.
  const bytes = new Uint8Array(Math.min(Number(length), left));
  await readExactly(source, bytes, LENGTH_BYTES, 'the header');
  if (bytes.length > 0 && bytes[0] !== 0x7b) {
    const start = String.fromCharCode(...bytes.subarray(0, 16));
    throw notSafetensors(name, LENGTH_BYTES, quote(start), 'a header that begins with "{"');
  }
  if (bytes.length < length) {
    throw truncated(name, size, 'the header', bytes.length, Number(length));
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, dataStart: LENGTH_BYTES + bytes.length };
  } catch {
    throw notSafetensors(name, LENGTH_BYTES, 'bytes that are no UTF-8', 'a header in UTF-8');
  }
}

function notSafetensors(
  source: string,
  offset: number,
  found: string,
  expected: string,
): InputError {
  return new InputError('not-safetensors', {
    source,
    offset,
    problem: 'this is no safetensors file',
    found,
    expected,
    advice: 'Save it with save_file, or name the format that it is in with --format.',
  });
}

/** Tensors lie one behind the other, from the end of the header to the end of the file. */
function checkPlaces(source: ByteSource, tensors: readonly TensorEntry[], dataStart: number): void {
  const { name, size } = source;
  const inOrder = [...tensors].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const tensor of inOrder) {
    if (tensor.begin !== end) {
      throw misplaced(
        memberPlace(name, tensor.name),
        tensor.begin < end ? 'tensors overlap' : 'there is a gap between tensors',
        `a tensor from byte ${tensor.begin} of the data on`,
        `from ${end}, where the one before ends`,
      );
    }
    end = tensor.end;
  }
  const left = size - dataStart;
  if (left < end) throw truncated(name, size, 'the tensors', left, end);
  if (left > end) {
    throw misplaced(
      name,
      'more bytes follow the last tensor',
      `${left - end} bytes`,
      'the end of the file there',
    );
  }
  for (const { name: tensor, dtype, shape, begin, end } of tensors) {
    const element = KINDS[dtype];
    if (element === undefined || !Object.hasOwn(KINDS, dtype)) continue;
    const bytes = shape.reduce((product, length) => product * length, element.bytes);
    if (bytes === end - begin) continue;
    throw misplaced(
      memberPlace(name, tensor),
      'the tensor has not as many bytes as its shape and type say',
      `${end - begin} bytes for ${dtype} of shape [${shape.join(', ')}]`,
      `${bytes}`,
    );
  }
}

function misplaced(source: string, problem: string, found: string, expected: string): InputError {
  return new InputError('safetensors-offsets', {
    source,
    problem,
    found,
    expected,
    advice: 'The file is damaged; save it again.',
  });
}

function placeOf(source: ByteSource, entry: TensorEntry, dataStart: number): ArrayPlace {
  const place = memberPlace(source.name, entry.name);
  const { dtype, shape } = entry;
  return {
    name: entry.name,
    async open() {
      if (shape.length === 0) throw singleNumber('tensor-shape', place);
      if (!Object.hasOwn(KINDS, dtype)) {
        throw new InputError('tensor-dtype', {
          source: place,
          problem: 'the element type is not one that is read',
          found: dtype.length > 0 ? `dtype ${quote(dtype)}` : 'no dtype',
          expected: Object.keys(KINDS).join(', '),
          advice: 'Convert it first: tensor.float().',
        });
      }
      const element = { descr: dtype, littleEndian: true, ...KINDS[dtype]! };
      const length = shape.reduce((product, size) => product * size, 1);
      const dataOffset = dataStart + entry.begin;
      return {
        bytes: byteRange(source, place, 0, source.size),
        layout: { element, shape, length, dataOffset, fortranOrder: false },
      };
    },
  };
}
