/** Headers of npy files that are written row after row. */

/** A header has room for the number of rows, which may be known at the end alone. */
const HEADER_BYTES = 256;
const PREFIX = 10;

/** Bytes of numbers lie in memory as in the file. */
export const HOST_ORDER = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? '<' : '>';

/** The header of an npy file (version 1.0, C order), of a length that the number of rows does not change. */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${axes}), }`;
  const length = Math.max(HEADER_BYTES, Math.ceil((PREFIX + dict.length + 1) / 64) * 64);
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, length - PREFIX, true);
  for (let i = 0; i < dict.length; i++) bytes[PREFIX + i] = dict.charCodeAt(i);
  bytes[length - 1] = 0x0a;
  return bytes;
}
