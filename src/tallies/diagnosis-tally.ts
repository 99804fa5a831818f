/** What a diagnosis needs of the rows beside the metrics: all of it mergeable and free of order. */

import { UsageError } from '../types/errors.js';
import { scoreValues } from '../types/score-array.js';
import type { Dtype } from '../types/scores.js';
import {
  type RowScores,
  RowStatus,
  type ScoreArray,
  type ScoredRows,
  STATUS_MASK,
} from '../types/scores.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { LossHistogram, type LossHistogramState } from './loss-histogram.js';
import { RowSample, type RowSampleParts, type RowSampleState } from './row-sample.js';
import { damagedState, requireCount, requireRecord } from './state-check.js';
import { TopRows, type TopRowsState } from './top-rows.js';

/** Past this many classes there are no losses per class. */
const MOST_CLASSES = 4096;
/** Rows that are gathered at a time. */
const SLICE = 1024;

export interface DiagnosisOptions {
  readonly classes: number;
  readonly dtype: Dtype;
  readonly weighted: boolean;
  /** How many of the worst rows are kept. */
  readonly worst: number;
  /** Bytes of scores that the sample of rows may hold. */
  readonly sampleBudget: number;
}

/** What a diagnosis looks at of a scored batch. */
export interface DiagnosedRows extends Omit<ScoredRows, 'scores'> {
  readonly scores: Pick<RowScores, 'count' | 'status' | 'nll'> & {
    readonly prediction: ArrayLike<number>;
    /** Probability of what was predicted. */
    readonly confidence: ArrayLike<number>;
  };
}

/** A row among the worst. */
export type WorstRow = {
  readonly row: number;
  readonly target: number;
  readonly prediction: number;
  /** Largest probability of the row. */
  readonly confidence: number;
  readonly loss: number;
};

const WORST_NAMES = ['row', 'target', 'prediction', 'confidence', 'loss'] as const;

export interface DiagnosisState {
  readonly worstRows: number;
  readonly sampleBudget: number;
  readonly leftOut: number;
  readonly sample: RowSampleState | RowSampleParts;
  readonly worst: TopRowsState;
  readonly histogram: LossHistogramState;
  readonly classLoss: ExactSumsState | null;
}

export class DiagnosisTally {
  readonly options: DiagnosisOptions;
  /** Rows of scores for what needs more than sums. */
  sample: RowSample;
  readonly worst: TopRows<WorstRow>;
  histogram: LossHistogram;
  /** Σ loss per target class, by the rows' weights; null with too many classes. */
  classLoss: ExactSums | null;
  /** Rows of infinite loss, which no fit takes. */
  leftOut = 0;
  readonly #losses = new Float64Array(SLICE);
  readonly #products = new Float64Array(SLICE);
  readonly #weights = new Float64Array(SLICE);
  readonly #targets = new Int32Array(SLICE);
  readonly #wanted = new Int32Array(SLICE);

  constructor(options: DiagnosisOptions) {
    this.options = options;
    const { classes, worst } = options;
    this.sample = new RowSample(sampleOptions(options));
    this.worst = new TopRows(worst, ({ loss }) => loss);
    this.histogram = new LossHistogram();
    this.classLoss = classes <= MOST_CLASSES ? new ExactSums(classes) : null;
  }

