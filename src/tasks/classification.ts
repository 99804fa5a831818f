/** A score for each class: the loss, accuracy and everything that follows from a confusion matrix. */

import type { Metrics } from '../metrics/metric-values.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import {
  type ClassReportOptions,
  classFacts,
  classMetrics,
  classSections,
} from '../report/class-report.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import { binEdges } from '../tallies/calibration-bins.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { RowAudit } from '../tallies/row-audit.js';
import { damagedState, requireCount, requireRecord } from '../tallies/state-check.js';
import { InputError } from '../types/errors.js';
import { MOST_TALLIED_ROWS, type RowTally } from '../types/row-tally.js';
import type { ScoredRows as AnyRows, Readings } from '../types/rows.js';
import { BYTES_PER_SCORE } from '../types/score-array.js';
import type { PartFacts } from '../types/scorer-part.js';
import type { Dtype, RowBuffers, RowOptions, RowScorer, ScoredRows } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';
import { VERSION } from '../version.js';
import { checkClassRows } from './class-checks.js';
import { notedRows, watchFor } from './kind-watch.js';
import type { BatchPlace, ShapedRecalibration, TaskContext, TaskScorer } from './task.js';

const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_ROWS = 16_384;

/** How many rows to lease at a time for rows of this size. */
export function batchRows(width: number, dtype: Dtype): number {
  const bytes = Math.max(1, width) * BYTES_PER_SCORE[dtype];
  return Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / bytes)));
}

export class ClassTask implements TaskScorer {
  readonly task = 'classification';
  readonly readings: Readings = { loss: 'log_loss', second: 'accuracy' };
  readonly expected = 'finite numbers (−∞ is allowed as a mask, but not in every column)';
  readonly math: ScalarMath;
  readonly #rows: RowScorer;
  readonly #context: TaskContext;
  readonly #options: ClassReportOptions;
  #tally: ClassificationTally;
  /** Adds up batches next to the kernel; null where rows or classes have weights, or labels are smoothed. */
  readonly #rowTally: RowTally | null;
  #audit: RowAudit;
  /** Rows of logits that look like probabilities or log-probabilities. */
  #normalized = 0;
  /** Rows of probabilities whose sum is off by more than 1e-5. */
  #loose = 0;
  readonly #watch: number;

