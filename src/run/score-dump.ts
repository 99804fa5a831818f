/** Scores an open dump from its first row to its last, whatever its task. */

import type { OpenDump } from '../intake/dump-request.js';
import { decideKind, HEAD_ROWS } from '../tasks/kind.js';
import type { DumpInfo, DumpReader } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { RowTask, ScoreReport } from '../types/report.js';
import type { ScoredRows } from '../types/rows.js';
import { scoreValues } from '../types/score-array.js';
import type { RowBuffers, ScoreKind } from '../types/scores.js';
import { type CoreLoader, checkOptions, makeScorer } from './create-scorer.js';
import {
  type DumpAccess,
  type DumpOptions,
  type KindOption,
  type SampledDumpOptions,
  type StartedDump,
  taskOf,
} from './dump-options.js';
import { sampledRows } from './fit-rows.js';
import { plainBuffers, readHead } from './read-head.js';
import type { Scorer } from './scorer.js';
import type { CreateScorerOptions, SourceDetails } from './scorer-options.js';

/** Most classes that are ranked where the caller does not say: it takes time for every score. */
const MOST_RANKED = 64;

/**
 * Scores a dump and closes it.
 * @param labelsName name of the file of targets, for the report
 * @throws InputError, UsageError as the reader, the scorer and the report do
 */
export async function scoreDump(
  dump: OpenDump,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsName?: string,
  access: DumpAccess = {},
): Promise<ScoreReport> {
  try {
    if (options.fitRows !== undefined && dump.task !== 'classification') {
      const { refuseFitRows } = await import('../tasks/option-scope.js');
      refuseFitRows(dump.task, dump.reader.info.name);
    }
    if (options.only === undefined && options.like === undefined) {
      const scorer = await scoreRows(dump, options, loadCore, labelsName, access);
      return told(dump, scorer.report(), options);
    }
    const { choicesOf } = await import('./choices.js');
    const choices = choicesOf(dump, options);
    const asked = choices.options;
    const scorer = await scoreRows(dump, asked, loadCore, labelsName, access);
    return choices.finish(told(dump, scorer.report(), asked), scorer.weight);
  } finally {
    await dump.reader.close();
  }
}

/** A report with what was found out while the dump was read. */
export function told(dump: OpenDump, report: ScoreReport, options: DumpOptions): ScoreReport {
  const isAuto =
    dump.reason !== null || (report.task === 'classification' && taskOf(options) === 'auto');
  const { ignoreIndex } = options;
  const isMarked = report.options.ignoreIndex !== undefined && ignoreIndex != null;
  return {
    ...report,
    ...(isAuto && { taskFrom: 'data' as const }),
    // As the targets of the file have it, wherever they are counted from.
    ...(isMarked && { options: { ...report.options, ignoreIndex } }),
    notices: [...dump.notices(), ...report.notices],
  };
}

/** Scores all rows of a dump. */
export async function scoreRows(
  dump: OpenDump,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsName?: string,
  { scoreElsewhere, reopen }: DumpAccess = {},
): Promise<Scorer> {
  const { reader, task } = dump;
  const { metrics, onProgress, fitRows, memoryBudget, diagnose = true } = options;
  const { softTargets = false } = reader.info;
  const isFitted = diagnose && !softTargets && task !== 'labels';
  const isReadAgain = fitRows === 'all' && isFitted && reopen !== undefined;
  const sampled = isReadAgain ? undefined : sampledRows(fitRows, dump, memoryBudget);
  const started = await startDump(dump, { ...options, fitRows: sampled }, loadCore, labelsName);
  const { scorer, nextRow } = started;
  if (!started.isAtEnd) {
    const elsewhere = metrics === undefined || metrics.length === 0 ? scoreElsewhere : undefined;
    if (!(await elsewhere?.(started))) {
      await scoreReader(reader, scorer, nextRow, () => {
        onProgress?.({ rows: scorer.rowsSeen, ...reader.progress() });
      });
    }
  }
  if (isReadAgain) {
    const { fitAgain } = await import('./fit-again.js');
    await fitAgain(started, reopen, loadCore, onProgress);
  }
  return scorer;
}

