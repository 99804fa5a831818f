/** Files of torch.save: a pickle that says where tensors lie, and their storages. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import type { Fields, FormatOptions } from '../types/fields.js';
import { DEFAULT_MEMORY_BUDGET } from './array-feed.js';
import { openArrays } from './array-fields.js';
import { byteRange, isByteSource, memorySource, readExactly } from './bytes.js';
import type { Input } from './input.js';
import { collect } from './npy-columns.js';
import { readPickle } from './pickle.js';
import { openLegacy } from './pytorch-legacy.js';
import { type Storage, tensorRules } from './pytorch-pickle.js';
import { missingStorage, notTorch } from './pytorch-problems.js';
import { namedTensors, type TorchFile, tensorPlace } from './pytorch-tensors.js';
import { locateMember, readZipDirectory, type ZipEntry } from './zip.js';
import { inflateMember } from './zip-inflate.js';

/** Of tensors a pickle says little; what is longer holds other things. */
const LONGEST_PICKLE = 16 * 1024 * 1024;

/**
 * Opens a file of torch.save, in its zip layout or that of before PyTorch 1.6. The pickle in it is
 * read and never run; of the storages only those of chosen tensors are read.
 * @throws InputError `tensors-from-stream`, `empty-input`, `not-pt`, `torchscript`, `pickle-global`,
 *   `pickle-opcode`, `pickle-data`, `no-tensors`, and those of zip archives; of tensors
 *   `tensor-shape`, `tensor-dtype`, `tensor-storage`, `truncated`, `memory-budget`
 */
export async function openPytorch(input: Input, options: FormatOptions): Promise<Fields> {
  const source = input.open();
  const { name } = input;
  if (!isByteSource(source)) {
    throw new InputError('tensors-from-stream', {
      source: name,
      problem: 'a file of torch.save has its directory at the end and cannot be read from a pipe',
      advice: 'Write it to a file (unpacked) and name that, or pipe npy, CSV or JSON Lines.',
    });
  }
  const { value, finder } = await openTorch(source, options);
  const tensors = namedTensors(name, value);
  if (tensors.length === 0) {
    throw new InputError('no-tensors', {
      source: name,
      problem: 'the file holds no tensor',
      expected: 'tensors, by themselves or in dicts, lists and tuples',
      advice: 'Save tensors: torch.save({"logits": logits, "labels": labels}, path).',
    });
  }
  const isLone = tensors[0]![0] === null;
  const places = tensors.map((tensor) => tensorPlace(name, tensor, finder, options.memoryBudget));
  const unit = isLone ? 'array' : 'tensor';
  const fields = await openArrays({ name, format: 'pt', unit, named: !isLone }, places, options);
  const [{ problem }] = fields.fields as [(typeof fields.fields)[number]];
  if (isLone && problem !== undefined) throw problem;
  return fields;
}

async function openTorch(source: ByteSource, options: FormatOptions): Promise<TorchFile> {
  const { name, size } = source;
  if (size === 0) {
    throw new InputError('empty-input', {
      source: name,
      problem: 'the input is empty',
      expected: 'a file of torch.save',
      advice: 'Check the program that should have written it.',
    });
  }
  const head = new Uint8Array(Math.min(2, size));
  await readExactly(source, head, 0, 'the first bytes');
  if (head[0] === 0x80) return openLegacy(source, LONGEST_PICKLE);
  if (head[0] === 0x50 && head[1] === 0x4b) return openArchive(source, options);
  throw notTorch(source.name, 'other bytes', 'a zip archive, as torch.save writes');
}

async function openArchive(source: ByteSource, options: FormatOptions): Promise<TorchFile> {
  const { name } = source;
  const members = await readZipDirectory(source, 'torch.save');
  const byName = new Map(members.map((entry) => [entry.name, entry]));
  const pickle = members.find((entry) => /^(?:[^/]+\/)?data\.pkl$/.test(entry.name));
  if (pickle === undefined) {
    throw notTorch(name, 'a zip archive without data.pkl', 'the archive that torch.save writes');
  }
  const prefix = pickle.name.slice(0, -'data.pkl'.length);
  if (byName.has(`${prefix}constants.pkl`)) {
    throw new InputError('torchscript', {
      source: name,
      problem: 'this is a TorchScript program, as torch.jit.save writes, and no dump of tensors',
      expected: 'tensors, as torch.save writes',
      advice: 'Run the model and save what it says: torch.save({"logits": logits}, path).',
    });
  }
  const { memoryBudget = DEFAULT_MEMORY_BUDGET } = options;
  const open = (entry: ZipEntry, place: string) => openMember(source, entry, place, memoryBudget);
  const order = byName.get(`${prefix}byteorder`);
  const littleEndian = order === undefined || (await isLittle(await open(order, name)));
  const text = await wholePickle(await open(pickle, `${name}[data.pkl]`));
  const { value } = readPickle(
    { source: `${name}[data.pkl]`, bytes: text, start: 0 },
    tensorRules(),
  );
  const find = async ({ key, isView }: Storage, place: string): Promise<ByteSource> => {
    const entry = byName.get(`${prefix}data/${key}`);
    if (entry !== undefined && !isView) return open(entry, place);
    throw missingStorage(place, key);
  };
  return { value, finder: { littleEndian, find } };
}

async function openMember(
  source: ByteSource,
  entry: ZipEntry,
  place: string,
  memoryBudget: number,
): Promise<ByteSource> {
  const start = await locateMember(source, entry, place);
  const packed = byteRange(source, place, start, entry.packedSize);
  if (entry.method === 0) return packed;
  if (entry.size > memoryBudget) {
    throw new InputError('memory-budget', {
      source: place,
      problem: 'a compressed storage must be held in memory whole',
      found: `${entry.size} bytes`,
      expected: `at most ${memoryBudget} (the memory budget)`,
      advice: 'Unpack it and save it with torch.save, which does not compress.',
    });
  }
  const stream = inflateMember(packed, entry);
  return memorySource(place, await collect(stream, 0, entry.size));
}

async function isLittle(record: ByteSource): Promise<boolean> {
  const bytes = new Uint8Array(Math.min(record.size, 8));
  await readExactly(record, bytes, 0, 'the byte order');
  return String.fromCharCode(...bytes).trim() !== 'big';
}

async function wholePickle(source: ByteSource): Promise<Uint8Array> {
  if (source.size > LONGEST_PICKLE) {
    throw new InputError('pickle-data', {
      source: source.name,
      problem: 'the pickle is longer than tensors need',
      found: `${source.size} bytes`,
      expected: `at most ${LONGEST_PICKLE}`,
      advice:
        'Save numbers as tensors, not as lists or NumPy arrays: torch.save({"logits": logits, "labels": labels}, path).',
    });
  }
  const bytes = new Uint8Array(source.size);
  await readExactly(source, bytes, 0, 'the pickle');
  return bytes;
}
