/** Bootstrap intervals of metrics that have no closed form. */

import { BootstrapTally } from '../tallies/bootstrap-tally.js';
import type { ClassificationTally } from '../tallies/classification-tally.js';
import { CounterRandom, middle } from '../tallies/counter-random.js';
import { UsageError } from '../types/errors.js';
import type { Label, Targets } from '../types/forms.js';
import type { ZeroDivision } from './class-rates.js';
import { classificationMetrics } from './classification-metrics.js';
import {
  labelTally,
  numberLabels,
  requireRows,
  type SampleWeight,
  weightsOf,
} from './label-arrays.js';
import { checkReplicates, type ReplicateOptions } from './replicates.js';

/** A value with its bootstrap interval. */
export interface BootstrapInterval {
  /** The metric of the rows themselves. */
  readonly value: number;
  /** Ends of the middle `level` of the replicates (percentile interval). */
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the replicates. */
  readonly standardError: number;
  /** Replicates that gave a number; those that are NaN say nothing. */
  readonly replicates: number;
}

/** A metric of arrays that takes sample weights. */
export type WeightedMetric<Columns extends readonly unknown[]> = (
  ...args: [...columns: Columns, options: { readonly sampleWeight: Float64Array }]
) => number;

/**
 * A bootstrap interval of any metric of arrays that takes `sampleWeight`. In
 * every replicate a row weighs as much as a Poisson variable of mean 1 says
 * (Hanley & MacGibbon, Comput. Methods Programs Biomed. 83, 2006), a hash of
 * seed, replicate and row index: the same seed gives the same interval
 * everywhere.
 *
 * Calls the metric once per replicate. For the metrics of labels
 * {@link bootstrapLabelScores} is faster by far.
 * @param metric such as `f1Score`; options of its own go in by a function around it
 * @param columns the arrays that it takes, one entry per row in the first of them
 * @param options.replicates how many; default 1000
 * @param options.seed integer; default 0
 * @param options.level of the interval; default 0.95
 * @param options.sampleWeight weight of each row; every row weighs 1 by default
 * @throws UsageError `bad-option`, `length-mismatch`; InputError `empty-input`; what the metric throws
 * @example
 * ```ts
 * import { bootstrapInterval, brierScoreLoss } from 'logitscope';
 *
 * const [yTrue, yProb] = [[0, 1, 1, 0, 1], [0.2, 0.7, 0.4, 0.4, 0.9]];
 * const { value, low, high } = bootstrapInterval(brierScoreLoss, [yTrue, yProb], { seed: 1 });
 * value; // 0.132
 * low < value && value < high; // true
 * ```
 */
export function bootstrapInterval<Columns extends readonly ArrayLike<unknown>[]>(
  metric: WeightedMetric<Columns>,
  columns: readonly [...Columns],
  options: ReplicateOptions & { readonly sampleWeight?: SampleWeight | undefined } = {},
): BootstrapInterval {
  const { replicates, seed, level } = checkReplicates(options, 1000);
  const rows = columns[0]?.length ?? 0;
  requireRows('columns', rows);
  const weights = weightsOf(options.sampleWeight, rows) ?? new Float64Array(rows).fill(1);
  const values = new Float64Array(replicates);
  const sampleWeight = new Float64Array(rows);
  for (let r = 0; r < replicates; r++) {
    const random = new CounterRandom(seed, r);
    for (let row = 0; row < rows; row++) sampleWeight[row] = random.poisson(row) * weights[row];
    values[r] = metric(...(columns as readonly [...Columns]), { sampleWeight });
  }
  const value = metric(...(columns as readonly [...Columns]), { sampleWeight: weights });
  return intervalOf(value, values, level);
}

export interface BootstrapLabelOptions extends ReplicateOptions {
  /** β of each Fβ; default 1. */
  readonly betas?: readonly number[] | undefined;
  /** What 0/0 counts as: 0 (the default), 1 or NaN. */
  readonly zeroDivision?: ZeroDivision | undefined;
}

/** Cells that are drawn, all replicates together, before it would take minutes. */
const MOST_DRAWS = 2e8;

/**
 * Bootstrap intervals of every metric of labels that is one number, by the
 * names of reports: `f1_macro`, `mcc`, `kappa`, `balanced_accuracy`, …
 *
 * Rows that all weigh 1 may be given as their tally: rows of one cell of the
 * confusion matrix are alike, so that a cell of n rows is drawn at once, as a
 * Poisson variable of mean n. That takes no memory beside the tally, and no
 * more time for more rows. Weighted rows need a {@link BootstrapTally}. A class
 * that a replicate does not draw is not in its macro averages.
 * @param source the tally of the rows
 * @param options.replicates how many; default 1000; of a BootstrapTally what it was made with
 * @throws UsageError `bad-option` for a tally of weighted rows, a confusion matrix that was left
 *   out, or replicates that a BootstrapTally does not have
 */
export function bootstrapLabelMetrics(
  source: ClassificationTally | BootstrapTally,
  options: BootstrapLabelOptions = {},
): Record<string, BootstrapInterval> {
  const { level } = checkReplicates(options, 1000);
  const { betas, zeroDivision } = options;
  const { classes } = source.settings;
  const metricsOf = ({ targets, predictions, weights }: Cells, weighted: boolean) => {
    const tally = labelTally(classes, weighted);
    weights.forEach((weight, i) => {
      if (weight > 0) tally.addPair(targets[i]!, predictions[i]!, weight);
    });
    return numbersOf(
      classificationMetrics(tally, {
        ...(betas && { betas }),
        ...(zeroDivision !== undefined && { zeroDivision }),
        perClass: false,
      }),
    );
  };
  const weighted = source instanceof BootstrapTally;
  const cells = weighted ? replicatesOf(source, options) : drawReplicates(source, options);
  const observed = metricsOf(cells.observed, weighted);
  const values = new Map(Object.keys(observed).map((name) => [name, [] as number[]]));
  for (const replicate of cells.replicates) {
    const numbers = metricsOf(replicate, weighted);
    for (const [name, list] of values) list.push(numbers[name]!);
  }
  return Object.fromEntries(
    Array.from(values, ([name, list]) => [
      name,
      intervalOf(observed[name]!, Float64Array.from(list), level),
    ]),
  );
}

