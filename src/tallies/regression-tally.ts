/**
 * The state behind every regression metric: small, mergeable, and the same
 * bits however the rows were split or merged.
 */

import { InputError, UsageError } from '../types/errors.js';
import { ExactMoments, type ExactMomentsState } from './exact-moments.js';
import { ExactSums, type ExactSumsState } from './exact-sums.js';
import { OrderStatistics, type OrderStatisticsState } from './order-statistics.js';
import { type Mean, RatioMoments, WeightMoments } from './ratio-moments.js';
import {
  absoluteErrors,
  type ColumnError,
  eachRow,
  log1p,
  percentageErrors,
  pinballErrors,
  signedErrors,
  squaredErrors,
  squaredLogError,
  tweedieDeviance,
  tweedieTerm,
} from './regression-errors.js';
import {
  type RegressionSettings,
  type RegressionTallyOptions,
  readSettings,
  regressionSettings,
} from './regression-settings.js';
import { requireWeight } from './sample-weight.js';
import {
  damagedState,
  requireCount,
  requireList,
  requireNumber,
  requireRecord,
} from './state-check.js';

const SCHEMA = 'logitscope.regression-tally/1';

/** Targets and predictions beyond this are refused: their squares, weighed, would leave the doubles. */
const LARGEST_VALUE = 1e100;

/** Rows that are worked on at a time: their columns stay in the processor's cache. */
const SLICE = 1024;

const columns = {
  targets: new Float64Array(SLICE),
  predictions: new Float64Array(SLICE),
  weights: new Float64Array(SLICE),
  values: new Float64Array(SLICE),
  terms: new Float64Array(SLICE),
};

/** Rows of numbers: targets and predictions that are finite, one each per row. */
export interface RegressionRows {
  readonly targets: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  /** Where the tally was made with `weighted: true`. */
  readonly weights?: ArrayLike<number> | null | undefined;
  readonly count: number;
  /** Index of the first row in the whole dump, for messages; default 0. */
  readonly firstRow?: number;
}

/** Means of {@link ColumnError}s; names of means are those of the metrics. */
interface ErrorSum {
  readonly name: string;
  readonly error: ColumnError;
  moments: RatioMoments;
  /** Rows of weight above 0 on which the error has no meaning. */
  undefinedRows: number;
}

export interface RegressionTallyState {
  readonly schema: typeof SCHEMA;
  readonly options: RegressionSettings;
  readonly rows: { readonly scored: number; readonly invalid: number };
  readonly weights: ReturnType<WeightMoments['toJSON']>;
  readonly errors: readonly { readonly sums: ExactSumsState; readonly undefinedRows: number }[];
  readonly targets: ExactMomentsState;
  readonly residuals: ExactMomentsState;
  readonly logTargets: ExactMomentsState;
  readonly powerTerms: ExactSumsState;
  readonly maxError: number;
  readonly targetValues: OrderStatisticsState;
  readonly errorValues: OrderStatisticsState;
}

export class RegressionTally {
  readonly settings: RegressionSettings;
  /** Σs and Σs² over scored rows. */
  readonly weights: WeightMoments;
  /** Moments of the targets, for their mean and R². */
  targets: ExactMoments;
  /** Moments of target − prediction. */
  residuals: ExactMoments;
  /** Moments of log(1 + target), of the rows that have squared logarithmic errors. */
  logTargets: ExactMoments;
  /** The targets themselves, for quantiles. */
  targetValues: OrderStatistics;
  /** |target − prediction|. */
  errorValues: OrderStatistics;
  readonly #math: RegressionTallyOptions['math'];
  readonly #errors: readonly ErrorSum[];
  /** Terms of the deviance of the mean, by power. */
  readonly #powerTerms: ExactSums;
  #maxError = 0;
  #rows = { scored: 0, invalid: 0 };

