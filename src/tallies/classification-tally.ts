/**
 * The state behind every classification metric: small, mergeable, and the
 * same bits however the rows were split or merged.
 */

import { UsageError } from '../types/errors.js';
import type { RowTotals } from '../types/row-tally.js';
import { RowStatus, type ScoredRows, STATUS_MASK, STATUS_TIED } from '../types/scores.js';
import { LabelCounts, type LabelCountsState } from './label-counts.js';
import { WeightMoments } from './ratio-moments.js';
import { requireWeight } from './sample-weight.js';
import { ScoreSums, type ScoreSumsState } from './score-sums.js';
import { damagedState, requireCount, requireRecord } from './state-check.js';
import {
  type ClassificationTallyOptions,
  requireSameSettings,
  settingsFromJSON,
  type TallySettings,
  tallySettings,
} from './tally-options.js';

const SCHEMA = 'logitscope.classification-tally/1';

/** Rows that are gathered at a time: their columns stay in the processor's cache. */
const SLICE = 1024;

const columns = {
  targets: new Int32Array(SLICE),
  predictions: new Int32Array(SLICE),
  ranks: new Int32Array(SLICE),
  hit: new Float64Array(SLICE),
  nll: new Float64Array(SLICE),
  loss: new Float64Array(SLICE),
  confidence: new Float64Array(SLICE),
  brier: new Float64Array(SLICE),
  weights: new Float64Array(SLICE),
};

/** Numbers of rows, whatever they weigh. `total` = `scored` + `ignored` + `invalid`. */
export interface TallyRows {
  readonly total: number;
  readonly scored: number;
  readonly ignored: number;
  /** Invalid scores, missing or bad targets, scores that contradict their kind. */
  readonly invalid: number;
  /** Scored rows whose target ties with another class for first place. */
  readonly tied: number;
  readonly infiniteLoss: number;
  /** Scored rows with p(target) = 0. */
  readonly zeroProbability: number;
  /** Scored rows with p(target) < eps. */
  readonly belowEps: number;
}

const noRows = () => ({
  scored: 0,
  ignored: 0,
  invalid: 0,
  tied: 0,
  infiniteLoss: 0,
  zeroProbability: 0,
  belowEps: 0,
});

const ROW_NAMES = Object.keys(noRows()) as (keyof ReturnType<typeof noRows>)[];

export interface ClassificationTallyState {
  readonly schema: typeof SCHEMA;
  readonly options: TallySettings;
  readonly rows: Omit<TallyRows, 'total'>;
  readonly weights: ReturnType<WeightMoments['toJSON']>;
  readonly labels: LabelCountsState;
  readonly scores: ScoreSumsState | null;
}

export class ClassificationTally {
  readonly settings: TallySettings;
  /** Σs and Σs² over scored rows. */
  readonly weights: WeightMoments;
  readonly labels: LabelCounts;
  /** Null for labels alone. */
  readonly scores: ScoreSums | null;
  #rows = noRows();

  /** @throws UsageError `bad-option` */
  constructor(options: ClassificationTallyOptions) {
    this.settings = tallySettings(options);
    const { classes, weighted, scores } = this.settings;
    this.weights = new WeightMoments(weighted);
    this.labels = new LabelCounts(classes, weighted);
    this.scores = scores ? new ScoreSums(sumsOptions(this.settings)) : null;
  }

