/**
 * The state behind every metric of rows that have any number of labels at
 * once: small, mergeable, and the same bits however the rows were split.
 */

import { InputError, UsageError } from '../types/errors.js';
import { ratesFor } from './rates.js';
import { RatioMoments, WeightMoments } from './ratio-moments.js';
import { RowRate } from './row-rates.js';
import { requireWeight } from './sample-weight.js';
import {
  damagedState,
  requireCount,
  requireFlag,
  requireList,
  requireNumber,
  requireRecord,
} from './state-check.js';
import {
  badOption,
  MOST_CLASSES,
  originFromJSON,
  requireSameSettings,
  sortedContext,
  type TallyOrigin,
  undamaged,
} from './tally-options.js';
import { WeightCells } from './weight-cells.js';

const SCHEMA = 'logitscope.multilabel-tally/1';

/** Rows that are gathered at a time. */
const SLICE = 1024;

export interface MultilabelTallyOptions extends TallyOrigin {
  /** Number of labels, 1 … 262 144. */
  readonly labels: number;
  /** Whether rows have weights of their own. */
  readonly weighted: boolean;
  /** β of each Fβ per row; default 1. */
  readonly betas?: readonly number[];
}

export interface MultilabelSettings extends Required<TallyOrigin> {
  readonly labels: number;
  readonly weighted: boolean;
  readonly betas: readonly number[];
}

/** Rows as a tally takes them. */
export interface MultilabelRows {
  /** 0 or 1, row-major, rows × labels. */
  readonly targets: ArrayLike<number>;
  /** 0 or 1, row-major, rows × labels. */
  readonly predictions: ArrayLike<number>;
  /** One per row, or null where every row weighs 1. */
  readonly weights: ArrayLike<number> | null;
  /** Index of the first row in the whole dump, for messages. */
  readonly firstRow?: number;
}

/** Numbers of rows. `total` = `scored` + `ignored` + `invalid`. */
export interface LabelRows {
  readonly total: number;
  readonly scored: number;
  readonly ignored: number;
  readonly invalid: number;
}

const CELLS = ['targets', 'predictions', 'hits'] as const;

export class MultilabelTally {
  readonly settings: MultilabelSettings;
  /** Σs and Σs² over the rows. */
  weights: WeightMoments;
  /** Weight of the rows that have each label. */
  targets: WeightCells;
  /** Weight of the rows that are predicted to have each label. */
  predictions: WeightCells;
  /** Weight of the rows that have each label and are predicted to. */
  hits: WeightCells;
  /** Weight of the rows whose labels are all predicted right. */
  exact: WeightMoments;
  /** Moments of the share of labels that are predicted wrong. */
  errors: RatioMoments;
  /** Rates of single rows, by name. */
  readonly rowRates: Map<string, RowRate>;
  #rows = { scored: 0, ignored: 0, invalid: 0 };

  /** @throws UsageError `bad-option` */
  constructor(options: MultilabelTallyOptions) {
    const { labels, weighted, betas = [1], kernel, version, context } = options;
    if (!Number.isInteger(labels) || labels < 1 || labels > MOST_CLASSES) {
      throw badOption('labels', labels, `an integer from 1 to ${MOST_CLASSES}`);
    }
    this.settings = { labels, weighted, betas, kernel, version, context: sortedContext(context) };
    this.weights = new WeightMoments(weighted);
    this.targets = new WeightCells(labels, weighted);
    this.predictions = new WeightCells(labels, weighted);
    this.hits = new WeightCells(labels, weighted);
    this.exact = new WeightMoments(weighted);
    this.errors = new RatioMoments(weighted);
    this.rowRates = new Map(
      ratesFor(betas).map(([name, rate]) => [name, new RowRate(rate, weighted)]),
    );
  }

  get rows(): LabelRows {
    const { scored, ignored, invalid } = this.#rows;
    return { total: scored + ignored + invalid, scored, ignored, invalid };
  }

  /**
   * Adds rows. On an error nothing is added.
   * @throws InputError `bad-target`, `bad-prediction`: neither 0 nor 1; `bad-weight`
   * @throws UsageError `tally-mismatch` when the rows do not fit this tally's options.
   */
  add(rows: MultilabelRows): void {
    const count = this.#check(rows);
    for (let from = 0; from < count; from += SLICE) {
      this.#addSlice(rows, from, Math.min(count, from + SLICE));
    }
    this.#rows.scored += count;
  }

