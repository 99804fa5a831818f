/**
 * 65 536 bins over the ordered bits of a value: a value is rounded to float32,
 * whose sign, exponent and first seven digits name the bin, so that a bin is
 * at most 1/128 of its values wide. Beyond float32 the outermost bins take all.
 */

export const VALUE_BINS = 65_536;

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Bin of a finite value; a larger value is in the same or a later bin. */
export function binOf(value: number): number {
  single[0] = value;
  const word = bits[0]!;
  return (word >>> 31 === 0 ? (word | 0x8000_0000) >>> 0 : ~word >>> 0) >>> 16;
}

/** The float32 whose place in the order of all float32 is `place`; infinite where it has none. */
function atPlace(place: number): number {
  if (place < 0) return Number.NEGATIVE_INFINITY;
  if (place > 0xffff_ffff) return Number.POSITIVE_INFINITY;
  bits[0] = place >= 0x8000_0000 ? place & 0x7fff_ffff : ~place >>> 0;
  const value = single[0]!;
  if (!Number.isNaN(value)) return value;
  return place >= 0x8000_0000 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** Ends between which every value of a bin lies; a little wide, for values are rounded into their bin. */
export function binEnds(bin: number): { readonly low: number; readonly high: number } {
  return { low: atPlace(bin * 65_536 - 1), high: atPlace((bin + 1) * 65_536) };
}

/**
 * Power of two that brings the ordinary values of a bin into [1, 2), so that
 * sums of all bins are of one magnitude; 0 for the bins around 0, whose values
 * are below 2⁻¹²⁶ and add nothing to a sum.
 */
export function binScale(bin: number): number {
  const magnitude = bin >= 0x8000 ? bin & 0x7fff : ~bin & 0x7fff;
  const exponent = magnitude >>> 7;
  return exponent === 0 ? 0 : 2 ** (127 - exponent);
}
