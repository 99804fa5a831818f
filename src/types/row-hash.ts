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
  return hashOf(row, seed, hashStart(row, seed));
}

/** What all rows with the same upper bits share of their hash. */
export function hashStart(row: number, seed: number): number {
  return mix(Math.floor(row / 2 ** 32) ^ seed);
}

function hashOf(row: number, seed: number, high: number): number {
  return mix(mix(high + 0x9e3779b9 + (row >>> 0)) ^ seed) >>> 0;
}

/**
 * Which of the rows `first … first + count − 1` have a {@link rowHash} up to `limit`.
 * @param into takes their distances from `first`, ascending
 * @returns how many there are
 */
export function rowsBelow(
  limit: number,
  seed: number,
  first: number,
  count: number,
  into: Int32Array,
): number {
  let found = 0;
  let row = first;
  while (row < first + count) {
    const high = hashStart(row, seed);
    const end = Math.min(first + count, (Math.floor(row / 2 ** 32) + 1) * 2 ** 32);
    for (; row < end; row++) {
      into[found] = row - first;
      if (hashOf(row, seed, high) <= limit) found++;
    }
  }
  return found;
}
