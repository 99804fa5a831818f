/** Zstandard, told by its first bytes. */

export const MAGIC = 0xfd2fb528;
/** Up to fifteen more. */
export const SKIPPABLE = 0x184d2a50;

/** Whether bytes begin as a frame does, or as one that is skipped. */
export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return magic === MAGIC || (magic & ~15) >>> 0 === SKIPPABLE;
}