/**
 * Scores the first rows of a dump, which tell how to score the others.
 * @param observe sees the scored rows of every batch go by
 */
export async function startDump(
  dump: OpenDump,
  options: SampledDumpOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  observe?: (rows: ScoredRows, buffers: RowBuffers) => void,
): Promise<StartedDump> {
  const { reader, task, reason } = dump;
  const { info } = reader;
  // With the file's name, before a row is read.
  await checkOptions(task, options as CreateScorerOptions, info.name);
  if (task === 'regression') requireOneOutput(info);
  const { kind = 'auto', onProgress: _, metrics, ...others } = options;
  if (kind === 'labels' && task !== 'labels') {
    throw new UsageError('bad-kind', `${info.name} holds scores, not predicted labels.`);
  }
  const head = plainBuffers(reader, task, HEAD_ROWS);
  const { rows: headRows, texts } = await readHead(reader, head);
  const values = scoreValues(head.scores, info.dtype, 0, headRows * info.classes);
  const decided = await kindOf(task, info, kind, values, headRows);
  const scorerOptions: CreateScorerOptions = {
    ...others,
    task,
    classes: info.classes,
    // The kernels take 16-bit logits as they are, but no 16-bit probabilities.
    dtype: decided === 'probabilities' && info.dtype !== 'f64' ? 'f32' : info.dtype,
    kind: decided ?? undefined,
    weighted: info.hasWeights,
    softTargets: info.softTargets,
    choices: info.choices,
    outcomes: info.outcomes,
    cluster: options.cluster ?? info.cluster,
    source: info.name,
    ...(hasProbabilities(task) && { eps: options.eps ?? info.epsilon }),
    ignoreIndex: info.ignoreIndex ?? options.ignoreIndex,
    classNames: namesOf(task, info, options),
    diagnose: options.diagnose ?? true,
    // A class that is not one of every row has no curve.
    ranking: hasVaryingChoices(info) ? false : (options.ranking ?? info.classes <= MOST_RANKED),
  };
  const details: SourceDetails = {
    format: info.format,
    stored: info.stored,
    kindFrom: isFromData(dump, kind) ? 'data' : 'option',
    ...(labelsName !== undefined && { labels: labelsName }),
    reason,
  };
  const scorer = await makeScorer(loadCore, { ...scorerOptions, metrics, observe }, details);
  if (headRows > 0) {
    const lease = scorer.lease(headRows);
    const sameDtype = scorerOptions.dtype === info.dtype;
    lease.scores.set(sameDtype ? head.scores.subarray(0, values.length) : values);
    copyTargets(head, lease, headRows, info.classes);
    scorer.update(lease, headRows, 0, texts);
  }
  const isAtEnd = headRows < HEAD_ROWS;
  return { reader, scorer, options: scorerOptions, details, nextRow: headRows, isAtEnd };
}

/**
 * What the scores are, as was said or as the first rows say; null where there is no such question.
 * @throws UsageError `bad-kind`; InputError `ambiguous-kind`
 */
async function kindOf(
  task: RowTask,
  { name, classes, kind: known }: DumpInfo,
  kind: KindOption,
  values: Float32Array | Float64Array,
  rows: number,
): Promise<ScoreKind | null> {
  if (!hasProbabilities(task) || kind === 'labels') return null;
  if (task === 'classification') {
    if (kind === 'auto') return known ?? decideKind(name, values, classes, rows);
    return kind;
  }
  const { decideSingleKind, givenKind } = await import('../tasks/single-checks.js');
  return givenKind(kind, name) ?? decideSingleKind(name, values, classes);
}

