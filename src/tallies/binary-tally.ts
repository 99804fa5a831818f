/**
 * The state behind every metric of rows of one score, the logit or the
 * probability of class 1, but for those that rank scores: small, mergeable, and
 * the same bits however the rows were split or merged.
 */

import { UsageError } from '../types/errors.js';
import { RowStatus, STATUS_MASK } from '../types/scores.js';
import type { SingleScores } from '../types/single-scores.js';
import { CalibrationBins } from './calibration-bins.js';
import { ExactSums } from './exact-sums.js';
import { LabelCounts } from './label-counts.js';
import { RatioMoments, WeightMoments, type WeightTotals } from './ratio-moments.js';
import { requireWeight } from './sample-weight.js';
import { damagedState, requireCount, requireRecord } from './state-check.js';
import {
  requireSameSettings,
  settingsFromJSON,
  type TallyOrigin,
  type TallySettings,
  tallySettings,
} from './tally-options.js';

const SCHEMA = 'logitscope.binary-tally/1';

/** Rows that are gathered at a time: their columns stay in the processor's cache. */
const SLICE = 1024;

const columns = {
  targets: new Int32Array(SLICE),
  predictions: new Int32Array(SLICE),
  hit: new Float64Array(SLICE),
  nll: new Float64Array(SLICE),
  probability: new Float64Array(SLICE),
  isOne: new Float64Array(SLICE),
  brier: new Float64Array(SLICE),
  weights: new Float64Array(SLICE),
  products: new Float64Array(SLICE),
};

export interface BinaryTallyOptions extends TallyOrigin {
  /** Whether rows have weights of their own. */
  readonly weighted: boolean;
  /** Below this p(target) was raised to it; such rows are counted. 0 (the default) for never. */
  readonly eps?: number;
}

/** One scored batch as the tally receives it. */
export interface SingleScoredRows {
  /** Index of the first row in the whole dump. */
  readonly firstRow: number;
  readonly scores: SingleScores;
  /** 0 or 1 in every scored row. */
  readonly targets: Int32Array;
  /** Sample weights, or null where every row weighs 1. */
  readonly weights: Float64Array | null;
}

const noRows = () => ({
  scored: 0,
  ignored: 0,
  invalid: 0,
  infiniteLoss: 0,
  zeroProbability: 0,
  belowEps: 0,
});

/** Numbers of rows. `total` = `scored` + `ignored` + `invalid`. */
export interface BinaryRows extends Readonly<ReturnType<typeof noRows>> {
  readonly total: number;
}

const ROW_NAMES = Object.keys(noRows()) as (keyof ReturnType<typeof noRows>)[];

export class BinaryTally {
  readonly settings: TallySettings;
  /** Σs and Σs² over scored rows. */
  weights: WeightMoments;
  labels: LabelCounts;
  /** Moments of −log p(target). */
  loss: RatioMoments;
  /** Moments of (p − y)². */
  brier: RatioMoments;
  /** Reliability of P(y = 1). */
  bins: CalibrationBins;
  /** Moments of p − y; null where every row weighs 1: then the bins say it. */
  gap: RatioMoments | null;
  /** Σs² of each cell 2 · target + prediction; null where every row weighs 1. */
  #squares: ExactSums | null;
  #rows = noRows();

  /** @throws UsageError `bad-option` */
  constructor(options: BinaryTallyOptions) {
    this.settings = tallySettings({ ...options, classes: 2 });
    const { weighted } = this.settings;
    this.weights = new WeightMoments(weighted);
    this.labels = new LabelCounts(2, weighted);
    this.loss = new RatioMoments(weighted);
    this.brier = new RatioMoments(weighted);
    this.bins = new CalibrationBins(weighted);
    this.gap = weighted ? new RatioMoments(true) : null;
    this.#squares = weighted ? new ExactSums(4) : null;
  }

  get rows(): BinaryRows {
    const { scored, ignored, invalid } = this.#rows;
    return { total: scored + ignored + invalid, ...this.#rows };
  }

  /** Weight, and squares of weights, of the rows of a target that are predicted so. */
  cell(target: 0 | 1, prediction: 0 | 1): WeightTotals {
    const weight = this.labels.confusion.value(target, prediction);
    const weightSquares = this.#squares?.value(2 * target + prediction) ?? weight;
    return { weight, weightSquares };
  }

  /**
   * Adds scored rows. On an error nothing is added.
   * @throws InputError `bad-weight`
   * @throws UsageError `tally-mismatch` when the rows do not fit this tally's options.
   */
  add(rows: SingleScoredRows): void {
    this.#check(rows);
    const { count } = rows.scores;
    for (let from = 0; from < count; from += SLICE) {
      const gathered = this.#gather(rows, from, Math.min(count, from + SLICE));
      this.#addGathered(gathered);
      this.#rows.scored += gathered;
    }
  }

  /** Packs the scored rows of `from … to` into {@link columns} and counts the others. */
  #gather({ scores, targets, weights }: SingleScoredRows, from: number, to: number): number {
    const { status, prediction, nll, probability } = scores;
    const { eps } = this.settings;
    const counts = this.#rows;
    let n = 0;
    for (let row = from; row < to; row++) {
      const verdict = status[row] & STATUS_MASK;
      if (verdict !== RowStatus.scored) {
        if (verdict === RowStatus.ignored) counts.ignored++;
        else counts.invalid++;
        continue;
      }
      const target = targets[row];
      const p = probability[row];
      const loss = nll[row];
      columns.targets[n] = target;
      columns.predictions[n] = prediction[row];
      columns.hit[n] = prediction[row] === target ? 1 : 0;
      columns.nll[n] = loss;
      columns.probability[n] = p;
      columns.isOne[n] = target;
      columns.brier[n] = (p - target) * (p - target);
      if (weights !== null) columns.weights[n] = weights[row];
      n++;
      if (loss === Number.POSITIVE_INFINITY) counts.infiniteLoss++;
      const ofTarget = target === 1 ? p : 1 - p;
      if (eps === 0) {
        // Logits may saturate p and still have a finite loss.
        if (loss === Number.POSITIVE_INFINITY) counts.zeroProbability++;
      } else if (ofTarget < eps) {
        counts.belowEps++;
        if (ofTarget === 0) counts.zeroProbability++;
      }
    }
    return n;
  }

