/** Scores of any number format as plain numbers. */

import type { Dtype, ScoreArray } from './scores.js';

/** Bytes of one score. */
export const BYTES_PER_SCORE: Readonly<Record<Dtype, number>> = { f64: 8, f32: 4, f16: 2, bf16: 2 };

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The number that 16 bits of IEEE 754 half precision stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0
    ? sign * mantissa * 2 ** -24
    : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** The number that the upper 16 bits of a float stand for. */
export function brainToNumber(bits: number): number {
  word[0] = bits << 16;
  return float[0];
}

/** One score as a number. */
export function scoreAt(scores: ScoreArray, dtype: Dtype, index: number): number {
  if (dtype === 'f16') return halfToNumber(scores[index]);
  return dtype === 'bf16' ? brainToNumber(scores[index]) : scores[index];
}

/** Memory for `count` scores. */
export function newScoreArray(dtype: Dtype, count: number): ScoreArray {
  if (dtype === 'f64') return new Float64Array(count);
  return dtype === 'f32' ? new Float32Array(count) : new Uint16Array(count);
}

/** A view of `count` scores in a buffer. */
export function scoreView(
  dtype: Dtype,
  buffer: ArrayBuffer,
  offset: number,
  count: number,
): ScoreArray {
  if (dtype === 'f64') return new Float64Array(buffer, offset, count);
  return dtype === 'f32'
    ? new Float32Array(buffer, offset, count)
    : new Uint16Array(buffer, offset, count);
}

/** Scores `from` … `to` as numbers; f32 and f64 are not copied. */
export function scoreValues(
  scores: ScoreArray,
  dtype: Dtype,
  from: number,
  to: number,
): Float32Array | Float64Array {
  const part = scores.subarray(from, to);
  if (!(part instanceof Uint16Array)) return part;
  const toNumber = dtype === 'bf16' ? brainToNumber : halfToNumber;
  return Float32Array.from(part, toNumber);
}