  get rows(): TallyRows {
    const { scored, ignored, invalid } = this.#rows;
    return { total: scored + ignored + invalid, ...this.#rows };
  }

  /**
   * Adds scored rows. On an error nothing is added.
   * @throws InputError `bad-weight` for a scored row whose weight is negative, NaN, infinite, or
   *   not 0 and outside 1e-100 … 1e100.
   * @throws UsageError `tally-mismatch` when the rows do not fit this tally's options.
   */
  add(rows: ScoredRows): void {
    this.#check(rows);
    const count = rows.scores.count;
    for (let from = 0; from < count; from += SLICE) {
      const gathered = this.#gather(rows, from, Math.min(count, from + SLICE));
      const weights = this.settings.weighted ? columns.weights : null;
      this.#rows.scored += gathered;
      this.weights.addRows(weights, gathered);
      const { targets, predictions, hit } = columns;
      this.labels.addRows(targets, predictions, hit, weights, gathered);
      this.scores!.addRows(columns, weights, gathered);
    }
  }

  /**
   * Adds rows that were added up elsewhere, as {@link add} would have, but for
   * confusion cells that the totals do not hold: those go through {@link addCells}.
   * The tally must not weigh rows or classes, nor smooth labels.
   */
  addTotals(totals: RowTotals): void {
    for (const name of ROW_NAMES) this.#rows[name] += totals.rows[name];
    this.weights.addRows(null, totals.rows.scored);
    this.labels.addTotals(totals);
    this.scores!.addTotals(totals);
  }

  /** Adds rows that weigh 1 to the confusion cells alone. */
  addCells({ scores: { count, status, prediction }, targets }: ScoredRows): void {
    const { targets: toTargets, predictions: toPredictions } = columns;
    for (let from = 0; from < count; from += SLICE) {
      const to = Math.min(count, from + SLICE);
      let n = 0;
      for (let row = from; row < to; row++) {
        if ((status[row] & STATUS_MASK) !== RowStatus.scored) continue;
        toTargets[n] = targets[row];
        toPredictions[n++] = prediction[row];
      }
      this.labels.confusion.addRows(toTargets, toPredictions, null, n);
    }
  }

  /** Packs the scored rows of `from … to` into {@link columns} and counts the others. */
  #gather({ scores, targets, weights }: ScoredRows, from: number, to: number): number {
    const { status, prediction, rank, nll, loss, confidence, targetProbability, sumSquares } =
      scores;
    const counts = this.#rows;
    const { eps } = this.settings;
    // Held in locals: the loop would load them anew for every row.
    const { targets: toTargets, predictions: toPredictions, ranks: toRanks, hit, brier } = columns;
    const { nll: toNll, loss: toLoss, confidence: toConfidence, weights: toWeights } = columns;
    let n = 0;
    for (let row = from; row < to; row++) {
      const verdict = status[row] & STATUS_MASK;
      if (verdict !== RowStatus.scored) {
        if (verdict === RowStatus.ignored) counts.ignored++;
        else counts.invalid++;
        continue;
      }
      if ((status[row] & STATUS_TIED) !== 0) counts.tied++;
      const target = targets[row];
      const predicted = prediction[row];
      toTargets[n] = target;
      toPredictions[n] = predicted;
      toRanks[n] = rank[row];
      hit[n] = predicted === target ? 1 : 0;
      toNll[n] = nll[row];
      const rowLoss = loss[row];
      toLoss[n] = rowLoss;
      if (rowLoss === Number.POSITIVE_INFINITY) counts.infiniteLoss++;
      toConfidence[n] = confidence[row];
      const probability = targetProbability[row];
      if (probability === 0) counts.zeroProbability++;
      if (probability < eps) counts.belowEps++;
      brier[n] = Math.max(sumSquares[row] - 2 * probability + 1, 0);
      if (weights !== null) toWeights[n] = weights[row];
      n++;
    }
    return n;
  }