  /**
   * Adds scored rows.
   * @param scores of the batch as they were scored
   */
  add(rows: DiagnosedRows, scores: ScoreArray): void {
    const { count } = rows.scores;
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(rows, scores, from, Math.min(count, from + SLICE));
    }
  }

  #addSlice(rows: DiagnosedRows, scores: ScoreArray, from: number, to: number): void {
    const { weights } = rows;
    const counted = this.#gather(rows, from, to);
    if (weights === null) {
      this.histogram.addRows(this.#losses, null, counted);
      this.classLoss?.addScattered(this.#targets, this.#losses, counted);
    } else {
      this.histogram.addRows(this.#losses, this.#weights, counted);
      this.classLoss?.addScattered(this.#targets, this.#products, counted);
    }
    this.#addSampled(rows, scores, from, to);
  }

  /** Packs what counts of the rows into columns; notes the worst. @returns how many there are */
  #gather({ scores, targets, weights, firstRow }: DiagnosedRows, from: number, to: number): number {
    const { status, nll, prediction, confidence } = scores;
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
      if (!this.worst.takes(loss)) continue;
      const row = firstRow + r;
      const target = targets[r];
      this.worst.add({ row, target, prediction: prediction[r], confidence: confidence[r], loss });
    }
    this.leftOut += infinite;
    this.sample.see(n - infinite);
    return n;
  }

  #addSampled(
    { scores: rowScores, targets, weights, firstRow }: DiagnosedRows,
    scores: ScoreArray,
    from: number,
    to: number,
  ): void {
    const { status, nll } = rowScores;
    const { classes, dtype } = this.options;
    const wanted = this.sample.wanted(firstRow + from, to - from, this.#wanted);
    for (let i = 0; i < wanted; i++) {
      const r = from + this.#wanted[i];
      if ((status[r] & STATUS_MASK) !== RowStatus.scored) continue;
      const weight = weights === null ? 1 : weights[r];
      if (weight === 0 || nll[r] === Number.POSITIVE_INFINITY) continue;
      const values = scoreValues(scores, dtype, r * classes, (r + 1) * classes);
      this.sample.keep(firstRow + r, targets[r], weight, values);
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
    this.worst.merge(other.worst);
    this.histogram.merge(other.histogram);
    if (this.classLoss !== null) this.classLoss.merge(other.classLoss!);
    this.leftOut += other.leftOut;
  }

  toJSON(): DiagnosisState {
    return this.#state(this.sample.toJSON());
  }

  /** The state for another thread, whose arrays may move there. */
  parts(): DiagnosisState {
    return this.#state(this.sample.parts());
  }

  #state(sample: RowSampleState | RowSampleParts): DiagnosisState {
    return {
      worstRows: this.options.worst,
      sampleBudget: this.options.sampleBudget,
      leftOut: this.leftOut,
      sample,
      worst: this.worst.toJSON(),
      histogram: this.histogram.toJSON(),
      classLoss: this.classLoss?.toJSON() ?? null,
    };
  }

  /**
   * @param shape what the state does not say itself
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} or {@link parts} gave.
   */
  static fromJSON(
    state: unknown,
    shape: Pick<DiagnosisOptions, 'classes' | 'dtype' | 'weighted'>,
  ): DiagnosisTally {
    const record = requireRecord(state, 'the diagnosis');
    const read = new DiagnosisTally({
      ...shape,
      worst: requireCount(record.worstRows, 'the number of worst rows'),
      sampleBudget: requireCount(record.sampleBudget, 'the memory of the sample'),
    });
    const { classLoss, options } = read;
    const sample = requireRecord(record.sample, 'the sample of rows');
    read.sample =
      sample.index instanceof Float64Array
        ? RowSample.fromParts(sampleOptions(options), record.sample as RowSampleParts)
        : RowSample.fromJSON(sample, sampleOptions(options));
    read.worst.addState(record.worst, WORST_NAMES);
    read.histogram = LossHistogram.fromJSON(record.histogram);
    if ((classLoss === null) !== (record.classLoss === null)) {
      throw damagedState('it should have losses per class, or should not');
    }
    classLoss?.merge(ExactSums.fromJSON(record.classLoss, options.classes));
    read.leftOut = requireCount(record.leftOut, 'the number of rows of infinite loss');
    return read;
  }
}

function sampleOptions({ classes, dtype, weighted, sampleBudget }: DiagnosisOptions) {
  return {
    classes,
    dtype: dtype === 'f64' ? 'f64' : 'f32',
    weighted,
    budget: sampleBudget,
  } as const;
}
