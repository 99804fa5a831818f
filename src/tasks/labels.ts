/** Predicted labels without scores: everything that a confusion matrix gives. */

import { LabelRecalibration } from '../diagnosis/label-recalibration.js';
import type { Metrics } from '../metrics/metric-values.js';
import { classFacts, classMetrics, classSections } from '../report/class-report.js';
import type { SectionFacts, Sections } from '../report/sections.js';
import { ClassificationTally } from '../tallies/classification-tally.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Labels } from '../types/forms.js';
import type { RowTexts } from '../types/row-texts.js';
import type { Readings, ScoredRows } from '../types/rows.js';
import type { PartFacts } from '../types/scorer-part.js';
import { type RowBuffers, RowStatus } from '../types/scores.js';
import { textNumber } from '../types/text-number.js';
import { VERSION } from '../version.js';
import { complain } from './complaints.js';
import { checkLabels, classesOf } from './label-checks.js';
import { LabelPairs } from './label-pairs.js';
import { outcomeMetrics, outcomeSections } from './outcomes.js';
import type {
  ArrayRows,
  BatchPlace,
  ShapedRecalibration,
  TaskContext,
  TaskScorer,
} from './task.js';

const BATCH_ROWS = 4096;

export interface LabelOptions {
  /** Target that takes a row out of everything, as the targets have it; null for none. */
  readonly ignoreIndex: number | null;
  readonly betas?: readonly number[] | undefined;
  readonly zeroDivision?: number | undefined;
  /** Whether labels say alone whether an answer was found right: then there is accuracy, and nothing of classes. */
  readonly outcomes?: boolean | undefined;
}

/** Labels of the last batch, as they were interned. */
interface LabelledRows extends ScoredRows {
  readonly places: readonly Int32Array[];
}

export class LabelTask implements TaskScorer {
  readonly task = 'labels';
  readonly kernel = 'none';
  readonly math = Math;
  readonly readings: Readings = { loss: null, second: 'accuracy' };
  readonly kind = 'labels';
  readonly stored = 'labels';
  readonly width = 0;
  readonly batchRows = BATCH_ROWS;
  readonly expected = 'a label in every row';
  readonly #context: TaskContext;
  readonly #options: LabelOptions;
  #pairs: LabelPairs;
  #left = { ignored: 0, invalid: 0 };
  #tally: ClassificationTally | null = null;

  constructor(context: TaskContext, options: LabelOptions) {
    this.#context = context;
    this.#options = options;
    this.#pairs = new LabelPairs(context);
  }

  get rows() {
    const scored = this.#pairs.rows;
    const { ignored, invalid } = this.#left;
    return { total: scored + ignored + invalid, scored, ignored, invalid };
  }

  get seen(): number {
    return this.rows.total;
  }

  readArrays(predictions: Labels, targets: Labels): ArrayRows {
    return { count: targets.length, texts: labelTexts(predictions, targets), fill() {} };
  }

  lease(rows: number): RowBuffers {
    const none = new Float64Array(0);
    return {
      capacity: rows,
      scores: none,
      targets: new Int32Array(rows),
      weights: new Float64Array(rows),
    };
  }

  /** @throws InputError `unknown-label`, `too-many-pairs` */
  score({ weights }: RowBuffers, count: number, place: BatchPlace): LabelledRows {
    const { firstRow, texts, complaints } = place;
    const { ignoreIndex } = this.#options;
    const ignored = ignoreIndex === null ? null : String(ignoreIndex);
    const status = new Uint8Array(count);
    const column = () => new Float64Array(count);
    const [loss, prediction, targets] = [column(), column(), column()];
    const places = [new Int32Array(count), new Int32Array(count)];
    const { target: truths = [], prediction: predicted = [] } = texts ?? {};
    for (let r = 0; r < count; r++) {
      const [truth, label] = [truths[r], predicted[r]];
      const row = firstRow + r;
      const found = this.#pairs.intern(truth, 'target', row, ignored);
      // Of rows that are not scored, too: two dumps must share them.
      targets[r] = found === null || found < 0 ? textNumber(truth) : this.#pairs.number(found);
      if (found === null) {
        status[r] = RowStatus.ignored;
        continue;
      }
      if (truth === '' || label === '') {
        status[r] = truth === '' ? RowStatus.missingTarget : RowStatus.invalid;
        complain(complaints.missing, row, () => 'none');
        continue;
      }
      const other = this.#pairs.intern(label, 'prediction', row, null)!;
      places[0][r] = found;
      places[1][r] = other;
      prediction[r] = this.#pairs.number(other);
    }
    const scores = { count, status, prediction, nll: loss, loss };
    const ownWeights = this.#context.weighted ? weights.subarray(0, count) : null;
    return { firstRow, scores, targets, weights: ownWeights, texts, places };
  }

