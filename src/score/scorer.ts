/** Rows in, report out: the row kernel, the checks and the tally behind one object. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { buildReport } from '../report/score-report.js';
import { binEdges } from '../tallies/calibration-bins.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { RowAudit } from '../tallies/row-audit.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { Metric, MetricDefinition } from '../types/metric.js';
import type { ClassScoreReport, ReportSource } from '../types/report.js';
import type { RowOptionsInput } from '../types/row-options.js';
import { MOST_TALLIED_ROWS, type RowTally } from '../types/row-tally.js';
import type { RowTexts } from '../types/row-texts.js';
import { BYTES_PER_SCORE } from '../types/score-array.js';
import type { ScorerPart } from '../types/scorer-part.js';
import type { Dtype, RowBuffers, RowScorer, ScoredRows } from '../types/scores.js';
import { VERSION } from '../version.js';
import { notedRows, watchFor } from './kind-watch.js';
import { checkTexts, fillTargets, flatRows, slice, sliceTexts } from './row-arrays.js';
import {
  type Complaint,
  checkRows,
  mergeComplaint,
  noComplaint,
  refuseComplaints,
} from './row-checks.js';
import { RowRanges } from './row-ranges.js';
import {
  complaintState,
  type ReadState,
  readScorerState,
  SCORER_SCHEMA,
  type ScorerState,
} from './scorer-state.js';

/** Rows of a batch where the caller does not say: enough to fill a call, few enough for the cache. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_ROWS = 16_384;

/** How many rows to lease at a time for rows of this size. */
export function batchRows(classes: number, dtype: Dtype): number {
  return Math.max(
    1,
    Math.min(BATCH_ROWS, Math.floor(BATCH_BYTES / (classes * BYTES_PER_SCORE[dtype]))),
  );
}

/** What becomes of rows that cannot be scored. */
export type InvalidPolicy = 'error' | 'skip';

/** Options of a {@link Scorer} beside those of its rows. */
export interface ScorerOptions extends RowOptionsInput {
  /** Whether rows have sample weights; default false. */
  readonly weighted?: boolean | undefined;
  /**
   * Whether the target of a row is a probability per class, `soft` of a lease; default false. The
   * loss is then the cross-entropy of all classes, and the target of accuracy and the other metrics
   * of labels the largest class, of rows that have one. Temperature, ranking, calibration, slices
   * and clusters need rows of one true class.
   */
  readonly softTargets?: boolean | undefined;
  /**
   * Rows of NaN or +∞, all −∞, or without a target: `error` (default) refuses
   * the dump when the report is asked for, `skip` leaves them out, counted.
   */
  readonly invalid?: InvalidPolicy | undefined;
  /** Names of the classes in order. */
  readonly classNames?: readonly string[] | null | undefined;
  /** Metrics of one's own, reported beside the built-in ones. */
  readonly metrics?: readonly (Metric | MetricDefinition)[] | undefined;
  /** Which k of top-k accuracy; default 1 … 5 below the number of classes. */
  readonly topK?: readonly number[] | undefined;
  /** Which β of Fβ; default 1, 2 and 0.5. */
  readonly betas?: readonly number[] | undefined;
  /** Value of precision, recall and their like where they are 0/0; default 0. */
  readonly zeroDivision?: number | undefined;
  /** Name of the predictions in messages and in the report; default `predictions`. */
  readonly source?: string | undefined;
  /** Sees the scored rows of every batch; they are valid during the call. @internal */
  readonly observe?: ((rows: ScoredRows) => void) | undefined;
  /**
   * Whether the report says why the loss is what it is: temperature, refinement
   * and calibration, the worst rows. Default false; for whole dumps true.
   */
  readonly diagnose?: boolean | undefined;
  /** How many of the rows of highest loss the diagnosis lists; default 10. */
  readonly worst?: number | undefined;
  /** Name of what parts the rows into slices, `texts.by` of every batch: the report has each slice's loss and accuracy. */
  readonly by?: string | undefined;
  /** Name of what tells which rows are not independent, `texts.cluster` of every batch: it widens the intervals of loss and accuracy. */
  readonly cluster?: string | undefined;
  /**
   * Rows that the diagnosis has room for in its sample, which temperature and refinement are
   * fitted on: of more it keeps about half as many or more, by a hash of their index. Default:
   * 2048 to 65 536, the more the shorter they are, and fewer where 2048 would take more than 64 MiB.
   */
  readonly fitRows?: number | undefined;
  /**
   * Whether the report has AUC and average precision. `true`: while all scores
   * fit in 16 MiB; `bounded`: past that within certain bounds, which takes time
   * for every score. Default false; for whole dumps true up to 64 classes.
   */
  readonly ranking?: boolean | 'bounded' | undefined;
}

