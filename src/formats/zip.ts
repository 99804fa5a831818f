/** The directory of a zip archive, zip64 included. Every number in it is a claim that is checked. */

import type { ByteSource } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import { readExactly } from './bytes.js';

/** One member as the central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** In bytes. */
  readonly nameLength: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive, and what they claim to unpack to. */
  readonly packedSize: number;
  readonly size: number;
  readonly headerOffset: number;
  /** Where the next member or the directory begins: this one must end before. */
  readonly limit: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;

const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY_LENGTH = 46;
const LOCAL_LENGTH = 30;

/** An archive of arrays has a few members. The directory is held in memory whole. */
const MOST_ENTRIES = 100_000;
const LONGEST_DIRECTORY = 16 * 1024 * 1024;

const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const SIZES_FOLLOW_DATA = 0x0008;

/**
 * Reads the central directory.
 * @param writer of the archive, in messages
 * @throws InputError `empty-input`, `not-zip`, `zip-spanned`, `zip-directory`, `zip-overlap`, `truncated`.
 */
export async function readZipDirectory(
  source: ByteSource,
  writer = 'np.savez',
): Promise<readonly ZipEntry[]> {
  const end = await findEnd(source, writer);
  if (end.offset + end.length !== end.directoryEnd) {
    throw damaged(
      source.name,
      end.directoryEnd,
      `a directory of ${end.length} bytes at ${end.offset}`,
      `one that ends at ${end.directoryEnd}`,
    );
  }
  if (
    end.count > MOST_ENTRIES ||
    end.length > LONGEST_DIRECTORY ||
    end.count * ENTRY_LENGTH > end.length
  ) {
    throw damaged(
      source.name,
      end.offset,
      `${end.count} members in a directory of ${end.length} bytes`,
      `at most ${MOST_ENTRIES} members, 46 bytes or more each, in 16 MiB`,
    );
  }
  const bytes = new Uint8Array(end.length);
  await readExactly(source, bytes, end.offset, 'the zip directory');
  return limited(source.name, parseEntries(source.name, end, bytes), end.offset);
}

interface DirectoryEnd {
  readonly count: number;
  readonly offset: number;
  readonly length: number;
  /** Where the record that closes the directory begins. */
  readonly directoryEnd: number;
}

async function findEnd(source: ByteSource, writer: string): Promise<DirectoryEnd> {
  if (source.size === 0) {
    throw new InputError('empty-input', {
      source: source.name,
      problem: 'the input is empty',
      expected: `an archive of ${writer}`,
      advice: 'Check the program that should have written it.',
    });
  }
  const length = Math.min(source.size, END_LENGTH + LONGEST_COMMENT);
  const tail = new Uint8Array(length);
  await readExactly(source, tail, source.size - length, 'the end of the zip archive');
  const view = viewOf(tail);
  for (let at = length - END_LENGTH; at >= 0; at--) {
    if (view.getUint32(at, true) !== END_OF_DIRECTORY) continue;
    // The comment must reach exactly to the end: other places are part of a comment.
    if (at + END_LENGTH + view.getUint16(at + 20, true) !== length) continue;
    return readEnd(source, new DataView(tail.buffer, at, END_LENGTH), source.size - length + at);
  }
  throw new InputError('not-zip', {
    source: source.name,
    problem: 'this is no complete zip archive',
    expected: `the end of a zip directory, as ${writer} writes`,
    advice: 'The file was cut off or is in another format; save it again.',
  });
}

