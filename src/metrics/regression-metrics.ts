/** Every regression metric as a function of the tally. */

import type { Bounded } from '../tallies/order-statistics.js';
import { meanDeviance, tweedieDomainText } from '../tallies/regression-errors.js';
import type { RegressionTally } from '../tallies/regression-tally.js';

import { type Interval, normal, Z_95 } from './intervals.js';
import { lowerIsBetter, type Metrics } from './metric-values.js';
import type { ScalarMath } from './scalar-math.js';

/** A metric that is left out of the report, and why. */
export interface LeftOutMetric {
  readonly name: string;
  readonly reason: string;
  /** Rows that are to blame. */
  readonly rows: number;
}

export interface RegressionMetrics {
  /** By name, the headline numbers first. */
  readonly metrics: Metrics;
  readonly leftOut: readonly LeftOutMetric[];
  /** Numbers that are known up to these ends alone, because the values no longer fitted into memory. */
  readonly bounded: Readonly<Record<string, Bounded>>;
}

/**
 * All metrics of a tally that holds rows. Baselines are those of the best
 * constant prediction: the mean for squared errors and deviances, the median
 * for absolute errors, the quantile for pinball losses.
 */
export function regressionMetrics(tally: RegressionTally, math: ScalarMath): RegressionMetrics {
  const metrics: Metrics = {};
  const leftOut: LeftOutMetric[] = [];
  const bounded: Record<string, Bounded> = {};
  const { weight, weightSquares } = tally.weights.totals();
  const { scored } = tally.rows;
  const note = (name: string, ends: Bounded): number => {
    if (ends.low < ends.high) bounded[name] = ends;
    return ends.value;
  };
  const leave = (name: string, reason: string, rows: number) =>
    leftOut.push({ name, reason, rows });

  const squares = tally.error('mse');
  const squareInterval = normal(squares, scored);
  const variance = tally.targets.squaredDeviations / weight;
  const constant = variance === 0;
  metrics.mse = lowerIsBetter(squares.mean, squareInterval, variance);
  if (constant) leave('r2', 'needs targets that differ', scored);
  else {
    const r2 = 1 - squares.mean / variance;
    metrics.r2 = { value: r2, baseline: 0, skill: r2 };
  }
  metrics.rmse = lowerIsBetter(Math.sqrt(squares.mean), roots(squareInterval), Math.sqrt(variance));

  const absolute = tally.error('mae');
  const fromMedian = note('mae_baseline', scaled(tally.targetValues.leastPinball(0.5), 2 / weight));
  metrics.mae = lowerIsBetter(absolute.mean, normal(absolute, scored), fromMedian);
  const median = note('median_absolute_error', tally.errorValues.quantile(0.5));
  // The order statistics between which the median lies (Conover, Practical Nonparametric Statistics).
  const reach = Z_95 / (2 * Math.sqrt((weight / weightSquares) * weight));
  metrics.median_absolute_error = {
    value: median,
    ...(reach < 0.5 && {
      low: tally.errorValues.quantile(0.5 - reach).low,
      high: tally.errorValues.quantile(0.5 + reach).high,
    }),
  };
  metrics.max_error = { value: tally.maxError };
  const signed = tally.error('mean_error');
  metrics.mean_error = { value: signed.mean, ...normal(signed, scored) };

  const addMean = (name: string, sum: string, needs: string, baseline: () => number) => {
    const { undefinedRows, ...mean } = tally.error(sum);
    if (undefinedRows > 0) return leave(name, `needs ${needs}`, undefinedRows);
    metrics[name] = lowerIsBetter(mean.mean, normal(mean, scored), baseline());
  };
  addMean('mape', 'mape', 'targets other than 0', () => Number.NaN);
  addMean(
    'msle',
    'msle',
    'targets and predictions of at least 0',
    () => tally.logTargets.squaredDeviations / weight,
  );
  if (constant) leave('explained_variance', 'needs targets that differ', scored);
  else {
    const unexplained = tally.residuals.squaredDeviations / weight;
    metrics.explained_variance = { value: 1 - unexplained / variance };
  }
  for (const q of tally.settings.quantiles) {
    addMean(`pinball_${q}`, `pinball_${q}`, 'numbers', () =>
      note(`pinball_${q}_baseline`, scaled(tally.targetValues.leastPinball(q), 1 / weight)),
    );
  }
  const targetMean = tally.targets.mean;
  for (const power of tally.settings.powers) {
    addMean(devianceName(power), `tweedie_${power}`, tweedieDomainText(power), () =>
      targetMean > 0 ? meanDeviance(power, targetMean, tally.powerTerm(power), math) : Number.NaN,
    );
  }
  addExplained(metrics, leave, tally, constant, fromMedian);
  if (bounded.mae_baseline !== undefined && metrics.d2_absolute_error !== undefined) {
    const { low, high } = bounded.mae_baseline;
    bounded.d2_absolute_error = {
      value: metrics.d2_absolute_error.value as number,
      low: 1 - absolute.mean / low,
      high: 1 - absolute.mean / high,
    };
  }
  return { metrics, leftOut, bounded };
}

/** D²: the share of the cost of a constant prediction that is gone. */
function addExplained(
  metrics: Metrics,
  leave: (name: string, reason: string, rows: number) => void,
  tally: RegressionTally,
  constant: boolean,
  fromMedian: number,
): void {
  const { scored } = tally.rows;
  if (constant || fromMedian === 0) leave('d2_absolute_error', 'needs targets that differ', scored);
  else metrics.d2_absolute_error = { value: 1 - tally.error('mae').mean / fromMedian };
  for (const power of tally.settings.powers) {
    const skill = metrics[devianceName(power)]?.skill;
    const { undefinedRows } = tally.error(`tweedie_${power}`);
    const name = `d2_tweedie_${power}`;
    if (undefinedRows > 0) leave(name, `needs ${tweedieDomainText(power)}`, undefinedRows);
    else if (skill === undefined) leave(name, 'needs targets that differ', scored);
    else metrics[name] = { value: skill };
  }
}

/** Name of the deviance of a Tweedie power in reports. */
function devianceName(power: number): string {
  if (power === 1) return 'poisson_deviance';
  return power === 2 ? 'gamma_deviance' : `tweedie_${power}_deviance`;
}

function scaled({ value, low, high }: Bounded, factor: number): Bounded {
  return { value: value * factor, low: low * factor, high: high * factor };
}

/** The interval of a square root; an end below 0 counts as 0. */
function roots(interval: Interval | null): Interval | null {
  if (interval === null) return null;
  return { low: Math.sqrt(Math.max(0, interval.low)), high: Math.sqrt(interval.high) };
}
