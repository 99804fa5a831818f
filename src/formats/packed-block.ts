/** A block that is unpacked, whatever it is packed by. */

/**
 * Unpacks `packed` to `size` bytes.
 * @param room memory that may be used for them
 * @throws PackedFault
 */
export type Unpacker = (packed: Uint8Array, size: number, room?: Uint8Array) => Uint8Array;

/** Memory for `size` bytes: that which there is, where it is enough. */
export function roomFor(size: number, room: Uint8Array | undefined): Uint8Array {
  return room !== undefined && room.length >= size ? room.subarray(0, size) : new Uint8Array(size);
}

/** Packed bytes that cannot be unpacked. */
export class PackedFault extends Error {}
