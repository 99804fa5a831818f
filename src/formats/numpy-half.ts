/** Half precision (IEEE 754 binary16), widened to single precision without loss. */

let table: Float32Array | null = null;

/**
 * The value of each of the 65 536 half-precision bit patterns: exact, NaN
 * payloads included where they are copied as bits.
 */
export function halfValues(): Float32Array {
  table ??= buildTable();
  return table;
}

/** half: s eeeee mmmmmmmmmm → single: s eeeeeeee mmmmmmmmmm0000000000000 */
function buildTable(): Float32Array {
  const bits = new Uint32Array(0x10000);
  const values = new Float32Array(bits.buffer);
  for (let half = 0; half < bits.length; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >>> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) {
      // Zero and subnormals: fraction · 2⁻²⁴, a normal single or zero.
      values[half] = fraction * 2 ** -24;
      bits[half]! |= sign;
    } else {
      // Infinity and NaN keep the exponent of all ones; the others move the bias from 15 to 127.
      const wide = exponent === 0x1f ? 0xff : exponent + 112;
      bits[half] = sign | (wide << 23) | (fraction << 13);
    }
  }
  return values;
}
