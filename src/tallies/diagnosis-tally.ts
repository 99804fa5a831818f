/** What a diagnosis needs of the rows beside the metrics: all of it mergeable and free of order. */

import type { ListedRow } from '../types/diagnosis.js';
import { UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import { CLASS_UNITS, isSummed, type LossSums, MOST_SUMMED_ROWS } from '../types/loss-sums.js';
import type { ScoredRows } from '../types/rows.js';
import type { SampleShape } from '../types/sample-shape.js';
import { scoreValues } from '../types/score-array.js';
import { type RowBuffers, RowStatus, STATUS_MASK } from '../types/scores.js';
import { textNumber } from '../types/text-number.js';
import { ANSWER_ROWS, AnswerSample, SLICE } from './answer-sample.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { LossHistogram, type LossHistogramState } from './loss-histogram.js';
import { RowSample, type RowSampleParts, type RowSampleState } from './row-sample.js';
import { damagedState, requireCount, requireRecord } from './state-check.js';
import { TopRows, type TopRowsState } from './top-rows.js';

/** Past this many classes there are no losses per class. */
const MOST_CLASSES = 4096;

/** Whether there are losses per class. */
export function hasClassLosses(classes: number): boolean {
  return classes > 0 && classes <= MOST_CLASSES;
}

export interface DiagnosisOptions extends SampleShape {
  readonly weighted: boolean;
  /** Whether sampled rows keep the number of their cluster's text; default false. */
  readonly grouped?: boolean | undefined;
  /** How many of the worst rows are kept. */
  readonly worst: number;
  /** Bytes of scores that the sample of rows may hold. */
  readonly sampleBudget: number;
  /** Rows whose answers are kept; default {@link ANSWER_ROWS}. */
  readonly answerRows?: number | undefined;
}

/** What stands of a row in a state, and what some tasks leave out. */
const WORST_NAMES = ['row', 'target', 'prediction', 'confidence', 'wrong', 'loss'] as const;
const OPTIONAL_NAMES = ['confidence', 'wrong'] as const;

export interface DiagnosisState {
  readonly worstRows: number;
  readonly sampleBudget: number;
  readonly leftOut: number;
  readonly sample: RowSampleState | RowSampleParts;
  readonly worst: TopRowsState;
  readonly histogram: LossHistogramState;
  readonly classLoss: ExactSumsState | null;
  readonly answerRows: number;
  readonly answers: RowSampleState | RowSampleParts | null;
}

export class DiagnosisTally {
  readonly options: DiagnosisOptions;
  /** Rows of scores for what needs more than sums. */
  sample: RowSample;
  readonly worst: TopRows<ListedRow>;
  /** How surely rows are answered, those of infinite loss among them; null where targets are not classes. */
  readonly answers: AnswerSample | null;
  /** Rows of infinite loss, which no fit takes. */
  leftOut = 0;
  #histogram: LossHistogram;
  #classLoss: ExactSums | null;
  readonly #sums: LossSums | null;
  /** Rows that {@link #sums} may hold. */
  #summed = 0;
  readonly #losses = new Float64Array(SLICE);
  readonly #products = new Float64Array(SLICE);
  readonly #weights = new Float64Array(SLICE);
  readonly #targets = new Int32Array(SLICE);
  readonly #wanted = new Int32Array(SLICE);
  readonly #packed: RealArray;

  /** @param sums adds up what it can next to the rows; null where there is no such kernel */
  constructor(options: DiagnosisOptions, sums: LossSums | null = null) {
    this.options = options;
    const { classes, worst, width, dtype, squares, weighted, answerRows = ANSWER_ROWS } = options;
    this.answers = classes > 0 ? new AnswerSample(answerRows, weighted) : null;
    this.sample = new RowSample(sampleOptions(options));
    this.#histogram = new LossHistogram(squares);
    this.#packed = dtype === 'f64' ? new Float64Array(width) : new Float32Array(width);
    this.worst = new TopRows(worst, ({ loss }) => loss);
    this.#classLoss = hasClassLosses(classes) ? new ExactSums(classes) : null;
    this.#sums = sums;
  }

  /** How the loss is spread over rows. */
  get histogram(): LossHistogram {
    this.#settle();
    return this.#histogram;
  }

  /** Σ loss per target class, by the rows' weights; null without classes, and with too many. */
  get classLoss(): ExactSums | null {
    this.#settle();
    return this.#classLoss;
  }

  /**
   * Adds scored rows.
   * @param buffers those that the batch was scored in
   */
  add(rows: ScoredRows, buffers: RowBuffers): void {
    const { count } = rows.scores;
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(rows, buffers, from, Math.min(count, from + SLICE));
    }
  }

  #addSlice(rows: ScoredRows, buffers: RowBuffers, from: number, to: number): void {
    if (rows.weights === null && this.#sums !== null) {
      this.#addSummed(this.#sums, rows, buffers, from, to);
      return;
    }
    const counted = this.#gather(rows, buffers, from, to);
    this.#addLosses(rows.weights === null ? null : this.#weights, counted);
    this.answers?.keepRows(rows, from, to);
    const wanted = this.sample.wanted(rows.firstRow + from, to - from, this.#wanted);
    for (let i = 0; i < wanted; i++) this.#keep(rows, buffers, from + this.#wanted[i]);
  }

  /** Adds the first `count` losses of the columns. */
  #addLosses(weights: Float64Array | null, count: number): void {
    this.#histogram.addRows(this.#losses, weights, count);
    const products = weights === null ? this.#losses : this.#products;
    this.#classLoss?.addScattered(this.#targets, products, count);
  }

  /** Leaves the sums to the kernel, and looks at the few rows that it names. */
  #addSummed(
    sums: LossSums,
    rows: ScoredRows,
    buffers: RowBuffers,
    from: number,
    to: number,
  ): void {
    const { status, nll } = rows.scores;
    const { firstRow } = rows;
    // Sums are there for classes alone.
    const targets = rows.targets as Int32Array;
    if (this.#summed + to - from > MOST_SUMMED_ROWS) this.#settle();
    this.#summed += to - from;
    const batch = { status, nll, targets, from, to, firstRow };
    const { seed } = this.sample;
    const limit = Math.max(this.sample.limit, this.answers?.limit ?? 0);
    const { found, scored } = sums.add(batch, seed, limit, this.worst.least, this.#wanted);
    this.sample.see(scored);
    if (rows.scores.confidence !== undefined) this.answers?.see(scored);
    for (let i = 0; i < found; i++) {
      const r = this.#wanted[i];
      const loss = Math.max(0, nll[r]);
      if (!isSummed(loss)) {
        this.#losses[0] = loss;
        this.#targets[0] = targets[r];
        this.#addLosses(null, 1);
        if (loss === Number.POSITIVE_INFINITY) {
          this.leftOut++;
          this.sample.see(-1);
        }
      }
      if (this.worst.takes(loss)) this.#list(rows, buffers, r, loss);
      this.answers?.keep(rows, r);
      this.#keep(rows, buffers, r);
    }
  }

  /** Brings the sums up to date with what the kernel added up. */
  #settle(): void {
    this.#summed = 0;
    this.#sums?.drain((bins, classes) => {
      this.#histogram.addParts(bins);
      const sums = this.#classLoss;
      if (sums === null) return;
      for (let c = 0; c < sums.count; c++) {
        CLASS_UNITS.forEach((unit, part) => {
          sums.add(c, classes[CLASS_UNITS.length * c + part] * unit);
        });
      }
    });
  }

  /** Packs what counts of the rows into columns; notes the worst. @returns how many there are */
  #gather(rows: ScoredRows, buffers: RowBuffers, from: number, to: number): number {
    const { status, nll } = rows.scores;
    const { targets, weights } = rows;
    const [losses, products, packedWeights] = [this.#losses, this.#products, this.#weights];
    const packedTargets = this.#targets;
    let n = 0;
    let infinite = 0;
    for (let r = from; r < to; r++) {
      if ((status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      const loss = Math.max(0, nll[r]);
      if (weights !== null) {
        if (weights[r] === 0) continue;
        packedWeights[n] = weights[r];
        products[n] = weights[r] * loss;
      }
      losses[n] = loss;
      packedTargets[n++] = targets[r];
      if (loss === Number.POSITIVE_INFINITY) infinite++;
      if (this.worst.takes(loss)) this.#list(rows, buffers, r, loss);
    }
    this.leftOut += infinite;
    this.sample.see(n - infinite);
    if (rows.scores.confidence !== undefined) this.answers?.see(n);
    return n;
  }

  /** Puts a row among the worst. */
  #list(rows: ScoredRows, buffers: RowBuffers, r: number, loss: number): void {
    const { scores, targets, firstRow, texts } = rows;
    const { prediction, confidence, wrong } = scores;
    const { listedTarget } = this.options;
    const id = texts?.id?.[r] || undefined;
    this.worst.add({
      row: firstRow + r,
      ...(id !== undefined && { id }),
      target: listedTarget === undefined ? targets[r] : listedTarget(buffers, r),
      prediction: prediction[r],
      ...(confidence !== undefined && { confidence: confidence[r] }),
      ...(wrong !== undefined && { wrong: wrong[r] }),
      loss,
    });
  }

  /** Puts a row into the sample, if it belongs there. */
  #keep(rows: ScoredRows, buffers: RowBuffers, r: number): void {
    const { status, nll } = rows.scores;
    const row = rows.firstRow + r;
    const weight = rows.weights === null ? 1 : rows.weights[r];
    if ((status[r] & STATUS_MASK) !== RowStatus.scored || weight === 0) return;
    if (nll[r] === Number.POSITIVE_INFINITY) return;
    const { width, classes, dtype, pack, grouped = false } = this.options;
    const target = classes > 0 ? rows.targets[r] : 0;
    const group = grouped ? textNumber(rows.texts!.cluster![r]) : 0;
    const { scores } = buffers;
    const at = r * width;
    if (pack !== null) {
      pack(buffers, r, this.#packed, rows);
      this.sample.keep(row, target, weight, this.#packed, 0, group);
    } else if (scores instanceof Uint16Array) {
      const values = scoreValues(scores, dtype, at, at + width);
      this.sample.keep(row, target, weight, values, 0, group);
    } else {
      this.sample.keep(row, target, weight, scores, at, group);
    }
  }

  /** @throws UsageError `state-mismatch` for tallies of other options. */
  merge(other: DiagnosisTally): void {
    if (this.options.worst !== other.options.worst) {
      throw new UsageError(
        'state-mismatch',
        `Cannot merge diagnoses that keep ${this.options.worst} and ${other.options.worst} of the worst rows.`,
      );
    }
    this.sample.merge(other.sample);
    if (other.answers !== null) this.answers?.merge(other.answers);
    this.worst.merge(other.worst);
    this.histogram.merge(other.histogram);
    this.classLoss?.merge(other.classLoss!);
    this.leftOut += other.leftOut;
  }

  toJSON(): DiagnosisState {
    return this.#state(this.sample.toJSON(), this.answers?.toJSON());
  }

  /** The state for another thread, whose arrays may move there. */
  parts(): DiagnosisState {
    return this.#state(this.sample.parts(), this.answers?.parts());
  }

  #state(
    sample: DiagnosisState['sample'],
    answers: DiagnosisState['answers'] = null,
  ): DiagnosisState {
    return {
      worstRows: this.options.worst,
      sampleBudget: this.options.sampleBudget,
      leftOut: this.leftOut,
      sample,
      worst: this.worst.toJSON(),
      histogram: this.histogram.toJSON(),
      classLoss: this.classLoss?.toJSON() ?? null,
      answerRows: this.options.answerRows ?? ANSWER_ROWS,
      answers,
    };
  }

  /**
   * @param shape what the state does not say itself
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} or {@link parts} gave.
   */
  static fromJSON(
    state: unknown,
    shape: Omit<DiagnosisOptions, 'worst' | 'sampleBudget' | 'answerRows'>,
  ): DiagnosisTally {
    const record = requireRecord(state, 'the diagnosis');
    const read = new DiagnosisTally({
      ...shape,
      worst: requireCount(record.worstRows, 'the number of worst rows'),
      sampleBudget: requireCount(record.sampleBudget, 'the memory of the sample'),
      answerRows: requireCount(record.answerRows, 'the number of answers'),
    });
    const { options } = read;
    const classLoss = read.#classLoss;
    const sample = requireRecord(record.sample, 'the sample of rows');
    read.sample =
      sample.index instanceof Float64Array
        ? RowSample.fromParts(sampleOptions(options), record.sample as RowSampleParts)
        : RowSample.fromJSON(sample, sampleOptions(options));
    read.worst.addState(record.worst, WORST_NAMES, OPTIONAL_NAMES);
    read.#histogram = LossHistogram.fromJSON(record.histogram, options.squares);
    if ((classLoss === null) !== (record.classLoss === null)) {
      throw damagedState('it should have losses per class, or should not');
    }
    if ((read.answers === null) !== (record.answers === null)) {
      throw damagedState('it should have answers, or should not');
    }
    read.answers?.read(record.answers);
    classLoss?.merge(ExactSums.fromJSON(record.classLoss, options.classes));
    read.leftOut = requireCount(record.leftOut, 'the number of rows of infinite loss');
    return read;
  }
}

function sampleOptions({ width, dtype, weighted, grouped, sampleBudget }: DiagnosisOptions) {
  return {
    classes: width,
    dtype: dtype === 'f64' ? 'f64' : 'f32',
    weighted,
    grouped,
    budget: sampleBudget,
  } as const;
}
