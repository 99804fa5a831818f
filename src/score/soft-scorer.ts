/** Makes scorers of rows with soft targets. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowScorer } from '../types/scores.js';
import { SoftPart } from './parts/soft-part.js';
import { Scorer, type ScorerOptions, type SourceDetails } from './scorer.js';
import { SoftRows } from './soft-rows.js';
import { checkSoftOptions } from './soft-targets.js';

/**
 * A scorer without what needs rows of one true class: its report says so.
 * @throws UsageError `soft-targets`
 */
export function makeSoftScorer(
  rows: RowScorer,
  math: ScalarMath,
  options: ScorerOptions,
  details: SourceDetails | undefined,
): Scorer {
  checkSoftOptions(options);
  const part = new SoftPart(rows.options, options.weighted ?? false, math);
  return new Scorer(new SoftRows(rows, math), math, options, details, [part]);
}