async function readEnd(source: ByteSource, view: DataView, at: number): Promise<DirectoryEnd> {
  const count = view.getUint16(10, true);
  const length = view.getUint32(12, true);
  const offset = view.getUint32(16, true);
  const locator = new Uint8Array(20);
  if (at >= 20) await readExactly(source, locator, at - 20, 'the zip directory');
  const locatorView = viewOf(locator);
  if (locatorView.getUint32(0, true) === LOCATOR_64) {
    const end64 = wide(source.name, locatorView, 8);
    if (locatorView.getUint32(16, true) > 1) throw spanned(source.name);
    if (end64 + 56 > at - 20) {
      throw damaged(source.name, at - 20, `a zip64 record at ${end64}`, 'one before this place');
    }
    const record = new Uint8Array(56);
    await readExactly(source, record, end64, 'the zip64 record');
    const view64 = viewOf(record);
    if (view64.getUint32(0, true) !== END_OF_DIRECTORY_64) {
      throw damaged(source.name, end64, 'other bytes', 'a zip64 record');
    }
    if (view64.getUint32(16, true) !== 0 || view64.getUint32(20, true) !== 0) {
      throw spanned(source.name);
    }
    return {
      count: wide(source.name, view64, 32),
      length: wide(source.name, view64, 40),
      offset: wide(source.name, view64, 48),
      directoryEnd: end64,
    };
  }
  if (view.getUint16(4, true) !== 0 || view.getUint16(6, true) !== 0) throw spanned(source.name);
  if (view.getUint16(8, true) !== count) throw spanned(source.name);
  return { count, length, offset, directoryEnd: at };
}

type Claimed = Omit<ZipEntry, 'limit'>;

function parseEntries(source: string, end: DirectoryEnd, bytes: Uint8Array): Claimed[] {
  const view = viewOf(bytes);
  const entries: Claimed[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let index = 0; index < end.count; index++) {
    const place = end.offset + at;
    if (at + ENTRY_LENGTH > bytes.length || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      throw damaged(source, place, `no entry ${index}`, `${end.count} entries`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const next = at + ENTRY_LENGTH + nameLength + extraLength + view.getUint16(at + 32, true);
    if (next > bytes.length) {
      throw damaged(source, place, 'an entry that runs over', 'one inside the directory');
    }
    const nameEnd = at + ENTRY_LENGTH + nameLength;
    const name = new TextDecoder().decode(bytes.subarray(at + ENTRY_LENGTH, nameEnd));
    if (names.has(name)) {
      throw damaged(source, place, `a second member ${quote(name)}`, 'each name once');
    }
    names.add(name);
    const fields = [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ];
    const extra = bytes.subarray(nameEnd, nameEnd + extraLength);
    const [size, packedSize, headerOffset] = widen(source, place, fields, extra);
    const disk = view.getUint16(at + 34, true);
    if (disk !== 0 && disk !== 0xffff) throw spanned(source);
    entries.push({
      name,
      nameLength,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedSize: packedSize!,
      size: size!,
      headerOffset: headerOffset!,
    });
    at = next;
  }
  return entries;
}

/** Fields of all ones stand, in this order, in the zip64 extra field. */
function widen(source: string, place: number, fields: number[], extra: Uint8Array): number[] {
  if (!fields.includes(0xffffffff)) return fields;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) !== 0x0001) {
      at += 4 + length;
      continue;
    }
    let from = at + 4;
    return fields.map((field) => {
      if (field !== 0xffffffff) return field;
      if (from + 8 > Math.min(extra.length, at + 4 + length)) {
        throw damaged(source, place, 'a zip64 field that is too short', 'sizes of 64 bits');
      }
      from += 8;
      return wide(source, view, from - 8);
    });
  }
  throw damaged(source, place, 'sizes that stand nowhere', 'a zip64 extra field');
}

/** Members may not share bytes: an archive whose members overlap unpacks to more than it holds. */
function limited(source: string, entries: readonly Claimed[], directory: number): ZipEntry[] {
  const order = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  const limits = new Map<number, number>();
  for (const [index, entry] of order.entries()) {
    const limit = order[index + 1]?.headerOffset ?? directory;
    if (entry.headerOffset + LOCAL_LENGTH + entry.nameLength + entry.packedSize > limit) {
      throw new InputError('zip-overlap', {
        source,
        offset: entry.headerOffset,
        problem: 'members of the zip archive overlap',
        found: `${entry.packedSize} bytes for ${quote(entry.name)}`,
        expected: `an end before byte ${limit}`,
        advice: 'The archive is damaged or made to deceive; save it again.',
      });
    }
    limits.set(entry.headerOffset, limit);
  }
  return entries.map((entry) => ({ ...entry, limit: limits.get(entry.headerOffset)! }));
}

