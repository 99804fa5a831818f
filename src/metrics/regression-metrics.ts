/** Every regression metric as a function of the tally. */

import type { Bounded } from '../tallies/order-statistics.js';
import { meanDeviance, tweedieDomainText } from '../tallies/regression-errors.js';
import type { RegressionTally } from '../tallies/regression-tally.js';

import { normal, Z_95 } from './intervals.js';
import { lowerIsBetter, type Metrics } from './metric-values.js';
import { roots } from './root-interval.js';
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
  const found = new Found(tally);
  const { weight } = tally.weights.totals();
  const variance = tally.targets.squaredDeviations / weight;
  addSquared(found, variance);
  const fromMedian = addAbsolute(found);
  found.addMean('mape', 'mape', 'targets other than 0', () => Number.NaN);
  found.addMean(
    'msle',
    'msle',
    'targets and predictions of at least 0',
    () => tally.logTargets.squaredDeviations / weight,
  );
  if (variance === 0) found.leave('explained_variance', SPREAD_NEEDED);
  else {
    const unexplained = tally.residuals.squaredDeviations / weight;
    found.metrics.explained_variance = { value: 1 - unexplained / variance };
  }
  for (const q of tally.settings.quantiles) {
    found.addMean(`pinball_${q}`, `pinball_${q}`, 'numbers', () =>
      found.note(`pinball_${q}_baseline`, scaled(tally.targetValues.leastPinball(q), 1 / weight)),
    );
  }
  const targetMean = tally.targets.mean;
  for (const power of tally.settings.powers) {
    found.addMean(devianceName(power), `tweedie_${power}`, tweedieDomainText(power), () =>
      targetMean > 0 ? meanDeviance(power, targetMean, tally.powerTerm(power), math) : Number.NaN,
    );
  }
  addExplained(found, variance === 0 || fromMedian === 0, fromMedian);
  const { metrics, leftOut, bounded } = found;
  return { metrics, leftOut, bounded };
}

const SPREAD_NEEDED = 'needs targets that differ';

/** What a tally has given so far. */
class Found implements RegressionMetrics {
  readonly tally: RegressionTally;
  readonly metrics: Metrics = {};
  readonly leftOut: LeftOutMetric[] = [];
  readonly bounded: Record<string, Bounded> = {};

  constructor(tally: RegressionTally) {
    this.tally = tally;
  }

  /** A number, whose ends are kept where they differ. */
  note(name: string, ends: Bounded): number {
    if (ends.low < ends.high) this.bounded[name] = ends;
    return ends.value;
  }

  leave(name: string, reason: string, rows = this.tally.rows.scored): void {
    this.leftOut.push({ name, reason, rows });
  }

  /** A mean of errors, or what its rows lack to have one. */
  addMean(name: string, sum: string, needs: string, baseline: () => number): void {
    const { undefinedRows, ...mean } = this.tally.error(sum);
    if (undefinedRows > 0) this.leave(name, `needs ${needs}`, undefinedRows);
    else {
      const interval = normal(mean, this.tally.rows.scored);
      this.metrics[name] = lowerIsBetter(mean.mean, interval, baseline());
    }
  }
}

function addSquared(found: Found, variance: number): void {
  const { metrics, tally } = found;
  const squares = tally.error('mse');
  const interval = normal(squares, tally.rows.scored);
  metrics.mse = lowerIsBetter(squares.mean, interval, variance);
  if (variance === 0) found.leave('r2', SPREAD_NEEDED);
  else {
    const r2 = 1 - squares.mean / variance;
    metrics.r2 = { value: r2, baseline: 0, skill: r2 };
  }
  metrics.rmse = lowerIsBetter(Math.sqrt(squares.mean), roots(interval), Math.sqrt(variance));
}

/** Errors in units of the target. @returns the mean absolute error of predicting the median */
function addAbsolute(found: Found): number {
  const { metrics, tally } = found;
  const { weight, weightSquares } = tally.weights.totals();
  const { scored } = tally.rows;
  const absolute = tally.error('mae');
  const fromMedian = found.note(
    'mae_baseline',
    scaled(tally.targetValues.leastPinball(0.5), 2 / weight),
  );
  metrics.mae = lowerIsBetter(absolute.mean, normal(absolute, scored), fromMedian);
  const median = found.note('median_absolute_error', tally.errorValues.quantile(0.5));
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
  return fromMedian;
}

/** D²: the share of the cost of a constant prediction that is gone. */
function addExplained(found: Found, medianIsFree: boolean, fromMedian: number): void {
  const { metrics, bounded, tally } = found;
  if (medianIsFree) found.leave('d2_absolute_error', SPREAD_NEEDED);
  else {
    const { mean } = tally.error('mae');
    const value = 1 - mean / fromMedian;
    metrics.d2_absolute_error = { value };
    const ends = bounded.mae_baseline;
    if (ends !== undefined) {
      bounded.d2_absolute_error = { value, low: 1 - mean / ends.low, high: 1 - mean / ends.high };
    }
  }
  for (const power of tally.settings.powers) {
    const skill = metrics[devianceName(power)]?.skill;
    const { undefinedRows } = tally.error(`tweedie_${power}`);
    const name = `d2_tweedie_${power}`;
    if (undefinedRows > 0) found.leave(name, `needs ${tweedieDomainText(power)}`, undefinedRows);
    else if (skill === undefined) found.leave(name, SPREAD_NEEDED);
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
