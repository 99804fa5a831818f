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
import { damagedState, isRecord, requireCount, requireList } from './state-check.js';

const BASE = 2 ** 32;
const INVERSE_BASE = 2 ** -32;
/** Digit k counts multiples of 2^(32 k + LOWEST_EXPONENT). */
const LOWEST_EXPONENT = -1087;
/** Digits 0 … 65 hold every double; two more take the carries. */
const DIGITS = 68;
const ADDS_BEFORE_CARRY = 2 ** 20;
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

/** How often +∞, −∞ and NaN were added to one sum. */
type NonFinite = [plus: number, minus: number, nan: number];

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
      this.#addNonFinite(index, value);
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
    for (const [index, [plus, minus, nan]] of other.#nonFinite ?? []) {
      if (index < count) this.#countNonFinite(places?.[index] ?? index, plus, minus, nan);
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
    this.#countNonFinite(index, nonFinite[0]!, nonFinite[1]!, nonFinite[2]!);
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
    if (special !== undefined) {
      if (special[2] > 0 || (special[0] > 0 && special[1] > 0)) return Number.NaN;
      return special[0] > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    }
    const sign = this.#readMagnitude(index);
    if (sign === 0) return 0;
    let top = DIGITS - 1;
    while (magnitude[top] === 0) top--;
    // The top three digits, cut after 21 bits of the second, so that both
    // parts are exact; what lies below only breaks ties, and an odd last bit
    // says as much. One addition then rounds once, as at least 65 bits stand
    // above that last bit.
    const second = top > 0 ? magnitude[top - 1] : 0;
    const third = top > 1 ? magnitude[top - 2] : 0;
    const secondHigh = Math.floor(second / 2 ** 11);
    const upper = magnitude[top] * 2 ** 21 + secondHigh;
    let lower = (second - secondHigh * 2 ** 11) * BASE + third;
    if (lower % 2 === 0) {
      for (let k = top - 3; k >= 0; k--) {
        if (magnitude[k] !== 0) {
          lower += 1;
          break;
        }
      }
    }
    // Two steps: the power of two may lie below the smallest double though the
    // product does not. A subnormal sum is a multiple of 2⁻¹⁰⁷⁴, hence exact.
    const exponent = 32 * (top - 2) + LOWEST_EXPONENT;
    const half = Math.trunc(exponent / 2);
    return sign * (upper * 2 ** 43 + lower) * 2 ** half * 2 ** (exponent - half);
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
    for (const [plus, minus, nan] of this.#nonFinite?.values() ?? []) {
      whole.#countNonFinite(0, plus, minus, nan);
    }
    if (this.#width > 0) {
      this.#carry();
      whole.#reserve(this.#lowest, this.#lowest + this.#width - 1);
      for (let sum = 0; sum < this.#count; sum++) {
        if (whole.#pending >= ADDS_BEFORE_CARRY) whole.#carry();
        whole.#pending++;
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

  /**
   * The finite part of one sum, exactly: `<hex>p<e>` means the hexadecimal
   * integer times 2^e, its last digit not 0; `0` is zero. Equal sums have
   * equal texts.
   */
  text(index: number): string {
    const sign = this.#readMagnitude(index);
    if (sign === 0) return '0';
    let top = DIGITS - 1;
    while (magnitude[top] === 0) top--;
    let bottom = 0;
    while (magnitude[bottom] === 0) bottom++;
    let hex = magnitude[top].toString(16);
    for (let k = top - 1; k >= bottom; k--) hex += magnitude[k].toString(16).padStart(8, '0');
    let end = hex.length;
    while (hex.charCodeAt(end - 1) === 0x30) end--;
    const exponent = LOWEST_EXPONENT + 32 * bottom + 4 * (hex.length - end);
    return `${sign < 0 ? '-' : ''}${hex.slice(0, end)}p${exponent}`;
  }

  /**
   * Adds a sum that {@link text} wrote.
   * @throws InputError `state-damaged` when the text is none.
   */
  addText(index: number, text: unknown): void {
    if (text === '0') return;
    const match =
      typeof text === 'string' && text.length <= 600
        ? /^(-?)([1-9a-f][0-9a-f]*)p(-?[0-9]{1,4})$/.exec(text)
        : null;
    if (match === null) throw damagedState('an exact sum is not written as <hex>p<exponent>', text);
    const [, sign, hex, exponent] = match as unknown as [string, string, string, string];
    const shift = Number(exponent) - LOWEST_EXPONENT;
    const last = Number.parseInt(hex[hex.length - 1]!, 16);
    // Sums of doubles are multiples of 2⁻¹⁰⁷⁴: bit 13 above the lowest digit's first.
    const fine = shift < 12 || (shift === 12 && last % 2 === 1);
    if (last === 0 || shift % 4 !== 0 || fine || shift / 4 + hex.length > 8 * (DIGITS - 2)) {
      throw damagedState('an exact sum is out of range or not in its shortest form', text);
    }
    if (this.#pending >= ADDS_BEFORE_CARRY) this.#carry();
    this.#pending++;
    const padded = hex + '0'.repeat((shift / 4) % 8);
    const bottom = Math.floor(shift / 32);
    const top = bottom + Math.ceil(padded.length / 8) - 1;
    if (top < bottom) return;
    this.#reserve(bottom, top);
    for (let k = bottom; k <= top; k++) {
      const end = padded.length - 8 * (k - bottom);
      const digit = Number.parseInt(padded.slice(Math.max(0, end - 8), end), 16);
      this.#digits[index * this.#width + k - this.#lowest] += sign === '-' ? -digit : digit;
    }
  }

  toJSON(): ExactSumsState {
    const sums = Array.from({ length: this.#count }, (_, index) => this.text(index));
    if (this.#nonFinite === null) return { sums };
    const nonFinite = [...this.#nonFinite].map(([index, counts]) => [index, ...counts]);
    return { sums, nonFinite: nonFinite.sort((a, b) => a[0]! - b[0]!) };
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
      for (const entry of requireList(state.nonFinite, 'non-finite sums')) {
        const [index, plus, minus, nan] = requireList(entry, 'a non-finite sum', 4).map((part) =>
          requireCount(part, 'a count of non-finite values'),
        ) as [number, number, number, number];
        if (index >= count) throw damagedState('a non-finite sum has no place', String(index));
        read.#countNonFinite(index, plus, minus, nan);
      }
    }
    return read;
  }

  #addNonFinite(index: number, value: number): void {
    this.#countNonFinite(
      index,
      value === Number.POSITIVE_INFINITY ? 1 : 0,
      value === Number.NEGATIVE_INFINITY ? 1 : 0,
      Number.isNaN(value) ? 1 : 0,
    );
  }

  #countNonFinite(index: number, plus: number, minus: number, nan: number): void {
    if (plus + minus + nan === 0) return;
    this.#nonFinite ??= new Map();
    const counts = this.#nonFinite.get(index);
    if (counts === undefined) {
      this.#nonFinite.set(index, [plus, minus, nan]);
    } else {
      counts[0] += plus;
      counts[1] += minus;
      counts[2] += nan;
    }
  }

  /** Widens the window so that it holds the digits `first … last`. */
  #reserve(first: number, last: number): void {
    if (this.#width === 0) {
      this.#lowest = first;
      this.#width = last - first + 1;
      this.#digits = new Float64Array(this.#count * this.#width);
      return;
    }
    if (first >= this.#lowest && last < this.#lowest + this.#width) return;
    const lowest = Math.min(this.#lowest, first);
    const width = Math.max(this.#lowest + this.#width - 1, last) - lowest + 1;
    const digits = new Float64Array(this.#count * width);
    const shift = this.#lowest - lowest;
    for (let sum = 0; sum < this.#count; sum++) {
      const from = sum * this.#width;
      const to = sum * width + shift;
      for (let k = 0; k < this.#width; k++) digits[to + k] = this.#digits[from + k];
    }
    this.#digits = digits;
    this.#lowest = lowest;
    this.#width = width;
  }

  /** Settles carries: every digit in [0, 2³²) but the top one, which bears the sign. */
  #carry(): void {
    this.#pending = 0;
    while (this.#width > 0) {
      let overflow = false;
      const digits = this.#digits;
      const width = this.#width;
      for (let sum = 0; sum < this.#count; sum++) {
        const last = sum * width + width - 1;
        let carry = 0;
        for (let place = sum * width; place < last; place++) {
          const digit = digits[place] + carry;
          carry = Math.floor(digit * INVERSE_BASE);
          digits[place] = digit - carry * BASE;
        }
        digits[last] += carry;
        if (Math.abs(digits[last]) >= BASE) overflow = true;
      }
      const top = this.#lowest + width;
      // The uppermost digit never overflows: that takes 2⁶⁰ largest doubles.
      if (overflow && top < DIGITS) this.#reserve(top, top);
      else break;
    }
  }

  /**
   * Fills {@link magnitude} with the settled digits of one sum.
   * @returns the sign: −1, 0 or 1.
   */
  #readMagnitude(index: number): number {
    if (this.#pending > 0) this.#carry();
    const width = this.#width;
    const from = index * width;
    magnitude.fill(0);
    if (width === 0) return 0;
    const sign = this.#digits[from + width - 1] < 0 ? -1 : 1;
    let carry = 0;
    let any = 0;
    for (let k = 0; k < width; k++) {
      const digit = sign * this.#digits[from + k] + carry;
      carry = Math.floor(digit * INVERSE_BASE);
      magnitude[this.#lowest + k] = digit - carry * BASE;
      any += magnitude[this.#lowest + k];
    }
    return any === 0 ? 0 : sign;
  }
}

/** Exact sum of the values, rounded once: the same in any order. */
export function exactSum(values: ArrayLike<number>): number {
  const sum = new ExactSums(1);
  const column = values instanceof Float64Array ? values : Float64Array.from(values);
  sum.addColumn(0, column, column.length);
  return sum.value(0);
}