  #check({ scores, targets, weights, firstRow }: ScoredRows): void {
    const { classes } = this.settings;
    if (this.scores === null) throw misfit('it counts labels without scores', 'use addPair');
    this.#requireWeights(weights !== null);
    const { count, status, prediction, rank } = scores;
    for (let row = 0; row < count; row++) {
      if ((status[row] & STATUS_MASK) !== RowStatus.scored) continue;
      if (
        !(
          targets[row] >= 0 &&
          targets[row] < classes &&
          prediction[row] < classes &&
          rank[row] < classes
        )
      ) {
        throw misfit(
          `row ${firstRow + row} has target ${targets[row]}, prediction ${prediction[row]} and rank ${rank[row]}, and it counts ${classes} classes`,
          'make it with the number of classes of the scorer',
        );
      }
      if (weights !== null) requireWeight(weights[row], firstRow + row);
    }
  }

  #requireWeights(given: boolean): void {
    const { weighted } = this.settings;
    if (weighted === given) return;
    throw misfit(
      weighted
        ? 'its rows have weights and these have none'
        : 'its rows have no weights and these do',
      'make it with the right `weighted`',
    );
  }

  /**
   * Adds rows of one (target, prediction) pair, for dumps that hold no scores.
   * @param weight of the rows together; where every row weighs 1, their number.
   * @param rows how many rows; default 1, and `weight` where every row weighs 1.
   * @param weightSquares sum of the squares of the rows' weights; needed for several weighted rows.
   * @throws InputError `bad-weight`
   * @throws UsageError `tally-mismatch` when the pair does not fit this tally's options.
   */
  addPair(
    target: number,
    prediction: number,
    weight = 1,
    rows = this.settings.weighted ? 1 : weight,
    weightSquares = weight * weight,
  ): void {
    const { classes, weighted } = this.settings;
    if (this.scores !== null) throw misfit('it counts rows with scores', 'use add');
    const isClass = (index: number) => Number.isInteger(index) && index >= 0 && index < classes;
    if (!isClass(target) || !isClass(prediction)) {
      throw misfit(
        `target ${target} or prediction ${prediction} is none of its ${classes} classes`,
        'make it with the number of classes of the labels',
      );
    }
    if (!Number.isSafeInteger(rows) || rows < 0 || (!weighted && weight !== rows)) {
      throw misfit(`${rows} rows weigh ${weight}`, 'give a number of rows, which is their weight');
    }
    if (weighted) requireWeight(weight);
    if (!(weightSquares >= 0 && weightSquares < Number.POSITIVE_INFINITY)) {
      throw misfit(`squares of weights add up to ${weightSquares}`, 'give the sum of the squares');
    }
    this.#rows.scored += rows;
    this.weights.addTotals(weight, weightSquares);
    this.labels.addPair(target, prediction, weight);
  }

  /**
   * Adds rows of labels without scores. On an error nothing is added.
   * @param weights one per row, or null where every row weighs 1.
   * @param firstRow index of the first row, for messages.
   * @throws InputError `bad-weight`
   * @throws UsageError `tally-mismatch` when the rows do not fit this tally's options.
   */
  addLabels(
    targets: Int32Array,
    predictions: Int32Array,
    weights: Float64Array | null,
    firstRow = 0,
  ): void {
    const { classes } = this.settings;
    if (this.scores !== null) throw misfit('it counts rows with scores', 'use add');
    this.#requireWeights(weights !== null);
    const count = targets.length;
    for (let row = 0; row < count; row++) {
      const [target, prediction] = [targets[row], predictions[row]];
      if (!(target >= 0 && target < classes && prediction >= 0 && prediction < classes)) {
        throw misfit(
          `row ${firstRow + row} has target ${target} and prediction ${prediction}, and it counts ${classes} classes`,
          'make it with the number of classes of the labels',
        );
      }
      if (weights !== null) requireWeight(weights[row], firstRow + row);
    }
    this.#rows.scored += count;
    const { hit } = columns;
    for (let from = 0; from < count; from += SLICE) {
      const to = Math.min(count, from + SLICE);
      for (let row = from; row < to; row++)
        hit[row - from] = targets[row] === predictions[row] ? 1 : 0;
      const part = weights?.subarray(from, to) ?? null;
      this.weights.addRows(part, to - from);
      const [t, p] = [targets.subarray(from, to), predictions.subarray(from, to)];
      this.labels.addRows(t, p, hit, part, to - from);
    }
  }

  /** Counts rows of labels that have no pair to add. */
  addLeftOut(rows: { readonly ignored?: number; readonly invalid?: number }): void {
    this.#rows.ignored += rows.ignored ?? 0;
    this.#rows.invalid += rows.invalid ?? 0;
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when classes, options, kernel or version differ.
   */
  merge(other: ClassificationTally): void {
    requireSameSettings(this.settings, other.settings);
    for (const name of ROW_NAMES) this.#rows[name] += other.#rows[name];
    this.weights.merge(other.weights);
    this.labels.merge(other.labels);
    this.scores?.merge(other.scores!);
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON(): ClassificationTallyState {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: { ...this.#rows },
      weights: this.weights.toJSON(),
      labels: this.labels.toJSON(),
      scores: this.scores?.toJSON() ?? null,
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): ClassificationTally {
    const record = requireRecord(state, 'the tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const settings = settingsFromJSON(record.options);
    const { classes, weighted } = settings;
    const tally = new ClassificationTally(settings);
    tally.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    tally.labels.merge(LabelCounts.fromJSON(record.labels, classes, weighted));
    tally.scores?.merge(ScoreSums.fromJSON(record.scores, sumsOptions(settings)));
    const rows = requireRecord(record.rows, 'the numbers of rows');
    for (const name of ROW_NAMES) {
      tally.#rows[name] = requireCount(rows[name], `the number of rows ${name}`);
    }
    return tally;
  }
}

function sumsOptions(settings: TallySettings) {
  const { classes, weighted, labelSmoothing } = settings;
  const classWeights =
    settings.classWeights === null ? null : Float64Array.from(settings.classWeights);
  return { classes, weighted, classWeights, labelSmoothing };
}

function misfit(problem: string, advice: string): UsageError {
  return new UsageError(
    'tally-mismatch',
    `The tally does not fit the rows: ${problem}; ${advice}.`,
  );
}
