/** Scores an open dump from its first row to its last. */

import type { OpenDump } from '../intake/dump-request.js';
import type { Like } from '../report/like.js';
import type { DumpReader } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport, Task } from '../types/report.js';
import { scoreValues } from '../types/score-array.js';
import type { ScoredRows, ScoreKind } from '../types/scores.js';
import { type CoreLoader, type CreateScorerOptions, makeScorer } from './create-scorer.js';
import { type FitRows, sampledRows } from './fit-rows.js';
import { decideKind, HEAD_ROWS } from './kind.js';
import { plainBuffers, readHead } from './read-head.js';
import type { Scorer, SourceDetails } from './scorer.js';
import { taskOf } from './task.js';

/** Most classes that are ranked where the caller does not say: it takes time for every score. */
const MOST_RANKED = 64;

export type { Like };

/** How far a run is; `done` and `total` count bytes of the input. */
export interface Progress {
  readonly rows: number;
  readonly done: number;
  readonly total: number | null;
}

/** What the scores are; `auto` decides from the first rows, `labels` takes them for predicted labels. */
export type KindOption = ScoreKind | 'auto' | 'labels';

/** Options for scoring a dump; what the dump itself says (classes, dtype, weights) is left out. */
export interface DumpOptions
  extends Omit<
    CreateScorerOptions,
    'classes' | 'dtype' | 'kind' | 'weighted' | 'softTargets' | 'source' | 'fitRows'
  > {
  /** Default `auto`. */
  readonly kind?: KindOption | undefined;
  /**
   * What the predictions are for. `auto` (default): several scores per row and labels are of
   * classes; a single number per row with fractions is the score of the second of two classes
   * where targets are 0 and 1 alone, otherwise a value. The report says which and why.
   */
  readonly task?: Task | 'auto' | undefined;
  /**
   * Least score of a row, or label, that is called positive, under the tasks `binary` and
   * `multilabel`; default 0.5, for logits 0.
   */
  readonly threshold?: number | undefined;
  /** Quantiles of the pinball losses of a regression; default 0.1 and 0.9. */
  readonly quantiles?: readonly number[] | undefined;
  /** Most bytes held at once for what cannot be streamed; of a regression for the values that medians need, of single scores for those that rankings need (default 64 MiB). */
  readonly memoryBudget?: number | undefined;
  /**
   * Rows that temperature and refinement are fitted on. A number: so many are sampled at most,
   * and about half as many at least. `all`: every row; where the sample does not hold them, the dump
   * is read again a few times, one batch in memory. Default: a sample of 2048 to
   * 65 536 rows, the more the shorter they are, and fewer where 2048 would take more than 64 MiB.
   * Scores of `task: 'binary'` are not read again: there `all` is as many as `memoryBudget` has room for.
   */
  readonly fitRows?: FitRows | undefined;
  /** Names of the metrics that the report holds, in this order; default all that apply. */
  readonly only?: readonly string[] | undefined;
  /** Library whose conventions the numbers follow where they differ; a notice names each that changes one. */
  readonly like?: Like | undefined;
  /** Called after each batch. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** {@link DumpOptions} with the size of the sample in rows. */
export interface SampledDumpOptions extends Omit<DumpOptions, 'fitRows'> {
  readonly fitRows?: number | undefined;
}

/** A dump whose first rows are scored, so that it is known how to score the others. */
export interface StartedDump {
  readonly reader: DumpReader;
  readonly scorer: Scorer;
  /** What a scorer of other rows is to be made with; without custom metrics. */
  readonly options: CreateScorerOptions;
  readonly details: SourceDetails;
  /** First row that is not scored yet. */
  readonly nextRow: number;
  /** Whether the first rows were all there are. */
  readonly isAtEnd: boolean;
}

/**
 * Scores the rest of a dump on other threads, and merges it into the scorer.
 * @returns false where it leaves that to the caller
 */
export type ScoreElsewhere = (started: StartedDump) => Promise<boolean>;

/** What a caller can do with a dump that a reader of rows in order cannot. */
export interface DumpAccess {
  readonly scoreElsewhere?: ScoreElsewhere | undefined;
  /** Opens the dump from its first row again, for `fitRows: 'all'`. */
  readonly reopen?: (() => Promise<OpenDump>) | undefined;
}

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
    if (options.only === undefined && options.like === undefined) {
      const report = await scoreOpenDump(dump, options, loadCore, labelsName, access);
      return told(dump, report, options);
    }
    const { choicesOf } = await import('./choices.js');
    const choices = choicesOf(dump, options);
    const asked = choices.options;
    const report = await scoreOpenDump(dump, asked, loadCore, labelsName, access);
    return choices.finish(told(dump, report, asked));
  } finally {
    await dump.reader.close();
  }
}

/** A report with what was found out while the dump was read. */
function told(dump: OpenDump, report: ScoreReport, { ignoreIndex }: DumpOptions): ScoreReport {
  const notices = [...dump.notices(), ...report.notices];
  if (report.options?.ignoreIndex === undefined || ignoreIndex == null)
    return { ...report, notices };
  // As the targets of the file have it, wherever they are counted from.
  return { ...report, options: { ...report.options, ignoreIndex }, notices };
}

