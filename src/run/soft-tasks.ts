/** What makes scorers of rows with soft targets. Loaded on demand: few pages score any. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { ClassTask } from '../tasks/classification.js';
import { SoftRows } from '../tasks/soft-rows.js';
import { checkSoftOptions } from '../tasks/soft-targets.js';
import type { TaskContext, TaskScorer } from '../tasks/task.js';
import type { ScorerPart } from '../types/scorer-part.js';
import type { RowOptions, RowScorer } from '../types/scores.js';
import { SoftPart } from './parts/soft-part.js';
import type { ScorerOptions } from './scorer-options.js';

/** @throws UsageError `soft-targets` */
export function makeSoftTask(
  rows: RowScorer,
  math: ScalarMath,
  context: TaskContext,
  options: ScorerOptions,
): ClassTask {
  checkSoftOptions(options);
  return new ClassTask(new SoftRows(rows, math), math, context, options);
}

/** The one part of such scorers: the others need rows of one true class, and the report says so. */
export function makeSoftPart(
  rows: RowOptions,
  { math }: TaskScorer,
  { weighted = false }: ScorerOptions,
): ScorerPart {
  return new SoftPart(rows, weighted, math);
}
