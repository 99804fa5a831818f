/**
 * Tasks of anything but class scores. Loaded together when there is one: bundlers cut what
 * several parts share into as many files as there are ways to load it.
 */

import type { Core } from '../engine/core.js';
import { CoreScoreSorter } from '../engine/score-sorter.js';
import { SingleScoreEngine } from '../engine/single-score-engine.js';
import { ReferenceScoreSorter } from '../reference/score-sorter.js';
import { SingleScoreReference } from '../reference/single-score-reference.js';
import { LabelTask } from '../tasks/labels.js';
import { MultilabelTask } from '../tasks/multilabel.js';
import { type SingleKernels, SingleTask } from '../tasks/single.js';
import type { TaskContext, TaskScorer } from '../tasks/task.js';
import { ValueTask } from '../tasks/values.js';
import { UsageError } from '../types/errors.js';
import type { Task } from '../types/report.js';
import { MAX_CLASSES, singleScoreOptions } from '../types/row-options.js';
import { type CoreLoader, coreFor } from './core-loader.js';
import type { CreateScorerOptions } from './scorer-options.js';

export type OtherTask = Exclude<Task, 'classification'> | 'labels';

/**
 * @param reason why the task was decided from the data; null where it was not
 * @throws UsageError `bad-dtype`, `bad-kind`, `bad-ignore-index`, `bad-threshold`, `bad-eps`, `bad-option`, `bad-classes`
 */
export async function makeOtherTask(
  task: OtherTask,
  loadCore: CoreLoader,
  options: CreateScorerOptions,
  context: TaskContext,
  reason: string | null,
): Promise<TaskScorer> {
  const core = await coreFor(loadCore, options.kernel);
  const { ignoreIndex = null, betas, zeroDivision, memoryBudget, quantiles } = options;
  const { kernel = 'simd' } = options;
  // 16-bit numbers are read as f32.
  const dtype = options.dtype === 'f64' ? 'f64' : 'f32';
  if (task === 'labels') {
    const { outcomes } = options;
    return new LabelTask(context, { ignoreIndex, betas, zeroDivision, outcomes });
  }
  if (task === 'regression') {
    const kept = { keptBytes: memoryBudget, quantiles };
    return new ValueTask(core ?? Math, context, { kernel, dtype, ignoreIndex, reason, ...kept });
  }
  if (task === 'binary') {
    const kernels = singleKernels(core, options);
    const kept = { exactBytes: memoryBudget };
    return new SingleTask(kernels, context, { dtype, betas, zeroDivision, reason, ...kept });
  }
  const { classes: labels } = options;
  if (labels === undefined || !Number.isInteger(labels) || labels < 1 || labels > MAX_CLASSES) {
    throw new UsageError(
      'bad-classes',
      `classes must be a whole number from 1 to ${MAX_CLASSES}, that of the labels; found ${labels}.`,
    );
  }
  if (ignoreIndex === 0 || ignoreIndex === 1) {
    throw new UsageError(
      'bad-ignore-index',
      `${context.source}: targets of several labels are 0 and 1, so neither can mark rows to leave out; found --ignore-index ${ignoreIndex}. Mark them with another number, -1 say.`,
    );
  }
  const kernels = singleKernels(core, { ...options, ignoreIndex: null });
  const kept = { keptBytes: memoryBudget, ignoreIndex };
  return new MultilabelTask(kernels, context, { labels, dtype, betas, zeroDivision, ...kept });
}

function singleKernels(core: Core | null, options: CreateScorerOptions): SingleKernels {
  const { kind } = options;
  // What is neither is refused with its name.
  const single = singleScoreOptions({ ...options, kind: kind as 'logits' });
  if (core === null) {
    const scorer = new SingleScoreReference(single);
    return { scorer, math: Math, sorter: new ReferenceScoreSorter() };
  }
  // Sorting begins when the last row is scored: the two can share the memory.
  return {
    scorer: new SingleScoreEngine(core, single),
    math: core,
    sorter: new CoreScoreSorter(core),
  };
}