/** @throws UsageError `several-outputs` */
function requireOneOutput({ name, classes }: DumpInfo): void {
  if (classes === 1) return;
  throw new UsageError(
    'several-outputs',
    `${name} has ${classes} predictions per row; a regression is scored one output at a time. Choose one with --scores and its targets with --target.`,
  );
}

function hasVaryingChoices({ choices }: DumpInfo): boolean {
  return choices !== undefined && choices.fewest < choices.most;
}

function hasProbabilities(task: RowTask): boolean {
  return task !== 'regression' && task !== 'labels';
}

/** Whether the data said what the numbers are. */
function isFromData({ task, reason, reader }: OpenDump, kind: KindOption): boolean {
  if (reader.info.kind !== undefined) return false;
  if (task === 'regression') return reason !== null;
  return task === 'labels' ? kind !== 'labels' : kind === 'auto';
}

/** Names of the classes, or labels. @throws UsageError `class-names` */
function namesOf(
  task: RowTask,
  info: DumpInfo,
  { classNames = null }: DumpOptions,
): readonly string[] | null {
  if (task === 'regression') return null;
  if (task === 'labels') return classNames ?? info.classNames;
  if (task !== 'multilabel' || classNames === null) return info.classNames;
  const { classes, name } = info;
  if (classNames.length === classes && new Set(classNames).size === classes) return classNames;
  throw new UsageError(
    'class-names',
    `${classNames.length} label names were given with --class-names, but ${name} has ${classes} scores per row. Give one distinct name per label, in their order.`,
  );
}

function copyTargets(from: RowBuffers, to: RowBuffers, rows: number, width: number): void {
  if (to.values) to.values.set(from.values!.subarray(0, rows * width));
  else to.targets.set(from.targets.subarray(0, to.targets.length > 0 ? rows : 0));
  to.weights.set(from.weights.subarray(0, rows));
  if (from.soft) to.soft?.set(from.soft.subarray(0, rows * width));
}

/**
 * Scores what a reader has left.
 * @param firstRow index of the first of these rows in the whole dump
 * @param onBatch called after each batch with the number of rows so far, and waited for
 * @returns the number of rows
 */
export async function scoreReader(
  reader: DumpReader,
  scorer: Scorer,
  firstRow: number,
  onBatch: (rows: number) => undefined | Promise<void>,
): Promise<number> {
  const pair = scorer.leasePair();
  if (pair === null) return scoreInTurn(reader, scorer, firstRow, onBatch);
  let [batch, next] = pair;
  let rows = 0;
  let count = await reader.read(batch);
  while (count > 0) {
    const texts = reader.texts?.();
    // Reading of files goes on while the kernel runs.
    const reading = reader.read(next);
    // Its error is thrown below, after those of the rows before it.
    reading.catch(() => {});
    try {
      scorer.update(batch, count, firstRow + rows, texts);
      rows += count;
      const waiting = onBatch(rows);
      if (waiting) await waiting;
    } catch (error) {
      // Nothing may write to the lease, or read the file, any more.
      await reading.catch(() => {});
      throw error;
    }
    count = await reading;
    [batch, next] = [next, batch];
  }
  return rows;
}

/** {@link scoreReader} of tasks that have one lease at a time. */
async function scoreInTurn(
  reader: DumpReader,
  scorer: Scorer,
  firstRow: number,
  onBatch: (rows: number) => undefined | Promise<void>,
): Promise<number> {
  for (let rows = 0; ; ) {
    const count = await scoreBatch(reader, scorer, firstRow + rows);
    if (count === 0) return rows;
    rows += count;
    const waiting = onBatch(rows);
    if (waiting) await waiting;
  }
}

/**
 * Scores the next batch of a reader.
 * @returns the number of its rows; 0 only at the end
 */
export async function scoreBatch(
  reader: DumpReader,
  scorer: Scorer,
  firstRow: number,
): Promise<number> {
  const lease = scorer.lease();
  const count = await reader.read(lease);
  if (count > 0) scorer.update(lease, count, firstRow, reader.texts?.());
  return count;
}
