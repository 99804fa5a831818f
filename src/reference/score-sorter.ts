/** Sorting of scores in plain TypeScript: the truth in tests, and the way without SIMD. */

import type { RealArray } from '../types/gradients.js';
import type { ScoreSorter, SortedScores } from '../types/ranking.js';

/** The host's own stable sort of row indices. */
export class ReferenceScoreSorter implements ScoreSorter {
  sort(
    dtype: 'f32' | 'f64',
    count: number,
    fill: (scores: RealArray, carried: Uint32Array) => void,
  ): SortedScores {
    const RealArrayOf = dtype === 'f32' ? Float32Array : Float64Array;
    const scores = new RealArrayOf(count);
    const carried = new Uint32Array(count);
    fill(scores, carried);
    const order = Array.from({ length: count }, (_, i) => i);
    // The sort takes a difference of −0 for 0, but ∞ − ∞ is none.
    order.sort((a, b) => (scores[a] === scores[b] ? 0 : scores[b] - scores[a]));
    const sorted = new RealArrayOf(count);
    for (let i = 0; i < count; i++) sorted[i] = scores[order[i]] + 0;
    return { scores: sorted, carried: Uint32Array.from(order, (i) => carried[i]) };
  }
}
