// Which scored rows a tally notes: those that look like another kind of scores
// than the call says they are.

import { CLASSES, DTYPE, SCORES, WATCH } from '../call';
import { NORMALIZER, real_at, SCORED, STATUS_MASK, status_at } from '../scores/row-scores';
import { load_one } from '../vectors/widen';

/** What rows are noted for; `Watch` in src/types/row-tally.ts. */
const WATCH_SUM: u32 = 1;

/** As in the host: how far Σ p may lie from 1, or log Σ e^z from 0. */
const TOLERANCE: f64 = 1e-3;
const LOOSE: f64 = 1e-5;
const LARGEST_PROBABILITY: f64 = 1 + 1e-6;

/** Whether a row is probabilities. Rows of logits are known by their first numbers, as a rule. */
function sums_to_one<IN>(r: usize): bool {
  const classes = load<usize>(CLASSES);
  const row = load<usize>(SCORES) + r * classes * sizeof<IN>();
  let sum: f64 = 0;
  for (let c: usize = 0; c < classes; c++) {
    const p = load_one<IN>(row + c * sizeof<IN>());
    if (!(p >= 0 && p <= LARGEST_PROBABILITY)) return false;
    sum += p;
  }
  return abs(sum - 1) <= TOLERANCE;
}

/** Number formats come in the order of src/engine/row-tally.ts. */
function is_probabilities(r: usize): bool {
  const dtype = load<u32>(DTYPE);
  if (dtype == 0) return sums_to_one<f32>(r);
  if (dtype == 1) return sums_to_one<f64>(r);
  if (dtype == 2) return sums_to_one<u16>(r);
  return sums_to_one<i16>(r);
}

/** How many scored rows of `from` … `to` are what WATCH is for: sums that are off, or another kind. */
export function count_noted(from: usize, to: usize): u32 {
  const sums_only = load<u32>(WATCH) == WATCH_SUM;
  let noted: u32 = 0;
  for (let r = from; r < to; r++) {
    if ((load<u8>(status_at(r)) & STATUS_MASK) != SCORED) continue;
    const normalizer = load<f64>(real_at(NORMALIZER, r));
    if (sums_only) {
      noted += u32(abs(normalizer - 1) > LOOSE);
    } else {
      // log Σ e^z = 0: log-probabilities.
      noted += u32(abs(normalizer) <= TOLERANCE || is_probabilities(r));
    }
  }
  return noted;
}
