/** Rows in, report out: one task's rows, their parts, and where they lie in the dump, behind one object. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { assembleReport } from '../report/sections.js';
import {
  type Complaints,
  complaintState,
  firstComplaint,
  mergeComplaints,
  noComplaints,
  refuseComplaints,
} from '../tasks/complaints.js';
import type { TaskScorer } from '../tasks/task.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Labels, Scores, Targets } from '../types/forms.js';
import type { Metric } from '../types/metric.js';
import type { MetricValue, ReportSource, ScoreReport } from '../types/report.js';
import type { RowTexts } from '../types/row-texts.js';
import type { Readings } from '../types/rows.js';
import type { ChoiceSaid, PartFacts, PartReport, ScorerPart } from '../types/scorer-part.js';
import type { ScoredRows as ClassRows, RowBuffers } from '../types/scores.js';
import { VERSION } from '../version.js';
import {
  checkTexts,
  readRows,
  requireWeightPerRow,
  requireWeights,
  slice,
  sliceTexts,
} from './row-arrays.js';
import { RowRanges } from './row-ranges.js';
import type { ScorerOptions, SourceDetails } from './scorer-options.js';
import {
  type ReadState,
  readScorerState,
  SCORER_SCHEMA,
  type ScorerState,
} from './scorer-state.js';

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
  readonly #task: TaskScorer;
  readonly #options: ScorerOptions;
  readonly #source: string;
  readonly #details: SourceDetails;
  readonly #metrics: readonly Metric[];
  readonly #parts: readonly ScorerPart[];
  readonly #complaints: Complaints = noComplaints();
  /** Rows whose place in the dump is known. */
  #placed = new RowRanges();
  /** Rows that were numbered for want of a place; numbers may come twice. */
  #numbered = new RowRanges();
  #placing = false;
  #nextRow = 0;

  /** Use `createScorer`, which loads the core. */
  constructor(
    task: TaskScorer,
    options: ScorerOptions,
    details: SourceDetails = {},
    parts: readonly ScorerPart[] = [],
  ) {
    this.#task = task;
    this.#parts = parts;
    this.#options = options;
    this.#source = options.source ?? 'predictions';
    this.#details = details;
    this.#metrics = (options.metrics ?? []).map((metric) =>
      'create' in metric ? metric.create() : metric,
    );
  }

  /** Number of classes, or labels: scores per row. */
  get classes(): number {
    return this.#task.width;
  }

  /** How the two readings of a row are called. @internal */
  get readings(): Readings {
    return this.#task.readings;
  }

  /** Σw of the rows, where that is what the loss is divided by. @internal */
  get weight(): number | undefined {
    return this.#task.weight;
  }

  /** Exponential and logarithm of its core, or the host's. @internal */
  get math(): ScalarMath {
    return this.#task.math;
  }

  /** Rows taken in so far. */
  get rowsSeen(): number {
    return this.#task.seen;
  }

  /**
   * Lends memory for `rows` rows of scores, targets and weights: views of wasm
   * memory, so filling them is the only copy. The lease before it is dead.
   * @param rows default: a batch of about 2 MiB
   */
  lease(rows: number = this.#task.batchRows): RowBuffers {
    return this.#task.lease(rows);
  }

  /**
   * Two leases of a batch each, alive until the next: one is filled while the other is scored.
   * Null where a task has no such.
   * @internal
   */
  leasePair(): readonly [RowBuffers, RowBuffers] | null {
    return this.#task.leasePair?.(this.#task.batchRows) ?? null;
  }

  /**
   * Scores the first `count` rows of the current lease and adds them to the tally.
   * @param row index of the first of them in the whole dump; default: they follow the last
   * @param texts names, slices and clusters of the rows, `count` of each that there is; of labels alone these, too
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
    const place = { firstRow, texts, complaints: this.#complaints };
    const rows = this.#task.score(buffers, count, place);
    requireWeights(rows, this.#source);
    this.#task.add(rows, buffers);
    for (const part of this.#parts) part.add(rows, buffers);
    // There for rows of class scores alone.
    for (const metric of this.#metrics) metric.update(rows as ClassRows);
    this.#options.observe?.(rows, buffers);
    this.#nextRow = firstRow + count;
    (this.#placing ? this.#placed : this.#numbered).add(firstRow, this.#nextRow);
  }

  /**
   * Scores rows held in arrays.
   * @param scores rows × classes, in lists or flat; for dtype f16 and bf16 their bits. Of values the predicted
   *   ones; of labels alone the predicted labels
   * @param targets class index per row, its name among `classNames`, or a one-hot row; where the scorer was
   *   made with `softTargets: true` a probability per class, rows × classes, in lists or flat. Of several labels
   *   0 or 1 for each, rows × classes; of values the true ones; of labels alone the true labels
   * @param weights sample weight per row, where the scorer was made with `weighted: true`
   * @param firstRow index of the first row in the whole dump; default: they follow the last
   * @param texts names (`id`), slices (`by`) and clusters (`cluster`) of the rows
   * @throws UsageError `length-mismatch`; and what {@link update} throws
   */
  add(
    scores: Scores | Labels,
    targets: Targets,
    weights?: ArrayLike<number>,
    firstRow?: number,
    texts?: RowTexts,
  ): void {
    const { weighted = false, softTargets = false } = this.#options;
    const { task } = this.#task;
    const areNumbers = softTargets || task === 'multilabel' || task === 'regression';
    const rows =
      this.#task.readArrays?.(scores as Labels, targets as Labels) ??
      readRows(scores as Scores, targets, this.classes, areNumbers, this.#options);
    requireWeightPerRow(weights, rows.count, weighted);
    const all = { ...texts, ...rows.texts };
    checkTexts(all, rows.count, this.#options);
    const most = Math.min(rows.count, this.#task.batchRows);
    for (let first = 0; first < rows.count; first += most) {
      const lease = this.lease(most);
      const count = Math.min(most, rows.count - first);
      rows.fill(lease, first, count);
      if (weights) lease.weights.set(slice(weights, first, first + count));
      const row = firstRow === undefined ? undefined : firstRow + first;
      this.update(lease, count, row, sliceTexts(all, first, first + count));
    }
  }

  /**
   * Adds the rows of another scorer with the same options.
   * @throws UsageError `state-mismatch`; `state-overlap` when a row with a known place is in both
   */
  merge(other: Scorer): void {
    requireSame('custom metrics', namesOf(this.#metrics), namesOf(other.#metrics));
    this.#merge({
      ...other.#identity(),
      ranges: other.#placed,
      complaints: other.#complaints,
      task: other.#task,
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
    const read = readScorerState(state, this.#task);
    requireSame('custom metrics', namesOf(savedMetrics), namesOf(read.metrics));
    const metrics = savedMetrics.map((metric, i) => metric.fromJSON(read.metrics[i]!.state));
    requireSame('parts', namesOf(this.#parts), Object.keys(read.parts));
    const parts = this.#parts.map((part) => part.read(read.parts[part.name]));
    this.#merge({ ...read, parts });
    this.#mergeMetrics(metrics);
  }

  #mergeMetrics(others: readonly Metric[]): void {
    this.#metrics.forEach((metric, i) => {
      metric.merge(others[i]);
    });
  }

  /** What scorers that are merged must share. */
  #identity() {
    const { classNames = null } = this.#options;
    const { kindFrom = 'option' } = this.#details;
    return { taskName: this.#task.task as string, classNames, kindFrom: kindFrom as string };
  }

  #merge(
    other: Omit<ReadState, 'metrics' | 'parts'> & { readonly parts: readonly ScorerPart[] },
  ): void {
    const { taskName, classNames, kindFrom } = this.#identity();
    requireSame('tasks', taskName, other.taskName);
    requireSame('class names', classNames, other.classNames);
    requireSame('kindFrom', kindFrom, other.kindFrom);
    requireSame('parts', namesOf(this.#parts), namesOf(other.parts));
    const ranges = this.#placed.disjointUnion(other.ranges);
    this.#task.merge(other.task);
    this.#parts.forEach((part, i) => {
      part.merge(other.parts[i]);
    });
    this.#placed = ranges;
    mergeComplaints(this.#complaints, other.complaints);
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
    const { taskName, kindFrom, classNames } = this.#identity();
    return {
      schema: SCORER_SCHEMA,
      version: VERSION,
      task: taskName,
      kernel: this.#task.kernel,
      kindFrom,
      classNames,
      rows: this.#placed.union(this.#numbered).toJSON(),
      invalid: complaintState(this.#complaints.invalid),
      missing: complaintState(this.#complaints.missing),
      scored: this.#task.toJSON(),
      parts: Object.fromEntries(this.#parts.map((part) => [part.name, stateOf(part)])),
      ...(metrics.length > 0 && {
        metrics: metrics.map((metric) => ({ name: metric.name, state: metric.toJSON() })),
      }),
    };
  }

  /** One of the parts that the options asked for. @internal */
  part<Part extends ScorerPart>(name: Part['name']): Part | undefined {
    return this.#parts.find((part) => part.name === name) as Part | undefined;
  }

  /**
   * Everything there is to say so far; asking does not change anything.
   * @param options `parts`: which of `diagnosis`, `ranking`, `slices` and `clusters` are in it, where the
   *   scorer was made to; default all
   * @throws InputError `invalid-rows`, `missing-targets` (policy `error`), `no-rows`, `ambiguous-kind`
   */
  report({ parts }: { parts?: readonly string[] } = {}): ScoreReport {
    const task = this.#task;
    const { reason: _, ...details } = this.#details;
    if (this.#options.invalid !== 'skip') {
      refuseComplaints(this.#complaints, this.#source, details.labels, task.expected);
    }
    if (task.seen === 0) {
      throw new InputError('no-rows', {
        source: this.#source,
        problem: 'there are no rows to score',
        expected: 'one row or more',
      });
    }
    const metrics = task.metrics();
    // Without soft targets' own part there would be no loss.
    const asked = this.#parts.filter(
      ({ name }) =>
        parts === undefined || name === 'soft' || name === 'choices' || parts.includes(name),
    );
    let said: PartReport = {};
    for (const part of asked) {
      const facts = task.partFacts(metrics);
      const found = part.report(said.choices ? ofChoices(facts, said.choices) : facts);
      Object.assign(metrics, found.metrics);
      said = { ...said, ...found, notices: [...(said.notices ?? []), ...(found.notices ?? [])] };
    }
    addCustomMetrics(metrics, this.#metrics);
    const source: ReportSource = {
      name: this.#source,
      format: 'array',
      stored: task.stored,
      kindFrom: 'option',
      ...details,
      kind: task.kind,
    };
    const firstInvalidRow = firstComplaint(this.#complaints);
    const facts = { metrics, said, firstInvalidRow, source };
    return assembleReport(task.task, task.sections(facts), facts);
  }
}

/** Where rows have different numbers of choices, equal probabilities are those of each row, and classes have no rows of their own. */
function ofChoices(facts: PartFacts, { varies, uniformLogLoss }: ChoiceSaid): PartFacts {
  return varies ? { ...facts, uniformLogLoss, support: null } : facts;
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

function addCustomMetrics(metrics: Record<string, MetricValue>, custom: readonly Metric[]): void {
  for (const metric of custom) {
    if (Object.hasOwn(metrics, metric.name)) {
      throw new UsageError(
        'metric-name',
        `A metric called ${JSON.stringify(metric.name)} is there already. Give the custom metric another name.`,
      );
    }
    const value = metric.compute();
    metrics[metric.name] = typeof value === 'number' ? { value } : value;
  }
}