/** Whether rows have names, slices or clusters, which only the calling thread reads. */
export function hasTexts({ reader }: OpenDump): boolean {
  return 'texts' in reader && reader.texts !== undefined;
}

/** Where the highest score wins there is no threshold. */
function refuseThreshold({ threshold }: DumpOptions, reader: OpenDump['reader']): void {
  if (threshold === undefined) return;
  const name = 'info' in reader ? reader.info.name : reader.name;
  throw new UsageError(
    'no-threshold',
    `${name} is scored as classes, the highest score winning; --threshold cannot apply. It is for one score per row (--task binary) and for several labels per row (--task multilabel).`,
  );
}

async function scoreOpenDump(
  dump: OpenDump,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  access: DumpAccess,
): Promise<ScoreReport> {
  if (dump.content === 'single') {
    const { scoreBinaryDump } = await import('./other-dumps.js');
    return scoreBinaryDump(dump, options, loadCore, labelsName);
  }
  if (dump.content === 'values' && dump.task === 'multilabel') {
    const { scoreMultilabelDump } = await import('./other-dumps.js');
    return scoreMultilabelDump(dump.reader, options, loadCore, labelsName);
  }
  if (dump.content === 'values') {
    const { scoreValueDump } = await import('./other-dumps.js');
    return scoreValueDump(dump, options, loadCore, labelsName);
  }
  refuseThreshold(options, dump.reader);
  let report: ScoreReport;
  if (dump.content === 'labels') {
    const { scoreLabels } = await import('./other-dumps.js');
    report = await scoreLabels(dump.reader, options, labelsName);
  } else {
    const scorer = await scoreRows(dump.reader, options, loadCore, labelsName, access);
    report = scorer.report();
  }
  return taskOf(options) === 'auto' ? { ...report, taskFrom: 'data' } : report;
}

/** Scores all rows of a dump of scores. */
export async function scoreRows(
  reader: DumpReader,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsName?: string,
  { scoreElsewhere, reopen }: DumpAccess = {},
): Promise<Scorer> {
  const { metrics, onProgress, fitRows, memoryBudget, diagnose = true } = options;
  const { softTargets = false } = reader.info;
  const isReadAgain = fitRows === 'all' && diagnose && !softTargets && reopen !== undefined;
  const sampled = isReadAgain ? undefined : sampledRows(fitRows, reader.info, memoryBudget);
  const started = await startDump(reader, { ...options, fitRows: sampled }, loadCore, labelsName);
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
    const { fitAllRows } = await import('./fit-all-rows.js');
    await fitAllRows(started, reopen, loadCore, onProgress);
  }
  return scorer;
}

/**
 * Scores the first rows of a dump, which tell how to score the others.
 * @param observe sees the scored rows of every batch go by
 */
export async function startDump(
  reader: DumpReader,
  options: SampledDumpOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  observe?: (rows: ScoredRows) => void,
): Promise<StartedDump> {
  const { info } = reader;
  const { kind = 'auto', onProgress: _, metrics, ...others } = options;
  if (kind === 'labels') {
    throw new UsageError('bad-kind', `${info.name} holds scores, not predicted labels.`);
  }
  const head = plainBuffers(reader, HEAD_ROWS);
  const { rows: headRows, texts } = await readHead(reader, head);
  const values = scoreValues(head.scores, info.dtype, 0, headRows * info.classes);
  const decided = kind === 'auto' ? decideKind(info.name, values, info.classes, headRows) : kind;
  const scorerOptions: CreateScorerOptions = {
    ...others,
    classes: info.classes,
    // The kernels take 16-bit logits as they are, but no 16-bit probabilities.
    dtype: decided === 'probabilities' && info.dtype !== 'f64' ? 'f32' : info.dtype,
    kind: decided,
    weighted: info.hasWeights,
    softTargets: info.softTargets,
    source: info.name,
    eps: options.eps ?? info.epsilon,
    ignoreIndex: info.ignoreIndex ?? options.ignoreIndex,
    classNames: info.classNames,
    diagnose: options.diagnose ?? true,
    ranking: options.ranking ?? info.classes <= MOST_RANKED,
  };
  const details: SourceDetails = {
    format: info.format,
    stored: info.stored,
    kindFrom: kind === 'auto' ? 'data' : 'option',
    ...(labelsName !== undefined && { labels: labelsName }),
  };
  const scorer = await makeScorer(loadCore, { ...scorerOptions, metrics, observe }, details);
  if (headRows > 0) {
    const lease = scorer.lease(headRows);
    const sameDtype = scorerOptions.dtype === info.dtype;
    lease.scores.set(sameDtype ? head.scores.subarray(0, values.length) : values);
    lease.targets.set(head.targets.subarray(0, headRows));
    lease.weights.set(head.weights.subarray(0, headRows));
    if (head.soft) lease.soft?.set(head.soft.subarray(0, headRows * info.classes));
    scorer.update(lease, headRows, 0, texts);
  }
  const isAtEnd = headRows < HEAD_ROWS;
  return { reader, scorer, options: scorerOptions, details, nextRow: headRows, isAtEnd };
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
  let [batch, next] = scorer.leasePair();
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
