/** The records of a zip archive around its members. */

import type { ByteSink } from '../types/score-output.js';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_OF_DIRECTORY_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const END_OF_DIRECTORY = 0x06054b50;
/** Sizes past 4 GiB stand in an extra field: of every member, for they are known at its end. */
const ZIP64 = 45;
const ELSEWHERE = 0xffffffff;
const UTF8_NAME = 0x0800;
/** 1 January 1980: the same rows make the same bytes. */
const DATE = 0x21;

/** A member, and where it begins. */
export interface ZipMember {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

type Value = readonly [bytes: 2 | 4 | 8, value: number];

/** Fields of 2, 4 and 8 bytes, one after the other. */
function fields(...values: readonly Value[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += size;
  }
  return bytes;
}

/** What stands before the bytes of a member; of one length however large it becomes. */
export function localHeader({ name, method, crc, packed, size }: ZipMember): Uint8Array {
  const signature: Value[] = [
    [4, LOCAL_HEADER],
    [2, ZIP64],
    [2, UTF8_NAME],
    [2, method],
    [2, 0],
    [2, DATE],
  ];
  const sizes: Value[] = [
    [4, crc],
    [4, ELSEWHERE],
    [4, ELSEWHERE],
    [2, name.length],
    [2, 20],
  ];
  const head = fields(...signature, ...sizes);
  const extra = fields([2, 1], [2, 16], [8, size], [8, packed]);
  const bytes = new Uint8Array(head.length + name.length + extra.length);
  bytes.set(head);
  bytes.set(name, head.length);
  bytes.set(extra, head.length + name.length);
  return bytes;
}

function entryOf({ name, method, crc, packed, size, offset }: ZipMember): Uint8Array[] {
  const signature: Value[] = [
    [4, DIRECTORY_ENTRY],
    [2, ZIP64],
    [2, ZIP64],
    [2, UTF8_NAME],
    [2, method],
    [2, 0],
    [2, DATE],
  ];
  const sizes: Value[] = [
    [4, crc],
    [4, ELSEWHERE],
    [4, ELSEWHERE],
    [2, name.length],
    [2, 28],
  ];
  const rest: Value[] = [
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, ELSEWHERE],
  ];
  return [
    fields(...signature, ...sizes, ...rest),
    name,
    fields([2, 1], [2, 24], [8, size], [8, packed], [8, offset]),
  ];
}

/** What ends an archive of these members, which begins at byte `begin`. */
export function directoryOf(members: readonly ZipMember[], begin: number): Uint8Array[] {
  const entries = members.flatMap(entryOf);
  const length = entries.reduce((sum, piece) => sum + piece.length, 0);
  const count = members.length;
  const end64: Value[] = [
    [4, END_OF_DIRECTORY_64],
    [8, 44],
    [2, ZIP64],
    [2, ZIP64],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, length],
    [8, begin],
  ];
  const locator: Value[] = [
    [4, LOCATOR_64],
    [4, 0],
    [8, begin + length],
    [4, 1],
  ];
  // Of more than 65 534 members the number stands above alone.
  const few = Math.min(count, 0xffff);
  const end: Value[] = [
    [4, END_OF_DIRECTORY],
    [2, 0],
    [2, 0],
    [2, few],
    [2, few],
    [4, ELSEWHERE],
    [4, ELSEWHERE],
    [2, 0],
  ];
  return [...entries, fields(...end64, ...locator, ...end)];
}

/** Writes what ends an archive. */
export function writeDirectory(members: readonly ZipMember[], sink: ByteSink): void {
  for (const bytes of directoryOf(members, sink.size)) sink.write(bytes);
}
