/** Builds npy and npz bytes as NumPy lays them out, and broken ones for the tests that need them. */

import { deflateRawSync } from 'node:zlib';
import type { ByteSource, ByteStream } from '../../src/types/dump.js';

export interface NpySpec {
  /** `<f4`, `>i8`, `|b1` … */
  readonly descr: string;
  readonly shape: readonly number[];
  /** In C order; what the type cannot hold is rounded as the typed arrays do. */
  readonly values: readonly (number | bigint)[];
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** Header and elements. */
export function npyBytes({
  descr,
  shape,
  values,
  fortran = false,
  version = 1,
}: NpySpec): Uint8Array {
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const order = fortran ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${dims}, }`;
  const size = Number(descr.slice(2));
  const data = new Uint8Array(values.length * size);
  const view = new DataView(data.buffer);
  const [rows, columns] = [shape[0] ?? 1, shape[1] ?? 1];
  for (const [index, value] of values.entries()) {
    const at = fortran ? (index % columns) * rows + Math.floor(index / columns) : index;
    put(view, descr, at * size, value);
  }
  return joined([npyHead(header, version), data]);
}

/** Magic, version, length and a header of any text, padded as NumPy pads. */
export function npyHead(header: string, version = 1): Uint8Array {
  const prefix = version === 1 ? 10 : 12;
  const body = new TextEncoder().encode(header);
  const padding = (64 - ((prefix + body.length + 1) % 64)) % 64;
  const length = body.length + padding + 1;
  const head = new Uint8Array(prefix + length).fill(0x20);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(head.buffer);
  if (version === 1) view.setUint16(8, length, true);
  else view.setUint32(8, length, true);
  head.set(body, prefix);
  head[head.length - 1] = 0x0a;
  return head;
}

function put(view: DataView, descr: string, at: number, value: number | bigint): void {
  const little = descr[0] !== '>';
  const type = descr.slice(1);
  if (type === 'f2') view.setUint16(at, halfBits(Number(value)), little);
  else if (type === 'f4') view.setFloat32(at, Number(value), little);
  else if (type === 'f8') view.setFloat64(at, Number(value), little);
  else if (type === 'i8' || type === 'u8')
    view.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), little);
  else if (type.endsWith('4')) view.setInt32(at, Number(value), little);
  else if (type.endsWith('2')) view.setInt16(at, Number(value), little);
  else view.setInt8(at, Number(value));
}

/** Half-precision bits of a value that half precision holds exactly: by its definition, not by shifting bits. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size / 2 ** -24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

export interface ZipMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** zip64 sizes in the local header only, as np.savez writes them. */
  readonly localZip64?: boolean;
  /** zip64 sizes and offset in the directory too. */
  readonly zip64?: boolean;
  /** Lies to tell. */
  readonly flags?: number;
  readonly method?: number;
  readonly claimedSize?: number;
  readonly claimedPacked?: number;
  readonly claimedOffset?: number;
  readonly localName?: string;
  readonly crc?: number;
  readonly packed?: Uint8Array;
}

/** A zip archive of these members. */
export function zipBytes(
  members: readonly ZipMember[],
  { zip64 = false, comment = '' }: { readonly zip64?: boolean; readonly comment?: string } = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  const entries: Uint8Array[] = [];
  let offset = 0;
  const add = (part: Uint8Array): void => {
    parts.push(part);
    offset += part.length;
  };
  for (const member of members) {
    const packed = member.packed ?? (member.deflate ? deflateRawSync(member.bytes) : member.bytes);
    const size = member.claimedSize ?? member.bytes.length;
    const packedSize = member.claimedPacked ?? packed.length;
    const at = member.claimedOffset ?? offset;
    const common = { ...member, size, packedSize, crc: member.crc ?? plainCrc(member.bytes) };
    add(zipRecord(common, { local: true, wide: member.localZip64 ?? member.zip64 ?? false, at }));
    add(packed);
    entries.push(zipRecord(common, { local: false, wide: member.zip64 ?? false, at }));
  }
  const start = offset;
  for (const entry of entries) add(entry);
  const length = offset - start;
  const text = new TextEncoder().encode(comment);
  if (zip64) {
    const end = offset;
    const record = new DataView(new ArrayBuffer(56 + 20));
    record.setUint32(0, 0x06064b50, true);
    record.setBigUint64(4, 44n, true);
    record.setBigUint64(24, BigInt(members.length), true);
    record.setBigUint64(32, BigInt(members.length), true);
    record.setBigUint64(40, BigInt(length), true);
    record.setBigUint64(48, BigInt(start), true);
    record.setUint32(56, 0x07064b50, true);
    record.setBigUint64(64, BigInt(end), true);
    record.setUint32(72, 1, true);
    add(new Uint8Array(record.buffer));
  }
  const last = new DataView(new ArrayBuffer(22));
  last.setUint32(0, 0x06054b50, true);
  last.setUint16(8, zip64 ? 0xffff : members.length, true);
  last.setUint16(10, zip64 ? 0xffff : members.length, true);
  last.setUint32(12, zip64 ? 0xffffffff : length, true);
  last.setUint32(16, zip64 ? 0xffffffff : start, true);
  last.setUint16(20, text.length, true);
  add(new Uint8Array(last.buffer));
  add(text);
  return joined(parts);
}

function zipRecord(
  member: ZipMember & { readonly size: number; readonly packedSize: number; readonly crc: number },
  { local, wide, at }: { readonly local: boolean; readonly wide: boolean; readonly at: number },
): Uint8Array {
  const name = new TextEncoder().encode(local ? (member.localName ?? member.name) : member.name);
  const extraLength = wide ? (local ? 20 : 28) : 0;
  const fixed = local ? 30 : 46;
  const view = new DataView(new ArrayBuffer(fixed + name.length + extraLength));
  const shift = local ? 0 : 2;
  view.setUint32(0, local ? 0x04034b50 : 0x02014b50, true);
  view.setUint16(4 + shift, 45, true);
  view.setUint16(6 + shift, member.flags ?? 0, true);
  view.setUint16(8 + shift, member.method ?? (member.deflate ? 8 : 0), true);
  view.setUint32(14 + shift, member.crc, true);
  view.setUint32(18 + shift, wide ? 0xffffffff : member.packedSize, true);
  view.setUint32(22 + shift, wide ? 0xffffffff : member.size, true);
  view.setUint16(26 + shift, name.length, true);
  view.setUint16(28 + shift, extraLength, true);
  if (!local) view.setUint32(42, wide ? 0xffffffff : at, true);
  new Uint8Array(view.buffer).set(name, fixed);
  if (wide) {
    const extra = fixed + name.length;
    view.setUint16(extra, 1, true);
    view.setUint16(extra + 2, extraLength - 4, true);
    view.setBigUint64(extra + 4, BigInt(member.size), true);
    view.setBigUint64(extra + 12, BigInt(member.packedSize), true);
    if (!local) view.setBigUint64(extra + 20, BigInt(at), true);
  }
  return new Uint8Array(view.buffer);
}

/** CRC-32 bit by bit, from its definition. */
export function plainCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A stream that hands out at most `piece` bytes at a time and does not know its size. */
export function slowStream(name: string, bytes: Uint8Array, piece: number): ByteStream {
  let at = 0;
  return {
    name,
    size: null,
    async pull(into) {
      const count = Math.min(piece, into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
    close() {},
  };
}

/** Random access that answers late and in short pieces. */
export function slowSource(name: string, bytes: Uint8Array, piece: number): ByteSource {
  return {
    name,
    size: bytes.length,
    async read(into, position) {
      const count = Math.max(0, Math.min(piece, into.length, bytes.length - position));
      into.set(bytes.subarray(position, position + count));
      return count;
    },
    close() {},
  };
}