/**
 * Bootstrap intervals of every metric of predicted labels that is one number,
 * by the names of reports: `f1_macro`, `mcc`, `kappa`, `balanced_accuracy`, …
 * For rows that weigh 1 the time does not grow with their number.
 * @param yTrue target label per row, or a list of a number per class: one-hot, or probabilities of
 *   which the largest counts
 * @param yPred predicted label per row, or a one-hot list
 * @param options.labels classes in the order that kappa's weights count by; default ascending
 * @param options.replicates how many; default 1000
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { bootstrapLabelScores } from 'logitscope';
 *
 * const targets = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
 * const predictions = [0, 0, 1, 1, 1, 0, 2, 2, 2, 1];
 * const { f1_macro, mcc } = bootstrapLabelScores(targets, predictions, { seed: 7 });
 * f1_macro.value; // 0.6984126984
 * mcc.low < mcc.value && mcc.value < mcc.high; // true
 * ```
 */
export function bootstrapLabelScores(
  yTrue: Targets,
  yPred: Targets,
  options: BootstrapLabelOptions & {
    readonly labels?: readonly Label[] | undefined;
    readonly sampleWeight?: SampleWeight | undefined;
  } = {},
): Record<string, BootstrapInterval> {
  const { classes, numbers } = numberLabels({ yTrue, yPred }, options.labels);
  const [targets, predictions] = numbers as [Int32Array, Int32Array];
  const weights = weightsOf(options.sampleWeight, targets.length);
  if (weights === null) {
    const tally = labelTally(classes.length, false);
    tally.addLabels(targets, predictions, null);
    return bootstrapLabelMetrics(tally, options);
  }
  const { replicates, seed } = checkReplicates(options, 1000);
  const tally = new BootstrapTally({ classes: Math.max(2, classes.length), replicates, seed });
  tally.addLabels(targets, predictions, weights);
  return bootstrapLabelMetrics(tally, { ...options, replicates });
}

/** Cells of a confusion matrix that hold something. */
interface Cells {
  readonly targets: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  readonly weights: Float64Array;
}

interface Replicates {
  readonly observed: Cells;
  readonly replicates: Iterable<Cells>;
}

/** Replicates of rows that all weigh 1, from their confusion matrix. */
function drawReplicates(tally: ClassificationTally, options: ReplicateOptions): Replicates {
  const { replicates, seed } = checkReplicates(options, 1000);
  const { confusion, classes } = tally.labels;
  if (tally.settings.weighted) {
    throw new UsageError('bad-option', 'Rows have weights; bootstrap them with a BootstrapTally.');
  }
  const { targets, predictions, weights } = confusion.entries();
  if (confusion.leftOut || weights.length * replicates > MOST_DRAWS) {
    throw new UsageError(
      'bad-option',
      `The confusion matrix has too many cells that are not 0 for ${replicates} replicates; expected at most ${MOST_DRAWS / replicates}.`,
    );
  }
  const draw = (r: number): Cells => {
    const random = new CounterRandom(seed, r);
    const drawn = weights.map((weight, i) =>
      random.poissonSum(targets[i]! * classes + predictions[i]!, weight),
    );
    return { targets, predictions, weights: drawn };
  };
  return {
    observed: { targets, predictions, weights },
    replicates: (function* () {
      for (let r = 0; r < replicates; r++) yield draw(r);
    })(),
  };
}

function replicatesOf(tally: BootstrapTally, options: ReplicateOptions): Replicates {
  const { classes, replicates, seed } = tally.settings;
  if ((options.replicates ?? replicates) !== replicates || (options.seed ?? seed) !== seed) {
    throw new UsageError(
      'bad-option',
      `The BootstrapTally was made with ${replicates} replicates and seed ${seed}; it has no others.`,
    );
  }
  const places = Array.from({ length: classes ** 2 }, (_, k) => k);
  const targets = places.map((k) => Math.floor(k / classes));
  const predictions = places.map((k) => k % classes);
  return {
    observed: { targets, predictions, weights: tally.observed() },
    replicates: (function* () {
      for (let r = 0; r < replicates; r++) {
        yield { targets, predictions, weights: tally.replicate(r) };
      }
    })(),
  };
}

function numbersOf(metrics: ReturnType<typeof classificationMetrics>): Record<string, number> {
  const numbers = Object.entries(metrics).map(([name, { value }]) => [name, value] as const);
  return Object.fromEntries(numbers.filter(([, value]) => typeof value === 'number')) as Record<
    string,
    number
  >;
}

function intervalOf(value: number, replicates: Float64Array, level: number): BootstrapInterval {
  const sorted = replicates.filter((number) => !Number.isNaN(number)).sort();
  const count = sorted.length;
  if (count === 0) {
    return { value, low: Number.NaN, high: Number.NaN, standardError: Number.NaN, replicates: 0 };
  }
  const mean = sorted.reduce((sum, x) => sum + x, 0) / count;
  const squares = sorted.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  const standardError = Math.sqrt(squares / Math.max(1, count - 1));
  return { value, ...middle(sorted, level), standardError, replicates: count };
}
