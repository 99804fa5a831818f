/** Losses against soft targets, beside what the best constant prediction costs and what none can undercut. */

import { exactSum } from '../tallies/exact-sums.js';
import type { Mean } from '../tallies/ratio-moments.js';
import type { SoftTally } from '../tallies/soft-tally.js';
import type { MetricValue } from '../types/report.js';
import type { RowOptions } from '../types/scores.js';
import { type Interval, normal } from './intervals.js';
import { type Metrics, mapInterval } from './metric-values.js';
import type { ScalarMath } from './scalar-math.js';

export type LossShape = Pick<RowOptions, 'classWeights' | 'labelSmoothing'>;

/** What a report on soft targets says of their loss. */
export interface SoftLosses {
  readonly metrics: Metrics;
  /** Mean of the least loss of each row: what predictions that are the targets cost. */
  readonly least: number;
  /** Mean loss of equal probabilities for all classes. */
  readonly uniform: number;
}

/** Losses of the rows of a tally, and their baselines. */
export function softLosses(tally: SoftTally, shape: LossShape, math: ScalarMath): SoftLosses {
  const totals = tally.weights.totals();
  const of = (name: Parameters<SoftTally['moments']>[0]): Mean => tally.moments(name).over(totals);
  const { scored } = tally.rows;
  const shares = tally.classes.values().map((weight) => weight / totals.weight);
  const plain = constantLoss(shares, { classWeights: null, labelSmoothing: 0 }, math);
  const shaped = constantLoss(shares, shape, math);
  const [loss, nll, brier] = [of('loss'), of('nll'), of('brier')];
  const [least, entropy] = [of('least').mean, of('entropy').mean];
  const interval = normal(nll, scored);
  const toBits = (nats: number) => nats / Math.LN2;
  const [exp, priorBrier] = [(x: number) => math.exp(x), spread(shares, of('squares').mean)];
  return {
    metrics: {
      log_loss: above(least, loss.mean, normal(loss, scored), shaped.prior),
      perplexity: above(exp(entropy), exp(nll.mean), mapInterval(interval, exp), exp(plain.prior)),
      bits: above(
        toBits(entropy),
        toBits(nll.mean),
        mapInterval(interval, toBits),
        toBits(plain.prior),
      ),
      brier_multiclass: above(0, brier.mean, normal(brier, scored), priorBrier),
    },
    least,
    uniform: shaped.uniform,
  };
}

/** A loss with the share of the way from its baseline to the least that is possible. */
function above(
  least: number,
  value: number,
  interval: Interval | null,
  baseline: number,
): MetricValue {
  const skill = 1 - (value - least) / (baseline - least);
  return {
    value,
    ...interval,
    ...(Number.isFinite(baseline) && { baseline }),
    ...(Number.isFinite(skill) && { skill }),
  };
}

/**
 * The mean loss of a constant prediction p is −Σ_c a_c log p_c with
 * a_c = w_c·((1 − ε)·q̄_c + ε/C). By Gibbs' inequality p = a / A, A = Σ a,
 * makes it least: A·H(a / A).
 * @param shares q̄, the mean target
 */
function constantLoss(
  shares: Float64Array,
  { classWeights, labelSmoothing }: LossShape,
  math: ScalarMath,
): { readonly prior: number; readonly uniform: number } {
  const smooth = labelSmoothing / shares.length;
  const parts = shares.map(
    (share, c) => (classWeights?.[c] ?? 1) * ((1 - labelSmoothing) * share + smooth),
  );
  const all = exactSum(parts);
  const terms = parts.map((part) => (part === 0 ? 0 : -part * math.log(part / all)));
  return { prior: exactSum(terms), uniform: all * math.log(shares.length) };
}

/** Mean Σ (q̄_c − q_c)², the Brier score of the mean target itself. */
function spread(shares: Float64Array, meanSquares: number): number {
  return Math.max(0, meanSquares - exactSum(shares.map((share) => share * share)));
}