  add({ scores: { count, status }, weights, places, firstRow }: LabelledRows): void {
    this.#tally = null;
    for (let r = 0; r < count; r++) {
      if (status[r] === RowStatus.ignored) this.#left.ignored++;
      else if (status[r] !== RowStatus.scored) this.#left.invalid++;
      else this.#pairs.add(places[0][r], places[1][r], weights?.[r] ?? 1, firstRow + r);
    }
  }

  async recalibration(): Promise<ShapedRecalibration> {
    return new LabelRecalibration();
  }

  merge(other: LabelTask): void {
    this.#tally = null;
    this.#pairs.merge(other.#pairs);
    this.#left.ignored += other.#left.ignored;
    this.#left.invalid += other.#left.invalid;
  }

  toJSON(): unknown {
    return { left: { ...this.#left }, pairs: this.#pairs.toJSON() };
  }

  read(state: unknown): LabelTask {
    const read = new LabelTask(this.#context, this.#options);
    ({ left: read.#left, pairs: read.#pairs } = LabelPairs.fromState(state, this.#context));
    return read;
  }

  /** The labels by number; what they are is known when all rows are read. */
  #classes(): { readonly tally: ClassificationTally; readonly classNames: readonly string[] } {
    const { source, classNames: given, weighted } = this.#context;
    if (given === null) checkLabels(source, this.#pairs);
    const classNames = classesOf(this.#pairs.labels(), given);
    if (classNames.length < 2) {
      throw new InputError('one-class', {
        source,
        problem: 'all labels are the same, so there is one class only',
        found: classNames.map(quote).join(', ') || 'no label',
        expected: 'two classes or more',
        advice: 'Name all classes with --class-names.',
      });
    }
    if (this.#tally === null) {
      this.#tally = new ClassificationTally({
        classes: classNames.length,
        weighted,
        scores: false,
        kernel: 'none',
        version: VERSION,
      });
      this.#pairs.fill(this.#tally, classNames);
      this.#tally.addLeftOut(this.#left);
    }
    return { tally: this.#tally, classNames };
  }

  /** @throws InputError `one-class`, `label-per-row`, `not-an-integer`, `disjoint-labels` */
  metrics(): Metrics {
    const metrics = classMetrics(this.#classes().tally, Math, this.#options);
    return this.#options.outcomes ? outcomeMetrics(metrics, this.rows.scored) : metrics;
  }

  partFacts(metrics: Metrics): PartFacts {
    return { metrics, ...classFacts(this.#classes().tally, Math) };
  }

  sections(facts: SectionFacts): Sections {
    const { weighted, invalid } = this.#context;
    const rowFacts = { rowOptions: null, looseRows: 0, audit: null, weighted, invalid };
    const sections = classSections(
      { ...this.#options, ...rowFacts, ...this.#classes(), math: Math, kernel: 'none' },
      facts,
    );
    return this.#options.outcomes ? outcomeSections(sections) : sections;
  }
}

/** True and predicted labels as texts. @throws UsageError `length-mismatch` */
export function labelTexts(predictions: Labels, targets: Labels): RowTexts {
  if (predictions.length !== targets.length) {
    throw new UsageError(
      'length-mismatch',
      `${targets.length} targets need as many predicted labels; found ${predictions.length}.`,
    );
  }
  const texts = (labels: Labels) =>
    Array.from(labels as ArrayLike<unknown>, (label) => String(label ?? ''));
  return { target: texts(targets), prediction: texts(predictions) };
}
