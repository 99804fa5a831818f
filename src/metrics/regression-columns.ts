/** What regression metrics over arrays share: checks, outputs taken apart, and results put together. */

import { currentCore } from '../engine/current-core.js';
import { exactSum } from '../tallies/exact-sums.js';
import { OrderStatistics } from '../tallies/order-statistics.js';
import { isUsable } from '../tallies/regression-tally.js';
import { requireWeight } from '../tallies/sample-weight.js';
import { InputError, UsageError } from '../types/errors.js';
import type { KernelName } from '../types/scores.js';
import type { ScalarMath } from './scalar-math.js';

/** Options of every regression metric. */
export interface RegressionOptions {
  /** Weight of each row, ≥ 0; default 1 each. */
  readonly sampleWeight?: ArrayLike<number> | null | undefined;
}

/** Options of metrics that take several outputs per row. */
export interface MultiOutputOptions extends RegressionOptions {
  /** Numbers per row, row-major: row i holds `yTrue[i·outputs] … yTrue[(i+1)·outputs − 1]`; default 1. */
  readonly outputs?: number | undefined;
  /** The mean over the outputs (default), one number per output, or weights of the outputs in the mean. */
  readonly multioutput?: 'uniform_average' | 'raw_values' | ArrayLike<number> | undefined;
}

/** Options of metrics that take logarithms. */
export interface LogarithmOptions {
  /** `simd` (default) takes logarithms from the core, the same bits everywhere; `reference` those of the host. */
  readonly kernel?: KernelName | undefined;
}

/** One number per output for `raw_values`, otherwise one. */
export type Aggregated<Options> = Options extends { readonly multioutput: 'raw_values' }
  ? number[]
  : number;

/** One output: its targets, predictions and the rows' weights. */
export interface Columns {
  readonly targets: Float64Array;
  readonly predictions: Float64Array;
  readonly weights: Float64Array | null;
  readonly count: number;
  /** Σ weights, or the number of rows. */
  readonly weight: number;
}

/** What a metric takes its exponentials and logarithms from. */
export function metricMath({ kernel = 'simd' }: LogarithmOptions): ScalarMath {
  return kernel === 'reference' ? Math : currentCore(kernel);
}

/**
 * Checks the arrays and takes the outputs apart.
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `not-finite`, `bad-weight`, `no-weight`
 */
export function columnsOf(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  { sampleWeight, outputs = 1 }: MultiOutputOptions,
): Columns[] {
  if (!Number.isSafeInteger(outputs) || outputs < 1) {
    throw new UsageError(
      'bad-option',
      `Option outputs is ${outputs}; expected a whole number ≥ 1.`,
    );
  }
  if (yTrue.length !== yPred.length) {
    throw new UsageError(
      'length-mismatch',
      `There must be one prediction per target: found ${yPred.length} predictions for ${yTrue.length} targets.`,
    );
  }
  if (yTrue.length % outputs !== 0) {
    throw new UsageError(
      'length-mismatch',
      `${yTrue.length} targets are no whole number of rows of ${outputs} outputs.`,
    );
  }
  const count = yTrue.length / outputs;
  if (count === 0) {
    throw new InputError('empty-input', {
      problem: 'there are no rows',
      expected: 'one target and one prediction or more',
    });
  }
  requireNumbers('yTrue', yTrue);
  requireNumbers('yPred', yPred);
  const weights = weightsOf(sampleWeight ?? null, count);
  const weight = weights === null ? count : exactSum(weights);
  return Array.from({ length: outputs }, (_, output) => ({
    targets: Float64Array.from({ length: count }, (_, row) => yTrue[row * outputs + output]!),
    predictions: Float64Array.from({ length: count }, (_, row) => yPred[row * outputs + output]!),
    weights,
    count,
    weight,
  }));
}

function requireNumbers(name: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' && isUsable(value)) continue;
    throw new InputError('not-finite', {
      source: name,
      row: i,
      problem: 'the value cannot be used',
      found: String(value),
      expected: 'a finite number of at most 1e100 in size',
      advice: 'Leave such rows out beforehand.',
    });
  }
}

function weightsOf(sampleWeight: ArrayLike<number> | null, count: number): Float64Array | null {
  if (sampleWeight === null) return null;
  if (sampleWeight.length !== count) {
    throw new UsageError(
      'length-mismatch',
      `There must be one weight per row: found ${sampleWeight.length} for ${count} rows.`,
    );
  }
  const weights = Float64Array.from(sampleWeight);
  weights.forEach((weight, row) => {
    requireWeight(weight, row);
  });
  if (weights.every((weight) => weight === 0)) {
    throw new InputError('no-weight', {
      source: 'sampleWeight',
      problem: 'every row has weight 0, so there is nothing to average',
      expected: 'one weight above 0 or more',
    });
  }
  return weights;
}

