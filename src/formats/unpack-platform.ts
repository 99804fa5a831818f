/**
 * What the platform unpacks itself, up to twice as fast as JavaScript does. Its Zstandard, which Node has from
 * 22.15 on, is no faster than ours.
 */

import { roomFor, type Unpacker } from './packed-block.js';

type Inflate = (packed: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** The functions of `node:zlib` that unpack all of a block at once. */
export type InflateName = 'gunzipSync' | 'brotliDecompressSync';

/** A module that the platform brings along, without importing it: browsers have none. */
export function builtin(name: 'node:zlib' | 'node:stream'): unknown {
  const { process } = globalThis as {
    readonly process?: { getBuiltinModule?(name: string): unknown };
  };
  return process?.getBuiltinModule?.(name) ?? null;
}

/** Unpacks by the platform where it can. What it does not take, or takes for something else, `own` decides. */
export function byPlatform(name: InflateName, own: Unpacker): Unpacker {
  const inflate = (builtin('node:zlib') as Partial<Record<InflateName, Inflate>> | null)?.[name];
  if (inflate === undefined) return own;
  return (packed, size, room) => {
    let unpacked: Uint8Array;
    try {
      unpacked = inflate(packed, { maxOutputLength: size + 1 });
    } catch {
      return own(packed, size, room);
    }
    if (unpacked.length !== size) return own(packed, size, room);
    const out = roomFor(size, room);
    out.set(unpacked);
    return out;
  };
}
