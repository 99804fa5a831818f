/** What a sample keeps of a task's rows. */

import type { RealArray } from './gradients.js';
import type { ScoredRows } from './rows.js';
import type { Dtype, RowBuffers } from './scores.js';

/**
 * Writes what a sample keeps of row `row` of a scored batch to `into[0 … width)`.
 * @param buffers those that the batch was scored in
 */
export type PackRow = (buffers: RowBuffers, row: number, into: RealArray, rows: ScoredRows) => void;

export interface SampleShape {
  /** Numbers of a sampled row. */
  readonly width: number;
  /** Number format of a row's scores, and of the sample; samples widen 16 bits to f32. */
  readonly dtype: Dtype;
  /** Null where the row's scores are kept as they lie. */
  readonly pack: PackRow | null;
  /** Target classes; 0 where targets are not classes. */
  readonly classes: number;
  /** Whether losses are squares of what has a unit, and so of any size. */
  readonly squares?: boolean;
  /** The target that a list of rows shows; left out where it is `ScoredRows.targets`. */
  readonly listedTarget?: (buffers: RowBuffers, row: number) => number;
}
