/** Sorting of scores on the WebAssembly core. */

import type { RealArray } from '../types/gradients.js';
import type { ScoreSorter, SortedScores } from '../types/ranking.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { Core } from './core.js';
import { align } from './layout.js';
import { growTo } from './memory.js';

/** Bits of a digit, as in assembly/sorting/sort-scores.ts. */
const DIGIT_BITS = 11;
/** Counts of six digits of 2048 values. */
const COUNT_BYTES = 6 * 2048 * 4;
/** Keys per call: few enough that the optimised code comes in early. */
const STEP = 65536;

/** Scores and what they carry, in wasm memory. */
interface Columns {
  readonly scores: number;
  readonly carried: number;
}

/** Sorts on a core. The core's memory belongs to it during a call. */
export class CoreScoreSorter implements ScoreSorter {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @throws UsageError `bad-lease` past 4 GiB, LogitscopeError `out-of-memory` when the host refuses */
  sort(
    dtype: 'f32' | 'f64',
    count: number,
    fill: (scores: RealArray, carried: Uint32Array) => void,
  ): SortedScores {
    const size = BYTES_PER_SCORE[dtype];
    const { memory } = this.#core;
    const counts = align(this.#core.heap_base.value as number);
    let from = this.#columnsAt(counts + COUNT_BYTES, count, size);
    let to = this.#columnsAt(from.carried + 4 * count, count, size);
    growTo(memory, to.carried + 4 * count, Math.max(1, count));
    const view = ({ scores, carried }: Columns): SortedScores => ({
      scores: scoreView(dtype, memory.buffer, scores, count) as RealArray,
      carried: new Uint32Array(memory.buffer, carried, count),
    });
    const input = view(from);
    fill(input.scores, input.carried);
    const core = this.#core;
    const countDigits = dtype === 'f32' ? core.count_digits_f32 : core.count_digits_f64;
    const moveKeys = dtype === 'f32' ? core.move_keys_f32 : core.move_keys_f64;
    const restoreScores = dtype === 'f32' ? core.restore_scores_f32 : core.restore_scores_f64;
    for (let i = 0; i < count; i += STEP) {
      countDigits(from.scores + i * size, Math.min(STEP, count - i), counts, i === 0 ? 1 : 0);
    }
    for (let digit = 0; digit * DIGIT_BITS < size * 8 && count > 1; digit++) {
      if (core.place_digits(counts, digit, count) === 0) continue;
      for (let i = 0; i < count; i += STEP) {
        const length = Math.min(STEP, count - i);
        const { scores, carried } = from;
        moveKeys(scores + i * size, carried + i * 4, length, counts, digit, to.scores, to.carried);
      }
      [from, to] = [to, from];
    }
    for (let i = 0; i < count; i += STEP) {
      restoreScores(from.scores + i * size, Math.min(STEP, count - i));
    }
    return view(from);
  }

  #columnsAt(base: number, count: number, size: number): Columns {
    const scores = align(base);
    return { scores, carried: align(scores + count * size) };
  }
}