/** What the report says about where the rows came from. */
export type SourceDetails = Partial<Omit<ReportSource, 'kind'>>;

/**
 * Scores batches of rows and keeps the tally. Made by `createScorer`.
 *
 * Two ways in: {@link add} copies arrays; {@link lease} and {@link update}
 * copy nothing. Results do not depend on how the rows are split into batches,
 * nor on the order in which scorers are merged, to the last bit.
 *
 * Rows count once. From the first time that `firstRow` is given, a scorer
 * knows the place of its rows in the dump, and refuses rows that it has
 * already, from batches and from merges. Rows that came before, or to a scorer
 * that was never told, are numbered from 0 without a claim to their place:
 * {@link merge} takes them as other rows, whatever their numbers. A saved
 * state is taken at its word: all its rows have their place.
 */
export class Scorer {
  readonly #rows: RowScorer;
  readonly #math: ScalarMath;
  readonly #options: ScorerOptions;
  readonly #source: string;
  readonly #details: SourceDetails;
  readonly #tally: ClassificationTally;
  /** Adds up batches next to the kernel; null where rows or classes have weights, or labels are smoothed. */
  readonly #rowTally: RowTally | null;
  readonly #metrics: readonly Metric[];
  readonly #parts: readonly ScorerPart[];
  readonly #invalid: Complaint = noComplaint();
  readonly #missing: Complaint = noComplaint();
  readonly #audit: RowAudit;
  /** Rows whose place in the dump is known. */
  #placed = new RowRanges();
  /** Rows that were numbered for want of a place; numbers may come twice. */
  #numbered = new RowRanges();
  #placing = false;
  #nextRow = 0;
  /** Rows of logits that look like probabilities or log-probabilities. */
  #normalized = 0;
  /** Rows of probabilities whose sum is off by more than 1e-5. */
  #loose = 0;
  readonly #watch: number;

