/** npy files. */

/** Header of an npy file of version 1.0 and its elements. */
export function npy(descr, shape, values) {
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = new TextEncoder().encode(`${text.padEnd(117)}\n`);
  return [
    Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0),
    header,
    values,
  ];
}
