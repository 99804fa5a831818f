/**
 * Exact weighted moments Σv, Σvx and Σvx² of values x with weights v, and from
 * them the sum of squared deviations from the mean.
 *
 * A product of two doubles is the sum of two doubles, its rounded value and
 * the error of that (Dekker, Numer. Math. 18, 1971), so products enter the
 * exact sums whole. The deviations come from integers and are rounded once:
 * they are never negative, and a large common offset of the values costs no digit.
 */

import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { requireRecord } from './state-check.js';

/** Splits a double into two of 26 bits. */
const SPLITTER = 2 ** 27 + 1;

/** Rows whose products are held at a time. */
const SLICE = 1024;

/** high[i] + low[i] = a[i] · b[i], exactly, while no product leaves 1e-290 … 1e300. */
function products(
  a: Float64Array,
  b: Float64Array,
  high: Float64Array,
  low: Float64Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const x = a[i]!;
    const y = b[i]!;
    const product = x * y;
    const splitX = SPLITTER * x;
    const highX = splitX - (splitX - x);
    const lowX = x - highX;
    const splitY = SPLITTER * y;
    const highY = splitY - (splitY - y);
    const lowY = y - highY;
    high[i] = product;
    low[i] = lowX * lowY - (product - highX * highY - lowX * highY - highX * lowY);
  }
}

const buffer = () => new Float64Array(SLICE);
const [high, low, highest, higher, lower, lowest] = [
  buffer(),
  buffer(),
  buffer(),
  buffer(),
  buffer(),
  buffer(),
];

export interface ExactMomentsState {
  /** A number of rows, or Σv. */
  readonly sums: ExactSumsState;
}

export class ExactMoments {
  readonly #weighted: boolean;
  /** Σv, Σvx, Σvx². */
  readonly #sums = new ExactSums(3);

  constructor(weighted: boolean) {
    this.#weighted = weighted;
  }

  /** Adds `values[0 … count)` with weight `weights[i]`, or 1. All must be finite and of size ≤ 1e100. */
  addRows(values: Float64Array, weights: Float64Array | null, count: number): void {
    if (!this.#weighted || weights === null) this.#sums.add(0, count);
    for (let from = 0; from < count; from += SLICE) {
      const n = Math.min(SLICE, count - from);
      const x = values.subarray(from, from + n);
      if (!this.#weighted || weights === null) {
        this.#sums.addColumn(1, x, n);
        products(x, x, high, low, n);
        this.#addSquares(high, low, n);
        continue;
      }
      const v = weights.subarray(from, from + n);
      this.#sums.addColumn(0, v, n);
      products(v, x, high, low, n);
      this.#sums.addColumn(1, high, n);
      this.#sums.addColumn(1, low, n);
      products(high, x, highest, higher, n);
      this.#addSquares(highest, higher, n);
      products(low, x, lower, lowest, n);
      this.#addSquares(lower, lowest, n);
    }
  }

  #addSquares(rounded: Float64Array, error: Float64Array, count: number): void {
    this.#sums.addColumn(2, rounded, count);
    this.#sums.addColumn(2, error, count);
  }

  /** Σv. */
  get weight(): number {
    return this.#sums.value(0);
  }

  /** Σvx / Σv. */
  get mean(): number {
    return this.#sums.value(1) / this.#sums.value(0);
  }

  /** Σ v (x − x̄)², to the last digit or two. */
  get squaredDeviations(): number {
    const v = parse(this.#sums.text(0));
    const sum = parse(this.#sums.text(1));
    const squares = parse(this.#sums.text(2));
    if (v.digits === 0n) return 0;
    // (Σv · Σvx² − (Σvx)²) / Σv, which is ≥ 0 by Cauchy and Schwarz; not quite
    // where squares have lost digits to underflow.
    const spread = difference(multiply(v, squares), multiply(sum, sum));
    return spread.digits <= 0n ? 0 : quotient(spread, v);
  }

  merge(other: ExactMoments): void {
    this.#sums.merge(other.#sums);
  }

  toJSON(): ExactMomentsState {
    return { sums: this.#sums.toJSON() };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, weighted: boolean): ExactMoments {
    const read = new ExactMoments(weighted);
    read.#sums.merge(ExactSums.fromJSON(requireRecord(state, 'exact moments').sums, 3));
    return read;
  }
}

/** digits · 2^exponent. */
interface Binary {
  readonly digits: bigint;
  readonly exponent: number;
}

/** A sum as {@link ExactSums.text} writes it. */
function parse(text: string): Binary {
  const [hex = '0', exponent = '0'] = text.split('p');
  const digits = BigInt(`0x${hex.replace('-', '')}`);
  return { digits: hex.startsWith('-') ? -digits : digits, exponent: Number(exponent) };
}

function multiply(a: Binary, b: Binary): Binary {
  return { digits: a.digits * b.digits, exponent: a.exponent + b.exponent };
}

function difference(a: Binary, b: Binary): Binary {
  const exponent = Math.min(a.exponent, b.exponent);
  const at = ({ digits, exponent: own }: Binary) => digits << BigInt(own - exponent);
  return { digits: at(a) - at(b), exponent };
}

/** Bits of a quotient that are computed: more than a double has. */
const QUOTIENT_BITS = 64;

function bitLength(value: bigint): number {
  return value.toString(16).length * 4;
}

/** a / b for a ≥ 0 and b > 0, rounded. */
function quotient(a: Binary, b: Binary): number {
  const shift = QUOTIENT_BITS + bitLength(b.digits) - bitLength(a.digits);
  const numerator = shift >= 0 ? a.digits << BigInt(shift) : a.digits;
  const denominator = shift >= 0 ? b.digits : b.digits << BigInt(-shift);
  const exponent = a.exponent - b.exponent - shift;
  // In two steps, as a power of two may lie outside the doubles where the result does not.
  const half = Math.trunc(exponent / 2);
  return Number(numerator / denominator) * 2 ** half * 2 ** (exponent - half);
}