  /** Use `createScorer`, which loads the core. */
  constructor(
    rows: RowScorer,
    math: ScalarMath,
    options: ScorerOptions,
    details: SourceDetails = {},
    parts: readonly ScorerPart[] = [],
  ) {
    this.#rows = rows;
    this.#parts = parts;
    this.#math = math;
    this.#options = options;
    this.#source = options.source ?? 'predictions';
    this.#details = details;
    this.#metrics = (options.metrics ?? []).map((metric) =>
      'create' in metric ? metric.create() : metric,
    );
    const { classes, classWeights, labelSmoothing, eps, kind, dtype, ignoreIndex } = rows.options;
    this.#audit = new RowAudit(rows.options);
    const { weighted = false } = options;
    const tallyEps = kind === 'probabilities' ? eps : 0;
    const plain = !weighted && classWeights === null && labelSmoothing === 0;
    this.#watch = watchFor(kind, details.kindFrom);
    const watch = this.#watch;
    this.#rowTally =
      (plain && rows.tally?.({ eps: tallyEps, watch, binEdges: binEdges() })) || null;
    this.#tally = new ClassificationTally({
      classes,
      weighted,
      classWeights,
      labelSmoothing,
      eps: tallyEps,
      kernel: rows.kernel,
      version: VERSION,
      context: { kind, dtype, ignoreIndex, invalid: options.invalid ?? 'error' },
    });
  }

  /** Number of classes. */
  get classes(): number {
    return this.#rows.options.classes;
  }

  /** Rows taken in so far. */
  get rowsSeen(): number {
    return this.#tally.rows.total + (this.#rowTally?.rows ?? 0);
  }

  /**
   * Lends memory for `rows` rows of scores, targets and weights: views of wasm
   * memory, so filling them is the only copy. The lease before it is dead.
   * @param rows default: a batch of about 2 MiB
   */
  lease(rows?: number): RowBuffers {
    const { classes, dtype } = this.#rows.options;
    return this.#rows.lease(rows ?? batchRows(classes, dtype));
  }

  /**
   * Two leases of a batch each, alive until the next: one is filled while the other is scored.
   * @internal
   */
  leasePair(): readonly [RowBuffers, RowBuffers] {
    const { classes, dtype } = this.#rows.options;
    return this.#rows.leasePair(batchRows(classes, dtype));
  }

  /**
   * Scores the first `count` rows of the current lease and adds them to the tally.
   * @param row index of the first of them in the whole dump; default: they follow the last
   * @param texts names, slices and clusters of the rows, `count` of each that there is
   * @throws InputError `target-out-of-range`, `bad-soft-target`, `contradicted-kind`, `bad-weight`, `too-many-slices`,
   *   `too-many-clusters`
   * @throws UsageError `bad-row`, `length-mismatch`, `missing-texts`; `state-overlap` when the scorer
   *   has one of the rows already
   */
  update(buffers: RowBuffers, count = buffers.capacity, row?: number, texts?: RowTexts): void {
    if (row !== undefined) this.#placing = true;
    const firstRow = row ?? this.#nextRow;
    if (!Number.isSafeInteger(firstRow + count) || firstRow < 0) {
      throw new UsageError('bad-row', `A row index is a whole number ≥ 0; found ${firstRow}.`);
    }
    if (this.#placing) this.#placed.requireFree(firstRow, firstRow + count);
    checkTexts(texts, count, this.#options);
    const scores = this.#rows.score(buffers, count);
    const { options } = this.#rows;
    const { classNames = null } = this.#options;
    const { kindFrom = 'option', labels } = this.#details;
    if (this.#rowTally === null || this.#rowTally.refused(count) > 0) {
      checkRows(
        { source: this.#source, labels, firstRow, buffers, scores, options, classNames, kindFrom },
        this.#invalid,
        this.#missing,
      );
    }
    const weights = this.#options.weighted ? buffers.weights : null;
    const rows: ScoredRows = { firstRow, scores, targets: buffers.targets, weights, texts };
    if (this.#rowTally !== null) {
      this.#tallyInPlace(this.#rowTally, rows);
    } else {
      this.#tally.add(rows);
      this.#note(notedRows(scores, buffers.scores, options, this.#watch));
    }
    this.#audit.add(rows, buffers.scores);
    for (const part of this.#parts) part.add(rows, buffers.scores);
    for (const metric of this.#metrics) metric.update(rows);
    this.#options.observe?.(rows);
    this.#nextRow = firstRow + count;
    (this.#placing ? this.#placed : this.#numbered).add(firstRow, this.#nextRow);
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
    if (this.#rows.options.kind === 'probabilities') this.#loose += rows;
    else this.#normalized += rows;
  }

  /**
   * Scores rows held in arrays.
   * @param scores rows × classes, in lists or flat; for dtype f16 and bf16 their bits
   * @param targets class index per row, its name among `classNames`, or a one-hot row; where the scorer was
   *   made with `softTargets: true` a probability per class, rows × classes, in lists or flat
   * @param weights sample weight per row, where the scorer was made with `weighted: true`
   * @param firstRow index of the first row in the whole dump; default: they follow the last
   * @param texts names (`id`), slices (`by`) and clusters (`cluster`) of the rows
   * @throws UsageError `length-mismatch`; and what {@link update} throws
   */
  add(
    scores: Scores,
    targets: Targets,
    weights?: ArrayLike<number>,
    firstRow?: number,
    texts?: RowTexts,
  ): void {
    const { classes } = this;
    const { weighted = false, softTargets = false } = this.#options;
    const values = flatRows('scores', scores, classes);
    const wanted = softTargets ? flatRows('targets', targets, classes) : targets;
    const rows = softTargets ? wanted.length / classes : wanted.length;
    if (values.length !== rows * classes) {
      throw new UsageError(
        'length-mismatch',
        softTargets
          ? `${values.length} scores need as many targets, a probability each; found ${wanted.length}.`
          : `${rows} targets of ${classes} classes need ${rows * classes} scores; found ${values.length}.`,
      );
    }
    if (weighted !== (weights !== undefined) || (weights && weights.length !== rows)) {
      throw new UsageError(
        'length-mismatch',
        weighted
          ? `Expected ${rows} weights, one per row; found ${weights?.length ?? 'none'}.`
          : 'Found weights, but the scorer was not made with weighted: true.',
      );
    }
    checkTexts(texts, rows, this.#options);
    const { dtype } = this.#rows.options;
    const most = Math.min(rows, batchRows(classes, dtype));
    for (let first = 0; first < rows; first += most) {
      const lease = this.lease(most);
      const count = Math.min(most, rows - first);
      lease.scores.set(slice(values, first * classes, (first + count) * classes));
      fillTargets(lease, wanted, first, count, classes, this.#options.classNames);
      if (weights) lease.weights.set(slice(weights, first, first + count));
      const row = firstRow === undefined ? undefined : firstRow + first;
      this.update(lease, count, row, sliceTexts(texts, first, first + count));
    }
  }

  /**
   * Adds the rows of another scorer with the same options.
   * @throws UsageError `state-mismatch`; `state-overlap` when a row with a known place is in both
   */
  merge(other: Scorer): void {
    requireSame('custom metrics', namesOf(this.#metrics), namesOf(other.#metrics));
    other.#settle();
    this.#mergeParts({
      kindFrom: other.#details.kindFrom ?? 'option',
      classNames: other.#options.classNames ?? null,
      ranges: other.#placed,
      invalid: other.#invalid,
      missing: other.#missing,
      audit: other.#audit,
      normalized: other.#normalized,
      loose: other.#loose,
      tally: other.#tally,
      parts: other.#parts,
    });
    this.#numbered = this.#numbered.union(other.#numbered);
    this.#nextRow = Math.max(this.#nextRow, other.#nextRow);
    this.#mergeMetrics(other.#metrics);
  }

  /**
   * Adds the rows of a scorer with the same options from what its {@link toJSON} gave.
   * On an error nothing is added.
   * @throws UsageError `state-mismatch` for other options, another kernel or version;
   *   `state-overlap` when a row with a known place is in both; `custom-metrics`
   * @throws InputError `state-damaged`
   */
  mergeState(state: unknown): void {
    const savedMetrics = this.#savedMetrics();
    const read = readScorerState(state, this.#rows.options);
    requireSame('custom metrics', namesOf(savedMetrics), namesOf(read.metrics));
    const metrics = savedMetrics.map((metric, i) => metric.fromJSON(read.metrics[i]!.state));
    requireSame('parts', namesOf(this.#parts), Object.keys(read.parts));
    const parts = this.#parts.map((part) => part.read(read.parts[part.name]));
    this.#mergeParts({ ...read, parts });
    this.#mergeMetrics(metrics);
  }

  #mergeMetrics(others: readonly Metric[]): void {
    this.#metrics.forEach((metric, i) => {
      metric.merge(others[i]);
    });
  }

  #mergeParts(
    parts: Omit<ReadState, 'metrics' | 'parts'> & { readonly parts: readonly ScorerPart[] },
  ): void {
    const { classNames = null } = this.#options;
    const { kindFrom = 'option' } = this.#details;
    requireSame('class names', classNames, parts.classNames);
    requireSame('kindFrom', kindFrom, parts.kindFrom);
    requireSame('parts', namesOf(this.#parts), namesOf(parts.parts));
    const ranges = this.#placed.disjointUnion(parts.ranges);
    this.#tally.merge(parts.tally);
    this.#parts.forEach((part, i) => {
      part.merge(parts.parts[i]);
    });
    this.#placed = ranges;
    mergeComplaint(this.#invalid, parts.invalid);
    mergeComplaint(this.#missing, parts.missing);
    this.#audit.merge(parts.audit);
    this.#normalized += parts.normalized;
    this.#loose += parts.loose;
  }

  /** The custom metrics, all of which states can hold. */
  #savedMetrics(): readonly SavedMetric[] {
    const lost = this.#metrics.find(({ toJSON, fromJSON }) => !toJSON || !fromJSON);
    if (lost === undefined) return this.#metrics as readonly SavedMetric[];
    throw new UsageError(
      'custom-metrics',
      `The custom metric ${JSON.stringify(lost.name)} lives in an object, which no state can hold. Give it toJSON and fromJSON (defineMetric does), merge such scorers with merge(), or leave it out.`,
    );
  }

  /**
   * The whole state as plain values: the same text for the same rows.
   * @throws UsageError `custom-metrics`
   */
  toJSON(): ScorerState {
    return this.#state((part) => part.toJSON());
  }

  /** {@link toJSON} for another thread: numbers in typed arrays instead of text. @internal */
  toThread(): ScorerState {
    return this.#state((part) => part.toThread());
  }

  #state(stateOf: (part: ScorerPart) => unknown): ScorerState {
    const metrics = this.#savedMetrics();
    this.#settle();
    return {
      schema: SCORER_SCHEMA,
      version: VERSION,
      kernel: this.#rows.kernel,
      kindFrom: this.#details.kindFrom ?? 'option',
      classNames: this.#options.classNames ?? null,
      rows: this.#placed.union(this.#numbered).toJSON(),
      invalid: complaintState(this.#invalid),
      missing: complaintState(this.#missing),
      audit: this.#audit.toJSON(),
      normalized: this.#normalized,
      loose: this.#loose,
      tally: this.#tally.toJSON(),
      parts: Object.fromEntries(this.#parts.map((part) => [part.name, stateOf(part)])),
      ...(metrics.length > 0 && {
        metrics: metrics.map((metric) => ({ name: metric.name, state: metric.toJSON() })),
      }),
    };
  }

  /** One of the parts that the options asked for. @internal */
  part<Part extends ScorerPart>(name: Part['name']): Part {
    return this.#parts.find((part) => part.name === name) as Part;
  }

  /**
   * Everything there is to say so far; asking does not change anything.
   * @param options `parts`: whether diagnosis and ranking are in it, where the scorer was made to; default true
   * @throws InputError `invalid-rows`, `missing-targets` (policy `error`), `no-rows`, `ambiguous-kind`
   */
  report({ parts = true }: { parts?: boolean } = {}): ClassScoreReport {
    const { invalid = 'error', weighted = false, classNames } = this.#options;
    if (invalid === 'error') refuseComplaints(this.#source, this.#invalid, this.#missing);
    this.#settle();
    const { options, kernel } = this.#rows;
    return buildReport({
      tally: this.#tally,
      math: this.#math,
      kernel,
      source: {
        name: this.#source,
        format: 'array',
        stored: options.dtype,
        kindFrom: 'option',
        ...this.#details,
        kind: options.kind,
      },
      rowOptions: options,
      weighted,
      invalid,
      classNames: classNames ?? null,
      normalizedRows: this.#normalized,
      looseRows: this.#loose,
      audit: this.#audit,
      firstInvalidRow: Math.min(this.#invalid.firstRow, this.#missing.firstRow),
      metrics: this.#metrics,
      topK: this.#options.topK,
      betas: this.#options.betas,
      zeroDivision: this.#options.zeroDivision,
      // Without soft targets' own part there would be no loss.
      parts: parts ? this.#parts : this.#parts.filter(({ name }) => name === 'soft'),
    });
  }
}

type SavedMetric = Metric & Required<Pick<Metric, 'toJSON' | 'fromJSON'>>;

const namesOf = (metrics: readonly { readonly name: string }[]) => metrics.map(({ name }) => name);

function requireSame(what: string, ours: unknown, theirs: unknown): void {
  if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
  throw new UsageError(
    'state-mismatch',
    `Cannot merge states of different ${what}. Score every part with the same options, then merge.`,
  );
}
