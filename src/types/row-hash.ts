/** Pseudo-random bits of a row's index: what samples rows does so by them, so that no split of the rows shows. */

/** Finalizer of MurmurHash3 (A. Appleby, public domain): every bit of the result depends on every bit of x. */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * 32 bits for a row.
 * @param row index below 2⁵³
 * @param seed different seeds give independent bits
 * @returns an integer from 0 to 2³² − 1
 */
export function rowHash(row: number, seed: number): number {
  const high = Math.floor(row / 2 ** 32);
  return mix(mix(mix(high ^ seed) + 0x9e3779b9 + (row >>> 0)) ^ seed) >>> 0;
}
