/**
 * What a task brings to the road: the kernel that scores its rows, the tallies that keep them, and
 * the sections of the report that are made of these. Batches, threads, states, slices, clusters,
 * comparisons and the rest are the driver's (`run/`), and the same for all tasks.
 */

import type { Recalibration } from '../diagnosis/recalibration.js';
import type { Metrics } from '../metrics/metric-values.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import type { Labels } from '../types/forms.js';
import type { ReportSource, RowTask } from '../types/report.js';
import type { RowTexts } from '../types/row-texts.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import type { PartFacts } from '../types/scorer-part.js';
import type { KernelName, RowBuffers } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';
import type { Complaints } from './complaints.js';

/** A recalibration, and what its sample keeps of a row. */
export type ShapedRecalibration = Recalibration & { readonly shape: SampleShape };

/** What is known of the dump, for messages and for the report. */
export interface TaskContext {
  /** Name of the predictions. */
  readonly source: string;
  /** Name of the file of targets, where there is one. */
  readonly labels: string | undefined;
  /** Whether the kind of the scores was decided from the rows. */
  readonly kindFrom: 'data' | 'option' | undefined;
  readonly classNames: readonly string[] | null;
  readonly weighted: boolean;
  readonly invalid: 'error' | 'skip';
}

/** Where a batch lies in the dump, and what stands beside its rows. */
export interface BatchPlace {
  readonly firstRow: number;
  readonly texts: RowTexts | undefined;
  /** Takes note of rows that cannot be scored. */
  readonly complaints: Complaints;
}

/** Rows of arrays, to be filled into leases. */
export interface ArrayRows {
  readonly count: number;
  /** Of labels alone. */
  readonly texts?: RowTexts;
  fill(lease: RowBuffers, first: number, count: number): void;
}

/** Rows by what became of them. */
export interface TaskRows {
  readonly total: number;
  readonly scored: number;
  readonly ignored: number;
  readonly invalid: number;
}

/** A scorer of one task's rows with its tallies. */
export interface TaskScorer {
  readonly task: RowTask;
  readonly kernel: KernelName | 'none';
  readonly readings: Readings;
  /** Exponential and logarithm of its core, or the host's. */
  readonly math: ScalarMath;
  /** Scores per row. */
  readonly width: number;
  /** Rows of a batch where the caller does not say: enough to fill a call, few enough for the cache. */
  readonly batchRows: number;
  /** What the scores are, for the report. */
  readonly kind: ReportSource['kind'];
  /** Number format of the scores, for the report of arrays. */
  readonly stored: string;
  readonly rows: TaskRows;
  /** Rows taken in so far; cheaper than {@link rows}. */
  readonly seen: number;
  /** Reads arrays, where they hold anything but scores. @throws UsageError `length-mismatch` */
  readArrays?(predictions: Labels, targets: Labels): ArrayRows;
  /** Σw of the rows that were scored, where that alone is what the loss is divided by. */
  readonly weight?: number;
  /** Lends memory for `rows` rows. The lease before it is dead. */
  lease(rows: number): RowBuffers;
  /** Two leases, alive until the next: one is filled while the other is scored. Left out where rows are few bytes. */
  leasePair?(rows: number): readonly [RowBuffers, RowBuffers];
  /**
   * Scores the first `count` rows of a lease, and complains of those that cannot be.
   * @throws InputError for a row that nothing can be done about
   */
  score(buffers: RowBuffers, count: number, place: BatchPlace): ScoredRows;
  /** Adds the rows that were scored last to the tallies. */
  add(rows: ScoredRows, buffers: RowBuffers): void;
  /** Adds the rows of a scorer of the same options. @throws UsageError `state-mismatch` */
  merge(other: TaskScorer): void;
  /** Plain values: the same text for the same rows. */
  toJSON(): unknown;
  /** A scorer of the same options with the tallies of what {@link toJSON} gave. @throws InputError `state-damaged` */
  read(state: unknown): TaskScorer;
  /** How its sampled rows are recalibrated. @param kernel in memory of its own */
  recalibration(kernel: TemperKernel, math: ScalarMath): Promise<ShapedRecalibration>;
  /** What rows that cannot be scored should be, for the message about them. */
  readonly expected: string;
  /** The metrics. */
  metrics(): Metrics;
  /** What parts may look at. @param metrics so far */
  partFacts(metrics: Metrics): PartFacts;
  sections(facts: SectionFacts): Sections;
}