  /** @throws UsageError `bad-option` */
  constructor(options: RegressionTallyOptions) {
    this.settings = regressionSettings(options);
    this.#math = options.math;
    const { weighted, quantiles, powers, keptBytes } = this.settings;
    this.weights = new WeightMoments(weighted);
    this.targets = new ExactMoments(weighted);
    this.residuals = new ExactMoments(weighted);
    this.logTargets = new ExactMoments(weighted);
    const keep = keptRows(weighted, keptBytes);
    this.targetValues = new OrderStatistics(weighted, keep);
    this.errorValues = new OrderStatistics(weighted, keep);
    this.#powerTerms = new ExactSums(powers.length);
    const sum = (name: string, error: ColumnError): ErrorSum => ({
      name,
      error,
      moments: new RatioMoments(weighted),
      undefinedRows: 0,
    });
    this.#errors = [
      sum('mse', squaredErrors),
      sum('mae', absoluteErrors),
      sum('mean_error', signedErrors),
      sum('mape', percentageErrors),
      sum('msle', eachRow(squaredLogError(this.#math))),
      ...quantiles.map((q) => sum(`pinball_${q}`, pinballErrors(q))),
      ...powers.map((power) =>
        sum(`tweedie_${power}`, eachRow(tweedieDeviance(power, this.#math))),
      ),
    ];
  }

  get rows(): { readonly total: number; readonly scored: number; readonly invalid: number } {
    const { scored, invalid } = this.#rows;
    return { total: scored + invalid, scored, invalid };
  }

  /** Largest |target − prediction| of a row that weighs something. */
  get maxError(): number {
    return this.#maxError;
  }

  /**
   * Adds rows. On an error nothing is added.
   * @throws InputError `not-finite` for a value that is NaN, infinite or beyond 1e100 in size; `bad-weight`
   * @throws UsageError `tally-mismatch` where there are weights and should be none, or the reverse
   */
  add(rows: RegressionRows): void {
    this.#check(rows);
    const { targets, predictions, count } = rows;
    const weights = this.settings.weighted ? rows.weights! : null;
    for (let from = 0; from < count; from += SLICE) {
      const n = Math.min(SLICE, count - from);
      for (let i = 0; i < n; i++) {
        columns.targets[i] = targets[from + i]!;
        columns.predictions[i] = predictions[from + i]!;
        if (weights !== null) columns.weights[i] = weights[from + i]!;
      }
      this.#addSlice(weights === null ? null : columns.weights, n);
    }
    this.#rows.scored += count;
  }

  #check({ targets, predictions, weights, count, firstRow = 0 }: RegressionRows): void {
    const { weighted } = this.settings;
    if (weighted !== (weights != null)) {
      throw new UsageError(
        'tally-mismatch',
        `The tally's rows have ${weighted ? '' : 'no '}weights and these have ${weighted ? 'none' : 'some'}; make it with the right \`weighted\`.`,
      );
    }
    for (let i = 0; i < count; i++) {
      requireValue(targets[i]!, 'target', firstRow + i);
      requireValue(predictions[i]!, 'prediction', firstRow + i);
      if (weights != null) requireWeight(weights[i]!, firstRow + i);
    }
  }

  #addSlice(weights: Float64Array | null, count: number): void {
    const { targets, predictions, values, terms } = columns;
    this.weights.addRows(weights, count);
    for (let i = 0; i < count; i++) values[i] = targets[i]! - predictions[i]!;
    for (const sum of this.#errors) {
      sum.error(targets, values, predictions, terms, count);
      sum.undefinedRows += weigh(terms, weights, count);
      sum.moments.addRows(terms, weights, count);
    }
    this.targets.addRows(targets, weights, count);
    this.targetValues.addRows(targets, weights, count);
    this.residuals.addRows(values, weights, count);
    for (let i = 0; i < count; i++) {
      values[i] = Math.abs(values[i]!);
      if (values[i]! > this.#maxError && weights?.[i] !== 0) this.#maxError = values[i]!;
    }
    this.errorValues.addRows(values, weights, count);
    for (let i = 0; i < count; i++)
      values[i] = targets[i]! >= 0 ? log1p(targets[i]!, this.#math) : 0;
    this.logTargets.addRows(values, weights, count);
    this.settings.powers.forEach((power, index) => {
      const term = tweedieTerm(power, this.#math);
      for (let i = 0; i < count; i++) {
        terms[i] = term(targets[i]!) * (weights === null ? 1 : weights[i]!);
      }
      this.#powerTerms.addColumn(index, terms, count);
    });
  }

  /** Counts rows that were left out. */
  addInvalid(rows: number): void {
    this.#rows.invalid += rows;
  }

  /** Mean of a row's error with its standard error, and on how many rows it has no meaning. */
  error(name: string): Mean & { readonly undefinedRows: number } {
    const sum = this.#errors.find((one) => one.name === name);
    if (sum === undefined) throw new UsageError('unknown-metric', `The tally has no ${name}.`);
    return { ...sum.moments.over(this.weights.totals()), undefinedRows: sum.undefinedRows };
  }

  /** Mean over the targets of the term that belongs to a power of the settings. */
  powerTerm(power: number): number {
    return (
      this.#powerTerms.value(this.settings.powers.indexOf(power)) / this.weights.totals().weight
    );
  }

  /**
   * Adds the rows of another tally. That no row is in both is for the caller to see to.
   * @throws UsageError `state-mismatch` when options, kernel or version differ
   */
  merge(other: RegressionTally): void {
    const [ours, theirs] = [JSON.stringify(this.settings), JSON.stringify(other.settings)];
    if (ours !== theirs) {
      throw new UsageError(
        'state-mismatch',
        `Cannot merge regression tallies of different options: found ${theirs}; expected ${ours}. Score every part with the same options and the same version, then merge.`,
      );
    }
    this.#rows.scored += other.#rows.scored;
    this.#rows.invalid += other.#rows.invalid;
    this.weights.merge(other.weights);
    this.#errors.forEach((sum, i) => {
      sum.moments.merge(other.#errors[i]!.moments);
      sum.undefinedRows += other.#errors[i]!.undefinedRows;
    });
    this.targets.merge(other.targets);
    this.residuals.merge(other.residuals);
    this.logTargets.merge(other.logTargets);
    this.targetValues.merge(other.targetValues);
    this.errorValues.merge(other.errorValues);
    this.#powerTerms.merge(other.#powerTerms);
    this.#maxError = Math.max(this.#maxError, other.#maxError);
  }

  /** A plain object for JSON. Tallies of the same rows give the same text. */
  toJSON(): RegressionTallyState {
    return {
      schema: SCHEMA,
      options: this.settings,
      rows: { ...this.#rows },
      weights: this.weights.toJSON(),
      errors: this.#errors.map(({ moments, undefinedRows }) => ({
        sums: moments.toJSON(),
        undefinedRows,
      })),
      targets: this.targets.toJSON(),
      residuals: this.residuals.toJSON(),
      logTargets: this.logTargets.toJSON(),
      powerTerms: this.#powerTerms.toJSON(),
      maxError: this.#maxError,
      targetValues: this.targetValues.toJSON(),
      errorValues: this.errorValues.toJSON(),
    };
  }

  /**
   * @param math as in {@link RegressionTallyOptions}, of the kernel that the state names
   * @throws InputError `state-damaged` when `state` is not what {@link toJSON} wrote
   */
  static fromJSON(state: unknown, math: RegressionTallyOptions['math']): RegressionTally {
    const record = requireRecord(state, 'the tally');
    if (record.schema !== SCHEMA) throw damagedState(`its schema is not ${SCHEMA}`, record.schema);
    const tally = new RegressionTally({ ...readSettings(record.options), math });
    const { weighted, keptBytes, powers } = tally.settings;
    const keep = keptRows(weighted, keptBytes);
    const rows = requireRecord(record.rows, 'the numbers of rows');
    tally.#rows.scored = requireCount(rows.scored, 'the number of rows scored');
    tally.#rows.invalid = requireCount(rows.invalid, 'the number of rows left out');
    tally.weights.merge(WeightMoments.fromJSON(record.weights, weighted));
    const errors = requireList(record.errors, 'the sums of errors', tally.#errors.length);
    tally.#errors.forEach((sum, i) => {
      const error = requireRecord(errors[i], 'a sum of errors');
      sum.moments = RatioMoments.fromJSON(error.sums, weighted);
      sum.undefinedRows = requireCount(error.undefinedRows, 'a number of rows without an error');
    });
    tally.targets = ExactMoments.fromJSON(record.targets, weighted);
    tally.residuals = ExactMoments.fromJSON(record.residuals, weighted);
    tally.logTargets = ExactMoments.fromJSON(record.logTargets, weighted);
    tally.#powerTerms.merge(ExactSums.fromJSON(record.powerTerms, powers.length));
    tally.#maxError = requireNumber(record.maxError, 'the largest error');
    tally.targetValues = OrderStatistics.fromJSON(record.targetValues, weighted, keep);
    tally.errorValues = OrderStatistics.fromJSON(record.errorValues, weighted, keep);
    return tally;
  }
}

/** Multiplies by the weights; terms without a meaning become 0. @returns how many of weight above 0 those are */
function weigh(terms: Float64Array, weights: Float64Array | null, count: number): number {
  let undefinedRows = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights === null ? 1 : weights[i]!;
    const term = terms[i]!;
    if (weight === 0) terms[i] = 0;
    else if (!Number.isNaN(term)) terms[i] = weight * term;
    else {
      terms[i] = 0;
      undefinedRows++;
    }
  }
  return undefinedRows;
}

/** Rows whose target and error fit into so many bytes. */
function keptRows(weighted: boolean, bytes: number): number {
  return Math.floor(bytes / (weighted ? 32 : 16));
}

function requireValue(value: number, what: string, row: number): void {
  if (isUsable(value)) return;
  throw new InputError('not-finite', {
    row,
    problem: `the ${what} cannot be used`,
    found: String(value),
    expected: 'a finite number of at most 1e100 in size',
    advice: 'Leave such rows out beforehand.',
  });
}

/** Whether a number can be a target or a prediction. */
export function isUsable(value: number): boolean {
  return Math.abs(value) <= LARGEST_VALUE;
}
