/** Snappy and LZ4: literals and copies of what came before. */

import { PackedFault, roomFor } from './packed-block.js';

/** Copies `length` bytes of `out` from `distance` before `at`, which may overlap. */
function copyBack(out: Uint8Array, at: number, distance: number, length: number): void {
  if (distance === 0 || distance > at) throw new PackedFault('a copy begins before the first byte');
  if (length > out.length - at) throw new PackedFault('more comes out than is expected');
  if (distance >= length && length > 16) {
    out.copyWithin(at, at - distance, at - distance + length);
    return;
  }
  for (let i = at, end = at + length; i < end; i++) out[i] = out[i - distance]!;
}

/** Copies literals. */
function copyIn(
  packed: Uint8Array,
  from: number,
  length: number,
  out: Uint8Array,
  at: number,
): void {
  if (length > packed.length - from) throw new PackedFault('it ends inside literals');
  if (length > out.length - at) throw new PackedFault('more comes out than is expected');
  if (length > 16) out.set(packed.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) out[at + i] = packed[from + i]!;
}

/** A block of Snappy. */
export function unpackSnappy(packed: Uint8Array, size: number, room?: Uint8Array): Uint8Array {
  let from = 0;
  let claimed = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = packed[from++];
    if (byte === undefined || scale > 2 ** 35) throw new PackedFault('it has no length');
    claimed += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (claimed !== size)
    throw new PackedFault(`it says ${claimed} bytes where ${size} are expected`);
  const out = roomFor(size, room);
  let at = 0;
  while (from < packed.length) {
    const tag = packed[from++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const bytes = length - 60;
        length = number(packed, from, bytes) + 1;
        from += bytes;
      }
      copyIn(packed, from, length, out, at);
      from += length;
      at += length;
      continue;
    }
    const bytes = kind === 3 ? 4 : kind;
    const offset = number(packed, from, bytes);
    from += bytes;
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    copyBack(out, at, kind === 1 ? offset + ((tag >> 5) << 8) : offset, length);
    at += length;
  }
  return at === size ? out : out.subarray(0, at);
}

function number(packed: Uint8Array, at: number, bytes: number): number {
  if (bytes > packed.length - at) throw new PackedFault('it ends too early');
  let value = 0;
  for (let i = bytes - 1; i >= 0; i--) value = value * 256 + packed[at + i]!;
  return value;
}

/** A block of LZ4 without a frame. */
export function unpackLz4(packed: Uint8Array, size: number, room?: Uint8Array): Uint8Array {
  const out = roomFor(size, room);
  const end = unpackLz4Into(packed, out, 0);
  return end === size ? out : out.subarray(0, end);
}

/** Unpacks a block behind what stands in `out` already. @returns the byte behind the last */
export function unpackLz4Into(packed: Uint8Array, out: Uint8Array, first: number): number {
  let from = 0;
  let at = first;
  const more = (short: number): number => {
    let length = short;
    if (short === 15) {
      for (let byte = 255; byte === 255; length += byte) {
        if (from >= packed.length) throw new PackedFault('it ends inside a length');
        byte = packed[from++]!;
      }
    }
    return length;
  };
  while (from < packed.length) {
    const token = packed[from++]!;
    const literals = more(token >> 4);
    copyIn(packed, from, literals, out, at);
    from += literals;
    at += literals;
    // The last sequence has no copy.
    if (from === packed.length) break;
    const distance = number(packed, from, 2);
    from += 2;
    const length = more(token & 15) + 4;
    copyBack(out, at, distance, length);
    at += length;
  }
  return at;
}

/** Blocks as Hadoop frames them, each with both of its lengths before it; else one block without a frame. */
export function unpackHadoopLz4(packed: Uint8Array, size: number, room?: Uint8Array): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const out = roomFor(size, room);
  let at = 0;
  let from = 0;
  while (packed.length - from >= 8) {
    const length = view.getUint32(from, false);
    const bytes = view.getUint32(from + 4, false);
    if (length > size - at || bytes > packed.length - from - 8) break;
    let end: number;
    try {
      end = unpackLz4Into(packed.subarray(from + 8, from + 8 + bytes), out, at);
    } catch {
      break;
    }
    if (end !== at + length) break;
    at = end;
    from += 8 + bytes;
  }
  return from === packed.length && at === size ? out : unpackLz4(packed, size, room);
}

const LZ4_FRAME = 0x184d2204;

/** LZ4 in frames, as `lz4` and Arrow write it. Checksums are passed over. */
export function unpackLz4Frames(packed: Uint8Array, size: number, room?: Uint8Array): Uint8Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const out = roomFor(size, room);
  let at = 0;
  let from = 0;
  while (from < packed.length) {
    const magic = number(packed, from, 4);
    if (magic >= 0x184d2a50 && magic <= 0x184d2a5f) {
      from += 8 + number(packed, from + 4, 4);
      continue;
    }
    if (magic !== LZ4_FRAME) throw new PackedFault('it is no LZ4 frame');
    const flags = number(packed, from + 4, 1);
    if (flags >> 6 !== 1) throw new PackedFault('it is LZ4 of another version');
    const hasBlockSums = (flags & 16) !== 0;
    from += 7 + (flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0);
    for (;;) {
      if (packed.length - from < 4) throw new PackedFault('it ends inside a frame');
      const head = view.getUint32(from, true);
      from += 4;
      if (head === 0) break;
      const length = head & 0x7fffffff;
      if (length > packed.length - from) throw new PackedFault('it ends inside a block');
      const block = packed.subarray(from, from + length);
      if (head >>> 31 === 1) {
        copyIn(block, 0, length, out, at);
        at += length;
      } else at = unpackLz4Into(block, out, at);
      from += length + (hasBlockSums ? 4 : 0);
    }
    if (flags & 4) from += 4;
  }
  return at === size ? out : out.subarray(0, at);
}