  #addSlice({ targets, predictions, weights }: MultilabelRows, from: number, to: number): void {
    const { labels } = this.settings;
    const column = () => new Float64Array(to - from);
    const rows = { hits: column(), targets: column(), predictions: column() };
    const errors = column();
    const rowWeights = weights === null ? null : column();
    const exactWeights = column();
    let exact = 0;
    for (let row = from; row < to; row++) {
      const weight = weights === null ? 1 : weights[row];
      let [ofTargets, ofPredictions, ofHits] = [0, 0, 0];
      for (let label = 0, i = row * labels; label < labels; label++, i++) {
        const target = targets[i];
        const prediction = predictions[i];
        if (target !== 0) {
          ofTargets++;
          this.targets.add(label, weight);
        }
        if (prediction === 0) continue;
        ofPredictions++;
        this.predictions.add(label, weight);
        if (target === 0) continue;
        ofHits++;
        this.hits.add(label, weight);
      }
      const place = row - from;
      rows.targets[place] = ofTargets;
      rows.predictions[place] = ofPredictions;
      rows.hits[place] = ofHits;
      if (rowWeights !== null) rowWeights[place] = weight;
      const wrong = ofTargets + ofPredictions - 2 * ofHits;
      errors[place] = (wrong / labels) * weight;
      if (wrong === 0) exactWeights[exact++] = weight;
    }
    this.weights.addRows(rowWeights, to - from);
    this.exact.addRows(rowWeights === null ? null : exactWeights, exact);
    this.errors.addRows(errors, rowWeights, to - from);
    for (const rate of this.rowRates.values()) rate.addRows(rows, labels, rowWeights, to - from);
  }

  /** @returns the number of rows. */
  #check({ targets, predictions, weights, firstRow = 0 }: MultilabelRows): number {
    const { labels, weighted } = this.settings;
    const count = targets.length / labels;
    if (!Number.isInteger(count) || predictions.length !== targets.length) {
      throw misfit(
        `${targets.length} targets and ${predictions.length} predictions are no rows of ${labels} labels`,
      );
    }
    if (weighted !== (weights !== null) || (weights !== null && weights.length !== count)) {
      throw misfit(
        weighted
          ? `${weights?.length ?? 'no'} weights do not go with ${count} rows`
          : 'its rows have no weights and these do',
      );
    }
    for (let i = 0; i < targets.length; i++) {
      const [target, prediction] = [targets[i], predictions[i]];
      if (target !== 0 && target !== 1) throw notZeroOrOne('target', target, i, labels, firstRow);
      if (prediction !== 0 && prediction !== 1) {
        throw notZeroOrOne('prediction', prediction, i, labels, firstRow);
      }
    }
    for (let row = 0; row < (weights?.length ?? 0); row++) {
      requireWeight(weights![row], firstRow + row);
    }
    return count;
  }

  /** Counts rows that have nothing to add. */
  addLeftOut(rows: { readonly ignored?: number; readonly invalid?: number }): void {
    this.#rows.ignored += rows.ignored ?? 0;
    this.#rows.invalid += rows.invalid ?? 0;
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when labels, options, kernel or version differ.
   */
  merge(other: MultilabelTally): void {
    requireSameSettings(this.settings, other.settings);
    for (const name of CELLS) this[name].merge(other[name]);
    this.weights.merge(other.weights);
    this.exact.merge(other.exact);
    this.errors.merge(other.errors);
    for (const [name, rate] of this.rowRates) rate.merge(other.rowRates.get(name)!);
    this.#rows.scored += other.#rows.scored;
    this.addLeftOut(other.#rows);
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON() {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: { ...this.#rows },
      weights: this.weights.toJSON(),
      targets: this.targets.toJSON(),
      predictions: this.predictions.toJSON(),
      hits: this.hits.toJSON(),
      exact: this.exact.toJSON(),
      errors: this.errors.toJSON(),
      rowRates: Object.fromEntries(
        Array.from(this.rowRates, ([name, rate]) => [name, rate.toJSON()]),
      ),
    };
  }

  /** @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote. */
  static fromJSON(state: unknown): MultilabelTally {
    const record = requireRecord(state, 'the tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const options = requireRecord(record.options, 'the options of the tally');
    const labels = requireCount(options.labels, 'the number of labels');
    const weighted = requireFlag(options.weighted, 'whether rows have weights');
    const betas = requireList(options.betas, 'the betas').map((beta) =>
      requireNumber(beta, 'a beta'),
    );
    const origin = originFromJSON(options);
    const tally = undamaged(() => new MultilabelTally({ labels, weighted, betas, ...origin }));
    for (const name of CELLS) {
      tally[name] = WeightCells.fromJSON(record[name], labels, weighted, `${name} per label`);
    }
    tally.weights = WeightMoments.fromJSON(record.weights, weighted);
    tally.exact = WeightMoments.fromJSON(record.exact, weighted);
    tally.errors = RatioMoments.fromJSON(record.errors, weighted);
    const rowRates = requireRecord(record.rowRates, 'the rates of rows');
    for (const [name, rate] of ratesFor(betas)) {
      tally.rowRates.set(name, RowRate.fromJSON(rowRates[name], rate, weighted));
    }
    const rows = requireRecord(record.rows, 'the numbers of rows');
    for (const name of ['scored', 'ignored', 'invalid'] as const) {
      tally.#rows[name] = requireCount(rows[name], `the number of rows ${name}`);
    }
    return tally;
  }
}

function notZeroOrOne(
  what: 'target' | 'prediction',
  found: unknown,
  index: number,
  labels: number,
  firstRow: number,
): InputError {
  return new InputError(`bad-${what}`, {
    row: firstRow + Math.floor(index / labels),
    column: index % labels,
    problem: `a ${what} is neither 0 nor 1`,
    found: String(found),
    expected: '1 where the row has the label, else 0',
    ...(what === 'prediction' && { advice: 'Are these scores? Put a threshold to them first.' }),
  });
}

function misfit(problem: string): UsageError {
  return new UsageError('tally-mismatch', `The tally does not fit the rows: ${problem}.`);
}