/**
 * Where the bytes of a member begin. Only the local header knows: its extra
 * field may be longer than the directory's (np.savez writes a zip64 field there alone).
 * @param member its name as it stands in messages.
 * @param methods of compression that the caller can undo
 * @throws InputError `zip-encrypted`, `zip-method`, `zip-directory`, `zip-overlap`, `truncated`.
 */
export async function locateMember(
  source: ByteSource,
  entry: ZipEntry,
  member: string,
  methods: readonly number[] = [0, 8],
): Promise<number> {
  if ((entry.flags & ENCRYPTED) !== 0) {
    throw new InputError('zip-encrypted', {
      source: member,
      problem: 'the member is encrypted',
      expected: 'an archive without a password',
      advice: 'Unpack it with its password and save the arrays again.',
    });
  }
  if (!methods.includes(entry.method)) {
    throw new InputError('zip-method', {
      source: member,
      problem: 'the member is compressed by a method that is not read',
      found: `method ${entry.method}`,
      expected: 'stored (0) or deflate (8), as np.savez and np.savez_compressed write',
      advice: 'Save the arrays again with NumPy.',
    });
  }
  const header = new Uint8Array(LOCAL_LENGTH);
  await readExactly(source, header, entry.headerOffset, 'the header of a member');
  const view = viewOf(header);
  const at = entry.headerOffset;
  if (view.getUint32(0, true) !== LOCAL_HEADER) {
    throw damaged(member, at, 'other bytes', 'the local header of the member');
  }
  const nameLength = view.getUint16(26, true);
  const rest = new Uint8Array(nameLength + view.getUint16(28, true));
  await readExactly(source, rest, at + LOCAL_LENGTH, 'the header of a member');
  const name = new TextDecoder().decode(rest.subarray(0, nameLength));
  if (name !== entry.name || view.getUint16(8, true) !== entry.method) {
    throw damaged(member, at, `a header for ${quote(name)}`, 'what the directory says');
  }
  if (((view.getUint16(6, true) | entry.flags) & SIZES_FOLLOW_DATA) === 0) {
    const claims = [view.getUint32(22, true), view.getUint32(18, true)];
    const [size, packedSize] = widen(member, at, claims, rest.subarray(nameLength));
    if (size !== entry.size || packedSize !== entry.packedSize) {
      throw damaged(
        member,
        at,
        `${size} bytes packed to ${packedSize}`,
        `${entry.size} packed to ${entry.packedSize}, as the directory says`,
      );
    }
  }
  const start = at + LOCAL_LENGTH + rest.length;
  if (start + entry.packedSize > entry.limit) {
    throw damaged(member, at, `an end at ${start + entry.packedSize}`, `one before ${entry.limit}`);
  }
  if (entry.method === 0 && entry.packedSize !== entry.size) {
    throw damaged(member, at, `${entry.packedSize} bytes stored`, `${entry.size}`);
  }
  return start;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A 64-bit number that must be one a file can have. */
function wide(source: string, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw damaged(source, undefined, `a size or offset of ${value}`, 'less than 2^53');
}

function damaged(
  source: string,
  offset: number | undefined,
  found: string,
  expected: string,
): InputError {
  return new InputError('zip-directory', {
    source,
    ...(offset !== undefined && { offset }),
    problem: 'the zip directory contradicts itself',
    found,
    expected,
    advice: 'The archive is damaged; save it again.',
  });
}

function spanned(source: string): InputError {
  return new InputError('zip-spanned', {
    source,
    problem: 'the zip archive is spread over several files',
    expected: 'one file',
    advice: 'Join the parts (zip -s 0) or save it again.',
  });
}
