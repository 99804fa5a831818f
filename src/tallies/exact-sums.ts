/**
 * Exact sums of doubles: free of order, mergeable, rounded once.
 *
 * A double is an integer of 53 bits times a power of two. Cut at the
 * multiples of 2³² it falls into three digits at most, each an integer below
 * 2³², and a Float64Array adds such digits without error 2²¹ times:
 *
 *     value   = …|hhhhhhhh|mmmmmmmm|llllllll|…        digits in base 2³²
 *     digits    [  +h    ,   +m   ,   +l    ]         one addition each
 *
 * Carries are settled once every 2²⁰ additions. What a value or a state shows
 * is the settled number, so it depends on the set of added values alone
 * (the idea of Neal's small superaccumulator, arXiv:1505.05571).
 *
 * All sums of one {@link ExactSums} share the window of digits that its values
 * have touched; a million sums of ordinary numbers cost some 32 bytes each.
 */

import { UsageError } from '../types/errors.js';
import type { ExactWords } from '../types/row-tally.js';
import { BASE, copyDigits, DIGITS, nearestDouble, readMagnitude, settle } from './exact-digits.js';
import { digitsText, parseDigits } from './exact-text.js';
import {
  countOf,
  type NonFinite,
  nonFiniteEntries,
  nonFiniteValue,
  readNonFinite,
} from './non-finite.js';
import { damagedState, isRecord, requireList } from './state-check.js';

const ADDS_BEFORE_CARRY = 2 ** 20;
/** Biased exponent of ±∞ and NaN. */
const NOT_FINITE = 0x7ff;

/** SCALE[j] brings doubles whose biased exponent is 32 j … 32 j + 31 into [1, 2³²). */
const SCALE = Float64Array.from({ length: 64 }, (_, j) => 2 ** (1023 - 32 * j));

/**
 * Numbers of [2⁻³¹, 2³³) fall into bands 31 and 32, so that four digits from
 * ORDINARY_DIGIT up hold any of them.
 */
const ORDINARY_LOW = 2 ** -31;
const ORDINARY_HIGH = 2 ** 33;
const ORDINARY_SCALE = SCALE[32]!;
const ORDINARY_DIGIT = 31;

/** Rows and numbers that {@link ExactSums.addColumn} takes together: 2¹¹ integers below 2⁴² stay below 2⁵³. */
const BLOCK = 2 ** 11;
const BLOCK_LOW = 2 ** -58;
const BLOCK_HIGH = 2 ** 16;
const block = new Float64Array(3);

/** A double and its two words, for the exponent's bits. */
const asDouble = new Float64Array(1);
const asWords = new Uint32Array(asDouble.buffer);
asDouble[0] = -0;
const HIGH_WORD = asWords[1] === 0x80000000 ? 1 : 0;

/** The argument of {@link ExactSums.add}. */
const single = new Float64Array(1);

/** Settled digits of one sum without its sign, as {@link ExactSums} reads them out. */
const magnitude = new Float64Array(DIGITS);

/** State of an {@link ExactSums}: `sums` as texts of {@link ExactSums.text}. */
export interface ExactSumsState {
  readonly sums: readonly string[];
  /** `[index, +∞, −∞, NaN]`, by index; left out where every value was finite. */
  readonly nonFinite?: readonly (readonly number[])[];
}

/** `count` exact sums, all 0 at first. */
export class ExactSums {
  #count: number;
  #digits = new Float64Array(0);
  /** Window of digits that have a place in `#digits`: `#width` from `#lowest`. */
  #lowest = 0;
  #width = 0;
  /** Additions since carries were settled, to whichever sum. */
  #pending = 0;
  #nonFinite: Map<number, NonFinite> | null = null;

  constructor(count: number) {
    this.#count = count;
  }

  /** Number of sums. */
  get count(): number {
    return this.#count;
  }

  /** Adds one value to one sum. */
  add(index: number, value: number): void {
    if (value === 0) return;
    this.#expect(1);
    single[0] = value;
    this.#addAny(index, single, 0);
  }

