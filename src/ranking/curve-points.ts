/** Curves as arrays: what lies at or above each threshold. */

import { RunningSum } from '../metrics/running-sum.js';
import type { RunWalk } from '../types/ranking.js';

/** Positives and negatives that score at least each threshold, highest threshold first. */
export interface CurvePoints {
  readonly thresholds: Float64Array;
  readonly truePositives: Float64Array;
  readonly falsePositives: Float64Array;
}

/** One point per run of equal scores. */
export function curvePoints(walk: RunWalk): CurvePoints {
  const thresholds = new GrowingArray();
  const truePositives = new GrowingArray();
  const falsePositives = new GrowingArray();
  const above = { positives: new RunningSum(), negatives: new RunningSum() };
  walk(({ count, scores, positives, negatives }) => {
    for (let i = 0; i < count; i++) {
      above.positives.add(positives[i]);
      above.negatives.add(negatives[i]);
      thresholds.push(scores[i]);
      truePositives.push(above.positives.value);
      falsePositives.push(above.negatives.value);
    }
  });
  return {
    thresholds: thresholds.values(),
    truePositives: truePositives.values(),
    falsePositives: falsePositives.values(),
  };
}

/** Values at some indices, or a copy of all. */
export function pick(values: Float64Array, indices: Float64Array | null): Float64Array {
  return indices === null ? values.slice() : indices.map((i) => values[i]);
}

/** Indices below `count` that a condition holds for. */
export function indicesWhere(count: number, holds: (index: number) => boolean): Float64Array {
  const indices = new GrowingArray();
  for (let i = 0; i < count; i++) if (holds(i)) indices.push(i);
  return indices.values();
}

class GrowingArray {
  #values = new Float64Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = new Float64Array(2 * this.#length);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length++] = value;
  }

  values(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}