  constructor(
    rows: RowScorer,
    math: ScalarMath,
    context: TaskContext,
    options: ClassReportOptions = {},
  ) {
    this.#rows = rows;
    this.math = math;
    this.#context = context;
    this.#options = options;
    const { classes, classWeights, labelSmoothing, eps, kind, dtype, ignoreIndex } = rows.options;
    const { weighted, invalid, kindFrom } = context;
    this.#audit = new RowAudit(rows.options);
    const tallyEps = kind === 'probabilities' ? eps : 0;
    const plain = !weighted && classWeights === null && labelSmoothing === 0;
    this.#watch = watchFor(kind, kindFrom);
    const watched = { eps: tallyEps, watch: this.#watch, binEdges: binEdges() };
    this.#rowTally = (plain && rows.tally?.(watched)) || null;
    this.#tally = new ClassificationTally({
      classes,
      weighted,
      classWeights,
      labelSmoothing,
      eps: tallyEps,
      kernel: rows.kernel,
      version: VERSION,
      context: { kind, dtype, ignoreIndex, invalid },
    });
  }

  get rowOptions(): RowOptions {
    return this.#rows.options;
  }

  get kernel() {
    return this.#rows.kernel;
  }

  get width(): number {
    return this.#rows.options.classes;
  }

  get kind() {
    return this.#rows.options.kind;
  }

  get stored(): string {
    return this.#rows.options.dtype;
  }

  get batchRows(): number {
    return batchRows(this.width, this.#rows.options.dtype);
  }

  get rows() {
    this.#settle();
    return this.#tally.rows;
  }

  get seen(): number {
    return this.#tally.rows.total + (this.#rowTally?.rows ?? 0);
  }

  lease(rows: number): RowBuffers {
    return this.#rows.lease(rows);
  }

  leasePair(rows: number): readonly [RowBuffers, RowBuffers] {
    return this.#rows.leasePair(rows);
  }

  /** @throws InputError `target-out-of-range`, `bad-soft-target`, `contradicted-kind` */
  score(buffers: RowBuffers, count: number, { firstRow, texts, complaints }: BatchPlace) {
    const scores = this.#rows.score(buffers, count);
    const { options } = this.#rows;
    if (this.#rowTally === null || this.#rowTally.refused(count) > 0) {
      const { source, labels, classNames, kindFrom = 'option' } = this.#context;
      const batch = { firstRow, buffers, scores, options };
      checkClassRows({ ...batch, source, labels, classNames, kindFrom }, complaints);
    }
    const weights = this.#context.weighted ? buffers.weights : null;
    return { firstRow, scores, targets: buffers.targets, weights, texts };
  }

  add(scored: AnyRows, { scores }: RowBuffers): void {
    const rows = scored as ScoredRows;
    if (this.#rowTally !== null) this.#tallyInPlace(this.#rowTally, rows);
    else {
      this.#tally.add(rows);
      this.#note(notedRows(rows.scores, scores, this.#rows.options, this.#watch));
    }
    this.#audit.add(rows, scores);
  }

  #tallyInPlace(rowTally: RowTally, rows: ScoredRows): void {
    if (rowTally.rows + rows.scores.count > MOST_TALLIED_ROWS) this.#settle();
    rowTally.add(rows.scores.count);
    if (!rowTally.holdsConfusion) this.#tally.addCells(rows);
  }

  /** Brings the tally up to date. */
  #settle(): void {
    this.#rowTally?.drain((totals) => {
      this.#tally.addTotals(totals);
      this.#note(totals.noted);
    });
  }

  /** Counts rows that say something about the kind of the scores. */
  #note(rows: number): void {
    if (this.kind === 'probabilities') this.#loose += rows;
    else this.#normalized += rows;
  }

  merge(other: ClassTask): void {
    other.#settle();
    this.#tally.merge(other.#tally);
    this.#audit.merge(other.#audit);
    this.#normalized += other.#normalized;
    this.#loose += other.#loose;
  }

  toJSON(): unknown {
    this.#settle();
    return {
      audit: this.#audit.toJSON(),
      normalized: this.#normalized,
      loose: this.#loose,
      tally: this.#tally.toJSON(),
    };
  }

  read(state: unknown): ClassTask {
    const record = requireRecord(state, 'the state of the rows');
    // Without the row tally: what is read is merged, and scores nothing.
    const { kernel, options } = this.#rows;
    const idle = { kernel, options } as RowScorer;
    const read = new ClassTask(idle, this.math, this.#context, this.#options);
    read.#audit = RowAudit.fromJSON(record.audit, options);
    read.#normalized = requireCount(record.normalized, 'the number of normalised rows');
    read.#loose = requireCount(record.loose, 'the number of rows of loose sums');
    read.#tally = ClassificationTally.fromJSON(record.tally);
    if (Math.max(read.#normalized, read.#loose, read.#audit.certain) > read.#tally.rows.scored) {
      throw damagedState('more rows are counted than were scored');
    }
    return read;
  }

  async recalibration(kernel: TemperKernel, math: ScalarMath): Promise<ShapedRecalibration> {
    // On demand: a page without a diagnosis does not load it.
    const { ClassRecalibration } = await import('../diagnosis/class-recalibration.js');
    return new ClassRecalibration({ ...this.rowOptions, kernel, math });
  }

  /** @throws InputError `ambiguous-kind` */
  metrics(): Metrics {
    this.#settle();
    this.#refuseNormalizedLogits();
    return classMetrics(this.#tally, this.math, this.#options);
  }

  /** The first rows looked like logits, but most of all rows do not: neither reading can be trusted. */
  #refuseNormalizedLogits(): void {
    const { scored } = this.#tally.rows;
    if (this.#normalized === 0 || this.#normalized < scored / 2) return;
    throw new InputError('ambiguous-kind', {
      source: this.#context.source,
      problem: 'the first rows are logits, but most rows are normalised',
      found: `${this.#normalized} of ${scored} rows that are probabilities or log-probabilities`,
      expected: 'rows of one kind',
      advice: 'Was the file put together from two? If all rows are logits, say --kind logits.',
    });
  }

  partFacts(metrics: Metrics): PartFacts {
    return { metrics, ...classFacts(this.#tally, this.math) };
  }

  sections(facts: SectionFacts): Sections {
    const { classNames, weighted, invalid } = this.#context;
    const { options: rowOptions, kernel } = this.#rows;
    const own = { tally: this.#tally, math: this.math, kernel, looseRows: this.#loose };
    const options = { ...this.#options, rowOptions, weighted, invalid, classNames };
    return classSections({ ...own, ...options, audit: this.#audit }, facts);
  }
}