  /** Adds `values[0 … count)` to one sum. */
  addColumn(index: number, values: Float64Array, count: number): void {
    for (let from = 0; from < count; from += BLOCK) {
      const to = Math.min(count, from + BLOCK);
      this.#expect(to - from + 3);
      this.#addBlock(index, values, from, to);
    }
  }

  /** Adds `values[i]` to sum `indices[i]` for every i < `count`. */
  addScattered(indices: Int32Array, values: Float64Array, count: number): void {
    for (let from = 0; from < count; from += ADDS_BEFORE_CARRY) {
      const to = Math.min(count, from + ADDS_BEFORE_CARRY);
      this.#expect(to - from);
      this.#scatterOrdinary(indices, values, from, to);
    }
  }

  /** Settles carries where `count` more additions might overflow a digit. */
  #expect(count: number): void {
    if (this.#pending + count > ADDS_BEFORE_CARRY) this.#carry();
    this.#pending += count;
  }

  /**
   * The loop of {@link addColumn}. Numbers of [2⁻⁵⁸, 2¹⁶) are cut into three
   * integers of 42 bits, gathered in registers without a branch: so few of
   * them add up without error. All others go one by one.
   */
  #addBlock(index: number, values: Float64Array, from: number, to: number): void {
    let first = 0;
    let second = 0;
    let third = 0;
    for (let i = from; i < to; i++) {
      const value = values[i];
      const size = Math.abs(value);
      if (size >= BLOCK_LOW && size < BLOCK_HIGH) {
        const scaled = value * 2 ** 26;
        const a = Math.trunc(scaled);
        const rest = (scaled - a) * 2 ** 42;
        const b = Math.trunc(rest);
        first += a;
        second += b;
        third += (rest - b) * 2 ** 42;
      } else if (value !== 0) {
        this.#addAny(index, values, i);
      }
    }
    block[0] = first * 2 ** -26;
    block[1] = second * 2 ** -68;
    block[2] = third * 2 ** -110;
    for (let part = 0; part < 3; part++) if (block[part] !== 0) this.#addAny(index, block, part);
  }

  /** The loop of {@link addScattered}: four digits at a fixed place for ordinary numbers. */
  #scatterOrdinary(indices: Int32Array, values: Float64Array, from: number, to: number): void {
    this.#reserve(ORDINARY_DIGIT, ORDINARY_DIGIT + 3);
    let digits = this.#digits;
    let width = this.#width;
    let offset = ORDINARY_DIGIT - this.#lowest;
    for (let i = from; i < to; i++) {
      const value = values[i];
      const size = Math.abs(value);
      if (size >= ORDINARY_LOW && size < ORDINARY_HIGH) {
        const scaled = value * ORDINARY_SCALE;
        const a = Math.trunc(scaled);
        const afterA = (scaled - a) * BASE;
        const b = Math.trunc(afterA);
        const afterB = (afterA - b) * BASE;
        const c = Math.trunc(afterB);
        const place = indices[i] * width + offset;
        digits[place + 3] += a;
        digits[place + 2] += b;
        digits[place + 1] += c;
        digits[place] += (afterB - c) * BASE;
      } else if (value !== 0) {
        this.#addAny(indices[i], values, i);
        digits = this.#digits;
        width = this.#width;
        offset = ORDINARY_DIGIT - this.#lowest;
      }
    }
  }

  /** Adds `values[i]` of whatever magnitude. Takes the array, as a double passed alone may be boxed. */
  #addAny(index: number, values: Float64Array, i: number): void {
    const value = values[i];
    asDouble[0] = value;
    const exponent = (asWords[HIGH_WORD] >>> 20) & NOT_FINITE;
    if (exponent === NOT_FINITE) {
      this.#countNonFinite(index, countOf(value));
      return;
    }
    const band = exponent >> 5;
    this.#reserve(band, band + 2);
    const digits = this.#digits;
    const place = index * this.#width + band - this.#lowest;
    const scaled = value * SCALE[band];
    const high = Math.trunc(scaled);
    const rest = (scaled - high) * BASE;
    const middle = Math.trunc(rest);
    digits[place + 2] += high;
    digits[place + 1] += middle;
    digits[place] += (rest - middle) * BASE;
  }

  /**
   * Adds every sum of `other` to the sum of the same index.
   * @throws UsageError `state-mismatch` when their numbers of sums differ.
   */
  merge(other: ExactSums): void {
    if (other.#count !== this.#count) {
      throw new UsageError(
        'state-mismatch',
        `Cannot merge ${other.#count} exact sums into ${this.#count}; both must come from the same options.`,
      );
    }
    this.#mergeInto(other, this.#count, null);
  }

  /** Adds sum i of `other` to sum `places[i]`, for as many as there are places; no place stands twice. */
  mergeAt(other: ExactSums, places: Int32Array): void {
    this.#mergeInto(other, places.length, places);
  }

  #mergeInto(other: ExactSums, count: number, places: Int32Array | null): void {
    for (const [index, counts] of other.#nonFinite ?? []) {
      if (index < count) this.#countNonFinite(places?.[index] ?? index, counts);
    }
    if (other.#width === 0) return;
    other.#carry();
    this.#carry();
    this.#reserve(other.#lowest, other.#lowest + other.#width - 1);
    const digits = this.#digits;
    for (let sum = 0; sum < count; sum++) {
      const from = sum * other.#width;
      const place = places === null ? sum : places[sum];
      const to = place * this.#width + other.#lowest - this.#lowest;
      for (let k = 0; k < other.#width; k++) digits[to + k] += other.#digits[from + k];
    }
    this.#pending = 1;
  }

  /** Adds a sum that was added up elsewhere. */
  addWords(index: number, { words, nonFinite }: ExactWords): void {
    this.#countNonFinite(index, [nonFinite[0]!, nonFinite[1]!, nonFinite[2]!]);
    let first = 0;
    while (first < words.length && words[first] === 0) first++;
    let last = words.length - 1;
    while (last > first && words[last] === 0) last--;
    if (first > last) return;
    // A digit takes the low word of its own place and the high one of the place below.
    this.#expect(2);
    this.#reserve((first + 1) >> 1, (last + 1) >> 1);
    for (let word = first; word <= last; word++) {
      const place = index * this.#width + ((word + 1) >> 1) - this.#lowest;
      this.#digits[place] += word % 2 === 0 ? words[word]! >>> 0 : words[word]!;
    }
  }

  /** Whether the finite part of one sum is exactly 0. */
  isZero(index: number): boolean {
    if (this.#pending > 0) this.#carry();
    for (let k = 0; k < this.#width; k++) {
      if (this.#digits[index * this.#width + k] !== 0) return false;
    }
    return true;
  }

  /** One sum, rounded to the nearest double, ties to even; beyond the largest, ±∞. */
  value(index: number): number {
    const special = this.#nonFinite?.get(index);
    if (special !== undefined) return nonFiniteValue(special);
    const sign = this.#readMagnitude(index);
    return sign === 0 ? 0 : sign * nearestDouble(magnitude);
  }

  /** All sums, each rounded once. */
  values(): Float64Array {
    const all = new Float64Array(this.#count);
    for (let index = 0; index < all.length; index++) all[index] = this.value(index);
    return all;
  }

  /** Sum over all indices, rounded once. */
  total(): number {
    const whole = new ExactSums(1);
    for (const counts of this.#nonFinite?.values() ?? []) whole.#countNonFinite(0, counts);
    if (this.#width > 0) {
      this.#carry();
      whole.#reserve(this.#lowest, this.#lowest + this.#width - 1);
      for (let sum = 0; sum < this.#count; sum++) {
        whole.#expect(1);
        // A carry may have widened the window, always at its upper end.
        for (let k = 0; k < this.#width; k++)
          whole.#digits[k] += this.#digits[sum * this.#width + k];
      }
    }
    return whole.value(0);
  }

  /** Gives the sums from `count` on the value 0, or drops them. */
  resize(count: number): void {
    const digits = new Float64Array(count * this.#width);
    digits.set(this.#digits.subarray(0, Math.min(digits.length, this.#digits.length)));
    this.#digits = digits;
    this.#count = count;
  }

  /** The finite part of one sum, exactly: see exact-text.ts. Equal sums have equal texts. */
  text(index: number): string {
    const sign = this.#readMagnitude(index);
    return sign === 0 ? '0' : digitsText(sign, magnitude);
  }

  /**
   * Adds a sum that {@link text} wrote.
   * @throws InputError `state-damaged` when the text is none.
   */
  addText(index: number, text: unknown): void {
    if (text === '0') return;
    const [bottom, digits] = parseDigits(text);
    this.#expect(1);
    this.#reserve(bottom, bottom + digits.length - 1);
    const place = index * this.#width + bottom - this.#lowest;
    for (let k = 0; k < digits.length; k++) this.#digits[place + k] += digits[k];
  }

  toJSON(): ExactSumsState {
    const sums = Array.from({ length: this.#count }, (_, index) => this.text(index));
    const counts = this.#nonFinite;
    return { sums, ...(counts && { nonFinite: nonFiniteEntries(counts) }) };
  }

  /**
   * @param count how many sums the state must hold.
   * @throws InputError `state-damaged` when it is not what {@link toJSON} wrote.
   */
  static fromJSON(state: unknown, count: number): ExactSums {
    if (!isRecord(state)) throw damagedState('exact sums are not an object', state);
    const sums = requireList(state.sums, 'exact sums', count);
    const read = new ExactSums(count);
    for (let index = 0; index < count; index++) read.addText(index, sums[index]);
    if (state.nonFinite !== undefined) {
      for (const [index, counts] of readNonFinite(state.nonFinite, count)) {
        read.#countNonFinite(index, counts);
      }
    }
    return read;
  }

  #countNonFinite(index: number, [plus, minus, nan]: NonFinite): void {
    if (plus + minus + nan === 0) return;
    this.#nonFinite ??= new Map();
    const before = this.#nonFinite.get(index) ?? [0, 0, 0];
    this.#nonFinite.set(index, [before[0] + plus, before[1] + minus, before[2] + nan]);
  }

  /** Widens the window so that it holds the digits `first … last`. */
  #reserve(first: number, last: number): void {
    if (first >= this.#lowest && last < this.#lowest + this.#width) return;
    const lowest = this.#width > 0 ? Math.min(this.#lowest, first) : first;
    const width = Math.max(this.#lowest + this.#width, last + 1) - lowest;
    const digits = new Float64Array(this.#count * width);
    copyDigits(this.#digits, this.#width, digits, width, this.#lowest - lowest);
    this.#digits = digits;
    this.#lowest = lowest;
    this.#width = width;
  }

  /** Settles carries, and widens the window where they outgrow it. */
  #carry(): void {
    this.#pending = 0;
    while (this.#width > 0) {
      const overflow = settle(this.#digits, this.#width);
      const top = this.#lowest + this.#width;
      // The uppermost digit never overflows: that takes 2⁶⁰ largest doubles.
      if (overflow && top < DIGITS) this.#reserve(top, top);
      else break;
    }
  }

  /** Fills {@link magnitude} with the settled digits of one sum. @returns its sign: −1, 0 or 1 */
  #readMagnitude(index: number): number {
    if (this.#pending > 0) this.#carry();
    const width = this.#width;
    return readMagnitude(magnitude, this.#lowest, this.#digits, index * width, width);
  }
}

/** Exact sum of the values, rounded once: the same in any order. */
export function exactSum(values: ArrayLike<number>): number {
  const sum = new ExactSums(1);
  const column = values instanceof Float64Array ? values : Float64Array.from(values);
  sum.addColumn(0, column, column.length);
  return sum.value(0);
}
