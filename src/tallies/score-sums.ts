/** What the scores of rows tell beyond the predicted class: losses, Brier score, confidence, ranks. */

import type { RowTotals } from '../types/row-tally.js';
import { CalibrationBins, type CalibrationBinsState } from './calibration-bins.js';
import type { ExactSumsState } from './exact-sums.js';
import { RankHistogram, type RankHistogramState } from './rank-histogram.js';
import { RatioMoments, WeightMoments } from './ratio-moments.js';
import { requireRecord } from './state-check.js';

/** Scores of scored rows, one array per quantity, as {@link ScoreSums.addRows} takes them. */
export interface ScoreColumns {
  readonly targets: Int32Array;
  readonly ranks: Int32Array;
  /** 1 for rows whose prediction is the target, else 0. */
  readonly hit: Float64Array;
  readonly nll: Float64Array;
  readonly loss: Float64Array;
  readonly confidence: Float64Array;
  readonly brier: Float64Array;
}

/** Which sums are kept. */
export interface ScoreSumsOptions {
  readonly classes: number;
  readonly weighted: boolean;
  readonly classWeights: Float64Array | null;
  readonly labelSmoothing: number;
}

export interface ScoreSumsState {
  readonly loss: ExactSumsState;
  readonly lossWeights: ReturnType<WeightMoments['toJSON']> | null;
  readonly nll: ExactSumsState | null;
  readonly brier: ExactSumsState;
  readonly gap: ExactSumsState | null;
  readonly bins: CalibrationBinsState;
  readonly ranks: RankHistogramState;
}

export class ScoreSums {
  readonly #classWeights: Float64Array | null;
  /** Weighs s·w_y where there are class weights, else s. */
  loss: RatioMoments;
  /** Σ s·w_y; null without class weights: then the rows' own weights say it. */
  lossWeights: WeightMoments | null;
  /** Null where the loss is the plain negative log-likelihood. */
  nll: RatioMoments | null;
  brier: RatioMoments;
  /** Moments of confidence − hit; null where every row weighs 1: then the bins say it. */
  gap: RatioMoments | null;
  bins: CalibrationBins;
  ranks: RankHistogram;
  #u = new Float64Array(0);
  #v = new Float64Array(0);

  constructor({ classes, weighted, classWeights, labelSmoothing }: ScoreSumsOptions) {
    const plain = classWeights === null && labelSmoothing === 0;
    this.#classWeights = classWeights;
    this.loss = new RatioMoments(weighted || classWeights !== null);
    this.lossWeights = classWeights === null ? null : new WeightMoments(true);
    this.nll = plain ? null : new RatioMoments(weighted);
    this.brier = new RatioMoments(weighted);
    this.gap = weighted ? new RatioMoments(true) : null;
    this.bins = new CalibrationBins(weighted);
    this.ranks = new RankHistogram(classes, weighted);
  }

  addRows(rows: ScoreColumns, weights: Float64Array | null, count: number): void {
    if (this.#u.length < count) {
      this.#u = new Float64Array(count);
      this.#v = new Float64Array(count);
    }
    this.#addLoss(rows, weights, count);
    if (this.nll !== null) this.#addMean(this.nll, rows.nll, weights, count);
    this.#addMean(this.brier, rows.brier, weights, count);
    this.bins.addRows(rows.confidence, rows.hit, weights, count);
    this.ranks.addRows(rows.ranks, weights, count);
    if (this.gap !== null && weights !== null) {
      const { confidence, hit } = rows;
      const u = this.#u;
      for (let i = 0; i < count; i++) u[i] = weights[i] * (confidence[i] - hit[i]);
      this.gap.addRows(u, weights, count);
    }
  }

  /** Adds rows that weigh 1 and whose loss is the plain negative log-likelihood. */
  addTotals(totals: RowTotals): void {
    this.loss.addTotals(totals.loss);
    this.brier.addTotals(totals.brier);
    this.bins.addTotals(totals);
    this.ranks.addCounts(totals.ranks);
  }

  #addLoss(rows: ScoreColumns, weights: Float64Array | null, count: number): void {
    const classWeights = this.#classWeights;
    if (classWeights === null) {
      this.#addMean(this.loss, rows.loss, weights, count);
      return;
    }
    const { targets, loss } = rows;
    const u = this.#u;
    const v = this.#v;
    for (let i = 0; i < count; i++) {
      const weight = weights === null ? 1 : weights[i];
      // A row that weighs nothing adds nothing, be its loss infinite.
      u[i] = weight === 0 ? 0 : weight * loss[i];
      v[i] = weight * classWeights[targets[i]];
    }
    this.loss.addRows(u, v, count);
    this.lossWeights!.addRows(v, count);
  }

  #addMean(
    moments: RatioMoments,
    values: Float64Array,
    weights: Float64Array | null,
    count: number,
  ): void {
    if (weights === null) {
      moments.addRows(values, null, count);
      return;
    }
    const u = this.#u;
    for (let i = 0; i < count; i++) u[i] = weights[i] === 0 ? 0 : weights[i] * values[i];
    moments.addRows(u, weights, count);
  }

  merge(other: ScoreSums): void {
    this.loss.merge(other.loss);
    this.lossWeights?.merge(other.lossWeights!);
    this.nll?.merge(other.nll!);
    this.brier.merge(other.brier);
    this.gap?.merge(other.gap!);
    this.bins.merge(other.bins);
    this.ranks.merge(other.ranks);
  }

  toJSON(): ScoreSumsState {
    return {
      loss: this.loss.toJSON(),
      lossWeights: this.lossWeights?.toJSON() ?? null,
      nll: this.nll?.toJSON() ?? null,
      brier: this.brier.toJSON(),
      gap: this.gap?.toJSON() ?? null,
      bins: this.bins.toJSON(),
      ranks: this.ranks.toJSON(),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown, options: ScoreSumsOptions): ScoreSums {
    const record = requireRecord(state, 'the sums of scores');
    const { classes, weighted, classWeights } = options;
    const read = new ScoreSums(options);
    read.loss = RatioMoments.fromJSON(record.loss, weighted || classWeights !== null);
    if (read.lossWeights !== null) {
      read.lossWeights = WeightMoments.fromJSON(record.lossWeights, true);
    }
    if (read.nll !== null) read.nll = RatioMoments.fromJSON(record.nll, weighted);
    read.brier = RatioMoments.fromJSON(record.brier, weighted);
    if (read.gap !== null) read.gap = RatioMoments.fromJSON(record.gap, true);
    read.bins = CalibrationBins.fromJSON(record.bins, weighted);
    read.ranks = RankHistogram.fromJSON(record.ranks, classes, weighted);
    return read;
  }
}