/** Σ v·term / Σ v, exactly added up. */
export function meanOf(
  { targets, predictions, weights, count, weight }: Columns,
  term: (target: number, prediction: number) => number,
): number {
  const terms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const v = weights === null ? 1 : weights[i]!;
    terms[i] = v === 0 ? 0 : v * term(targets[i]!, predictions[i]!);
  }
  return exactSum(terms) / weight;
}

/**
 * Puts the numbers of the outputs together.
 * @param natural weights of the outputs for `multioutput: 'variance_weighted'`
 */
export function aggregate<Options>(
  values: readonly number[],
  multioutput: MultiOutputOptions['multioutput'] | 'variance_weighted',
  natural: readonly number[] | null = null,
): Aggregated<Options> {
  if (multioutput === 'raw_values') return values as number[] as Aggregated<Options>;
  return average(values, outputWeights(values.length, multioutput, natural)) as Aggregated<Options>;
}

function outputWeights(
  outputs: number,
  multioutput: MultiOutputOptions['multioutput'] | 'variance_weighted',
  natural: readonly number[] | null,
): readonly number[] {
  const equal = () => new Array<number>(outputs).fill(1);
  if (multioutput === undefined || multioutput === 'uniform_average') return equal();
  if (multioutput === 'variance_weighted' && natural !== null) {
    return natural.some((variance) => variance > 0) ? natural : equal();
  }
  if (typeof multioutput === 'string') {
    const words = `'uniform_average', 'raw_values'${natural === null ? '' : ", 'variance_weighted'"}`;
    throw new UsageError(
      'bad-option',
      `Option multioutput is ${JSON.stringify(multioutput)}; expected ${words} or one weight per output.`,
    );
  }
  const weights = Array.from(multioutput);
  if (weights.length !== outputs || !weights.every((w) => w >= 0 && w < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      'bad-option',
      `Option multioutput holds ${weights.length} weights; expected ${outputs} numbers ≥ 0, one per output.`,
    );
  }
  if (weights.every((w) => w === 0)) {
    throw new UsageError('bad-option', 'Option multioutput holds no weight above 0.');
  }
  return weights;
}

function average(values: readonly number[], weights: readonly number[]): number {
  return exactSum(values.map((value, i) => value * weights[i]!)) / exactSum(weights);
}

/** Runs a metric on every output and puts the results together. */
export function eachOutput<Options extends MultiOutputOptions>(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: Options | undefined,
  metric: (columns: Columns) => number,
): Aggregated<Options> {
  const columns = columnsOf(yTrue, yPred, options ?? {});
  return aggregate<Options>(columns.map(metric), options?.multioutput);
}

/** 1 − loss / baseline; where the baseline is 0, 1 for no loss and otherwise 0, unless 0/0 is wanted. */
export function skill(loss: number, baseline: number, forceFinite: boolean): number {
  if (baseline === 0 && forceFinite) return loss === 0 ? 1 : 0;
  return 1 - loss / baseline;
}

/** A single output per row, for metrics that scikit-learn defines for one alone. */
export function oneOutput(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  { sampleWeight }: RegressionOptions,
): Columns {
  return columnsOf(yTrue, yPred, { sampleWeight })[0]!;
}

/** @throws InputError `outside-domain` naming the first row that a metric has no meaning for */
export function requireDomain(
  { targets, predictions, weights, count }: Columns,
  inside: (target: number, prediction: number) => boolean,
  metric: string,
  expected: string,
): void {
  for (let row = 0; row < count; row++) {
    const [y, p] = [targets[row]!, predictions[row]!];
    if (weights?.[row] === 0 || inside(y, p)) continue;
    throw new InputError('outside-domain', {
      row,
      problem: `${metric} has no meaning here`,
      found: `target ${y} and prediction ${p}`,
      expected,
      advice: 'Choose a metric for such values, or correct them.',
    });
  }
}

/** All values of a column, for its quantiles. */
export function orderOf(
  values: Float64Array,
  weights: Float64Array | null,
  count: number,
): OrderStatistics {
  const order = new OrderStatistics(weights !== null, count);
  order.addRows(values, weights, count);
  return order;
}
