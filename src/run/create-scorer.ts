/** Makes scorers: the kernel, the task, and the parts that the options ask for. */

import { RowEngine } from '../engine/row-engine.js';
import { ClassTask } from '../tasks/classification.js';
import type { TaskContext, TaskScorer } from '../tasks/task.js';
import type { RowTask } from '../types/report.js';
import { rowOptions } from '../types/row-options.js';
import type { ScorerPart } from '../types/scorer-part.js';
import { type CoreLoader, coreFor } from './core-loader.js';
import { Scorer } from './scorer.js';
import type { CreateScorerOptions, SourceDetails } from './scorer-options.js';

export type { CoreLoader };

/**
 * Refuses options that say nothing about a task's rows.
 * @throws UsageError `no-such-option-here`
 */
export async function checkOptions(
  task: RowTask,
  options: CreateScorerOptions,
  source: string,
): Promise<void> {
  const { threshold, quantiles } = options;
  // As a rule there is nothing to refuse, and a page does not load what says why.
  if (task === 'classification' && threshold === undefined && quantiles === undefined) return;
  const { refuseOptions } = await import('../tasks/option-scope.js');
  refuseOptions(task, options, source);
}

/**
 * Makes what scores the rows, without the parts.
 * @throws as {@link makeScorer}
 */
export async function makeTask(
  loadCore: CoreLoader,
  options: CreateScorerOptions,
  details: SourceDetails = {},
): Promise<TaskScorer> {
  const { task = 'classification', source = 'predictions', classNames = null } = options;
  const { weighted = false, invalid = 'error', classes, softTargets = false } = options;
  const { labels, kindFrom } = details;
  const context: TaskContext = { source, labels, kindFrom, classNames, weighted, invalid };
  await checkOptions(task, options, source);
  if (task !== 'classification') {
    const { makeOtherTask } = await import('./other-tasks.js');
    return makeOtherTask(task, loadCore, options, context, details.reason ?? null);
  }
  const checked = rowOptions({ ...options, classes: classes as number });
  const core = await coreFor(loadCore, options.kernel);
  // Loaded on demand: hardly any run asks for the reference.
  const rows =
    core === null
      ? new (await import('../reference/row-reference.js')).RowReference(checked)
      : new RowEngine(core, checked);
  const math = core ?? Math;
  if (!softTargets) return new ClassTask(rows, math, context, options);
  const { makeSoftTask } = await import('./soft-tasks.js');
  return makeSoftTask(rows, math, context, options);
}

/**
 * Makes a scorer on the kernel that the options ask for.
 * @throws UsageError for options that do not fit, `soft-targets` among them; LogitscopeError `no-simd`, `no-relaxed-simd`
 */
export async function makeScorer(
  loadCore: CoreLoader,
  options: CreateScorerOptions,
  details?: SourceDetails,
): Promise<Scorer> {
  const task = await makeTask(loadCore, options, details);
  return new Scorer(task, options, details, await makeParts(loadCore, task, options));
}

async function makeParts(
  loadCore: CoreLoader,
  task: TaskScorer,
  options: CreateScorerOptions,
): Promise<ScorerPart[]> {
  const {
    diagnose = false,
    ranking = false,
    by,
    cluster,
    compared = false,
    comparedRows,
  } = options;
  const rows = task instanceof ClassTask ? task.rowOptions : null;
  if (rows !== null && options.softTargets) {
    const { makeSoftPart } = await import('./soft-tasks.js');
    return [makeSoftPart(rows, task, options)];
  }
  const parts: ScorerPart[] = [];
  if (rows !== null && options.choices !== undefined) {
    // Before all others: they look at its baselines, and clusters widen its intervals.
    const { makeChoicesPart } = await import('./parts/choices-part.js');
    parts.push(makeChoicesPart(rows, task.math, options.choices, options));
  }
  const isRanked = rows !== null && ranking !== false;
  // Labels alone have nothing to diagnose, but rows to compare.
  const isDiagnosed = diagnose && (task.readings.loss !== null || compared);
  if (isRanked || isDiagnosed) {
    const make = await import('./parts/make-parts.js');
    // Ranking first: a diagnosis looks at its metrics.
    if (isRanked) parts.push(await make.makeRankingPart(loadCore, rows, options));
    if (isDiagnosed) parts.push(await make.makeDiagnosisPart(loadCore, task, options));
  }
  if (comparedRows !== undefined) {
    const { ColumnsPart } = await import('./parts/columns-part.js');
    const { weighted = false } = options;
    parts.push(new ColumnsPart({ rows: comparedRows, weighted, grouped: cluster !== undefined }));
  }
  if (by !== undefined || cluster !== undefined) {
    const { makeTextParts } = await import('./parts/text-parts.js');
    parts.push(...makeTextParts(task.readings, options, rows?.classWeights ?? null));
  }
  return parts;
}