  #addGathered(count: number): void {
    const { targets, predictions, hit, nll, brier, probability, isOne, products } = columns;
    const weights = this.settings.weighted ? columns.weights : null;
    this.weights.addRows(weights, count);
    this.labels.addRows(targets, predictions, hit, weights, count);
    this.bins.addRows(probability, isOne, weights, count);
    if (weights === null) {
      this.loss.addRows(nll, null, count);
      this.brier.addRows(brier, null, count);
      return;
    }
    // A row that weighs nothing adds nothing, be its loss infinite.
    for (let i = 0; i < count; i++) products[i] = weights[i] === 0 ? 0 : weights[i] * nll[i];
    this.loss.addRows(products, weights, count);
    for (let i = 0; i < count; i++) products[i] = weights[i] * brier[i];
    this.brier.addRows(products, weights, count);
    for (let i = 0; i < count; i++) products[i] = weights[i] * (probability[i] - isOne[i]);
    this.gap!.addRows(products, weights, count);
    for (let i = 0; i < count; i++) {
      products[i] = weights[i] * weights[i];
      predictions[i] += 2 * targets[i];
    }
    this.#squares!.addScattered(predictions, products, count);
  }

  #check({ scores, targets, weights, firstRow }: SingleScoredRows): void {
    const { weighted } = this.settings;
    if (weighted !== (weights !== null)) {
      throw misfit(
        weighted
          ? 'its rows have weights and these have none'
          : 'its rows have no weights and these do',
      );
    }
    for (let row = 0; row < scores.count; row++) {
      if ((scores.status[row] & STATUS_MASK) !== RowStatus.scored) continue;
      if (targets[row] !== 0 && targets[row] !== 1) {
        throw misfit(`row ${firstRow + row} is scored and has target ${targets[row]}`);
      }
      if (weights !== null) requireWeight(weights[row], firstRow + row);
    }
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when options, kernel or version differ.
   */
  merge(other: BinaryTally): void {
    requireSameSettings(this.settings, other.settings);
    for (const name of ROW_NAMES) this.#rows[name] += other.#rows[name];
    this.weights.merge(other.weights);
    this.labels.merge(other.labels);
    this.loss.merge(other.loss);
    this.brier.merge(other.brier);
    this.bins.merge(other.bins);
    this.gap?.merge(other.gap!);
    this.#squares?.merge(other.#squares!);
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON() {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: { ...this.#rows },
      weights: this.weights.toJSON(),
      labels: this.labels.toJSON(),
      loss: this.loss.toJSON(),
      brier: this.brier.toJSON(),
      bins: this.bins.toJSON(),
      gap: this.gap?.toJSON() ?? null,
      squares: this.#squares?.toJSON() ?? null,
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): BinaryTally {
    const record = requireRecord(state, 'the tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const settings = settingsFromJSON(record.options);
    const { weighted, eps, classes, scores, classWeights, labelSmoothing, ...origin } = settings;
    const tally = new BinaryTally({ weighted, eps, ...origin });
    if (classes !== 2 || !scores || classWeights !== null || labelSmoothing !== 0) {
      throw damagedState('its options are not those of rows of one score');
    }
    tally.weights = WeightMoments.fromJSON(record.weights, weighted);
    tally.labels = LabelCounts.fromJSON(record.labels, 2, weighted);
    tally.loss = RatioMoments.fromJSON(record.loss, weighted);
    tally.brier = RatioMoments.fromJSON(record.brier, weighted);
    tally.bins = CalibrationBins.fromJSON(record.bins, weighted);
    if (weighted) {
      tally.gap = RatioMoments.fromJSON(record.gap, true);
      tally.#squares = ExactSums.fromJSON(record.squares, 4);
    }
    const rows = requireRecord(record.rows, 'the numbers of rows');
    for (const name of ROW_NAMES) {
      tally.#rows[name] = requireCount(rows[name], `the number of rows ${name}`);
    }
    return tally;
  }
}

function misfit(problem: string): UsageError {
  return new UsageError('tally-mismatch', `The tally does not fit the rows: ${problem}.`);
}
