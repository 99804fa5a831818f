/** What a dump is scored with, and what a caller can do with one on its way. */

import type { OpenDump } from '../intake/dump-request.js';
import type { Like } from '../report/like.js';
import type { DumpReader } from '../types/dump.js';
import type { Task } from '../types/report.js';
import type { ScoreKind } from '../types/scores.js';
import type { FitRows } from './fit-rows.js';
import type { Scorer } from './scorer.js';
import type { CreateScorerOptions, SourceDetails } from './scorer-options.js';

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
    'classes' | 'dtype' | 'kind' | 'weighted' | 'softTargets' | 'source' | 'fitRows' | 'task'
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
   * Rows that temperature and refinement are fitted on. A number: so many are sampled at most,
   * and about half as many at least. `all`: every row; where the sample does not hold them, the dump
   * is read again a few times, one batch in memory. Default: a sample of 2048 to
   * 65 536 rows, the more the shorter they are, and fewer where 2048 would take more than 64 MiB.
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

/** What to open a dump as: a kind is one of scores of classes, or labels. */
export function taskOf({
  task = 'auto',
  kind = 'auto',
}: Pick<DumpOptions, 'task' | 'kind'>): Task | 'auto' {
  if (task !== 'auto' || kind === 'auto') return task;
  return 'classification';
}
