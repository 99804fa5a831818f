// Sorts scores, highest first, each with 32 bits that it carries along: a
// label, or the index of its row.
//
// The bits of a float, read as an integer, stand in the order of the numbers
// once negative ones are complemented and positive ones get the upper half.
// Complemented again, the highest comes first:
//
//   ∞ … 1 … 0 │ −0 … −1 … −∞      →      0 … 2^31 − 1 │ 2^31 … 2^32 − 1
//
// −0 is taken for 0. Passes over the digits of these keys, lowest first, sort
// them (radix sort); equal keys keep their order. The host calls for pieces of
// a pass, so that optimised code comes in after the first of them.

const DIGIT_BITS: u32 = 11;
const BUCKETS: usize = 1 << DIGIT_BITS;
const DIGIT_MASK: u32 = (1 << DIGIT_BITS) - 1;

// `counts` holds keys per digit and value of the digit, u32 each: 2048 values,
// three digits of f32 and six of f64.

// @ts-ignore: decorator
@inline
function digits_of<KEY>(): usize {
  return (sizeof<KEY>() * 8 + DIGIT_BITS - 1) / DIGIT_BITS;
}

/** Where the keys are counted that have the same digit as this one. */
// @ts-ignore: decorator
@inline
function counter_of<KEY>(counts: usize, key: KEY, digit: usize): usize {
  const value = <usize>(key >> <KEY>(digit * DIGIT_BITS)) & DIGIT_MASK;
  return counts + ((digit << DIGIT_BITS) + value) * 4;
}

/** Turns scores into keys and counts their digits; `first` is set on the first piece. NaN must not be among them. */
// @ts-ignore: decorator
@inline
export function count_digits<IN, KEY>(scores: usize, count: usize, counts: usize, first: bool): void {
  if (first) memory.fill(counts, 0, digits_of<KEY>() * BUCKETS * 4);
  const top = <KEY>1 << <KEY>(sizeof<KEY>() * 8 - 1);
  for (let i: usize = 0; i < count; i++) {
    const at = scores + i * sizeof<KEY>();
    // Adding 0 makes 0 of −0 and leaves all else as it is.
    const bits = reinterpret<KEY>(load<IN>(at) + <IN>0);
    const key = bits & top ? bits : bits ^ ~top;
    store<KEY>(at, key);
    for (let digit: usize = 0; digit < digits_of<KEY>(); digit++) {
      const counter = counter_of<KEY>(counts, key, digit);
      store<u32>(counter, load<u32>(counter) + 1);
    }
  }
}

/**
 * Makes first places of the counts of a digit.
 * @returns whether the keys differ in it: else it needs no pass
 */
export function place_digits(counts: usize, digit: usize, count: u32): bool {
  const places = counts + (digit << DIGIT_BITS) * 4;
  let place: u32 = 0;
  for (let value: usize = 0; value < BUCKETS; value++) {
    const size = load<u32>(places + value * 4);
    if (size == count) return false;
    store<u32>(places + value * 4, place);
    place += size;
  }
  return true;
}

/** Moves a piece of keys and what they carry to their places by one digit. */
// @ts-ignore: decorator
@inline
export function move_keys<KEY>(
  keys: usize,
  carried: usize,
  count: usize,
  counts: usize,
  digit: usize,
  to_keys: usize,
  to_carried: usize,
): void {
  for (let i: usize = 0; i < count; i++) {
    const key = load<KEY>(keys + i * sizeof<KEY>());
    const counter = counter_of<KEY>(counts, key, digit);
    const to = <usize>load<u32>(counter);
    store<u32>(counter, <u32>to + 1);
    store<KEY>(to_keys + to * sizeof<KEY>(), key);
    store<u32>(to_carried + to * 4, load<u32>(carried + i * 4));
  }
}

/** Turns keys into scores again. */
// @ts-ignore: decorator
@inline
export function restore_scores<KEY>(keys: usize, count: usize): void {
  const top = <KEY>1 << <KEY>(sizeof<KEY>() * 8 - 1);
  for (let i: usize = 0; i < count; i++) {
    const at = keys + i * sizeof<KEY>();
    const key = load<KEY>(at);
    store<KEY>(at, key & top ? key : key ^ ~top);
  }
}
