// Where a tally of rows keeps what, from its address on; src/engine/layout.ts
// holds the same order. The host adds a tally to its own and clears it
// (src/engine/row-tally.ts) every 2^20 rows or so.
//
//   f64 edges of the bins: −∞, 1/15 … 14/15, ∞            16
//   u32 rows: scored, ignored, refused, tied, infinite    16
//       loss, p(target) = 0, p(target) < eps, noted
//   i64 Σ|t − p|, Σ(t − p)²                                2
//   u32 rows per bin │ hits per bin                       16 + 16
//   u32 +∞, −∞, NaN of each exact sum                     34 × 3
//   v128 parts of a block: loss, its square, Brier score,  4 × 3
//        its square, in even and odd rows
//   v128 parts of a block: [confidence, gap²] per bin     15 × 3
//   u32 rows of a block per bin                           16
//   i64 digits of each exact sum                          34 × 67
//   u32 targets │ predictions │ hits │ ranks              classes each
//   u32 confusion matrix, where it is kept here           classes²
//
// Exact sums, in order: loss, loss², Brier score, its square, confidence of
// each bin, (confidence − hit)² of each bin.

/** Calibration bins. */
export const BINS: usize = 15;
/** Digit k of an exact sum counts multiples of 2^(32 k − 1087). */
export const DIGITS: usize = 67;

export const ROWS: usize = 128;
export const DISTANCES: usize = 192;
export const BIN_ROWS: usize = 208;
export const BIN_HITS: usize = 272;
export const NON_FINITE: usize = 336;
export const PARTS: usize = 768;
export const BIN_PARTS: usize = 960;
export const BLOCK_ROWS: usize = 1680;
export const SUMS: usize = 1744;
export const PER_CLASS: usize = 19968;

/** Bytes of the parts of one vector: three of two i64. */
export const PART: usize = 48;

/** Sums per column, and the first of those per bin. */
export const SUM_OF_LOSS: usize = 0;
export const SUM_OF_LOSS_SQUARE: usize = 1;
export const SUM_OF_BRIER: usize = 2;
export const SUM_OF_BRIER_SQUARE: usize = 3;
export const SUM_OF_CONFIDENCE: usize = 4;
export const SUM_OF_GAP: usize = 19;

// @ts-ignore: decorator
@inline
export function increment(address: usize, by: u32 = 1): void {
  store<u32>(address, load<u32>(address) + by);
}
