/** Samples of rows from plain arrays, and the kernels that read them. */

import { TemperEngine } from '../../src/engine/temper-engine.js';
import { loadCore } from '../../src/node/core.js';
import { TemperReference } from '../../src/reference/temper-reference.js';
import { RowSample } from '../../src/tallies/row-sample.js';
import type { TemperKernel } from '../../src/types/temper.js';

export interface TestRow {
  readonly scores: readonly number[];
  readonly target: number;
  readonly weight?: number;
}

export async function temperKernels(): Promise<TemperKernel[]> {
  return [new TemperEngine(await loadCore('simd')), new TemperReference()];
}

/** A sample that holds all rows, numbered from `firstRow`. */
export function sampleOf(
  rows: readonly TestRow[],
  dtype: 'f32' | 'f64' = 'f64',
  weighted = rows.some(({ weight }) => weight !== undefined),
): RowSample {
  const classes = rows[0]!.scores.length;
  const sample = new RowSample({ classes, dtype, weighted, budget: rows.length * classes * 8 });
  rows.forEach(({ scores, target, weight = 1 }, row) => {
    if (sample.offers(row)) sample.keep(row, target, weight, Float64Array.from(scores));
  });
  return sample;
}
