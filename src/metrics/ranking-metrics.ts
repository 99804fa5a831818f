/** Ranking metrics of a tally, by name. */

import type { RankingTally } from '../tallies/ranking-tally.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Notice } from '../types/report.js';
import { oneVsOne } from './one-vs-one.js';
import { type Bounded, RankingSums } from './ranking-sums.js';
import { RunningSum } from './running-sum.js';

/** A ranking metric beside what it is without knowledge. */
export interface RankingValue {
  readonly value: number;
  /** Bounds that hold the exact value; only where scores are binned. They are no confidence interval. */
  readonly low?: number;
  readonly high?: number;
  /** ½ for AUC, the share of positives for average precision. */
  readonly baseline: number;
}

export interface RankingMetrics {
  readonly mode: 'exact' | 'bounded';
  readonly metrics: Readonly<Record<string, RankingValue>>;
  readonly notices: readonly Notice[];
}

/**
 * Ranking metrics by name. Two classes: `roc_auc`, `average_precision`,
 * `pr_auc_trapezoid`; more: `roc_auc_ovr_macro`, `roc_auc_ovr_weighted`,
 * `average_precision_ovr_macro` and, in the exact mode, `roc_auc_ovo_macro`
 * and `roc_auc_ovo_weighted`. What is undefined is NaN, with a notice.
 */
export function rankingMetrics(tally: RankingTally, sorter: ScoreSorter): RankingMetrics {
  const columns = Array.from({ length: tally.columns }, (_, column) => {
    const sums = new RankingSums();
    tally.runs(column, sorter)((runs) => sums.add(runs));
    return sums;
  });
  const { mode } = tally;
  const notices: Notice[] = [];
  const show = (bounded: Bounded, baseline: number): RankingValue =>
    mode === 'exact' ? { value: bounded.value, baseline } : { ...bounded, baseline };
  if (mode === 'bounded') notices.push(boundedNotice(tally));
  const first = columns[0]!;
  if (tally.columns === 1) {
    if (!first.hasBoth) notices.push(oneClassNotice());
    const share = first.hasBoth
      ? first.positives / (first.positives + first.negatives)
      : Number.NaN;
    const metrics = {
      roc_auc: show(first.rocAuc, 0.5),
      average_precision: show(first.averagePrecision, share),
      pr_auc_trapezoid: show(first.prAucTrapezoid, share),
    };
    return { mode, metrics, notices };
  }
  const seen = columns.filter((sums) => sums.hasBoth);
  if (seen.length === 0) notices.push(oneClassNotice());
  else if (seen.length < columns.length) notices.push(leftOutNotice(columns.length, seen.length));
  const aucs = seen.map((sums) => sums.rocAuc);
  const positives = seen.map((sums) => sums.positives);
  const metrics: Record<string, RankingValue> = {
    roc_auc_ovr_macro: show(average(aucs), 0.5),
    roc_auc_ovr_weighted: show(average(aucs, positives), 0.5),
    average_precision_ovr_macro: show(
      average(seen.map((sums) => sums.averagePrecision)),
      average(seen.map((sums) => known(sums.positives / (sums.positives + sums.negatives)))).value,
    ),
  };
  const { stored } = tally;
  if (stored !== null) {
    const { classes, dtype } = tally.settings;
    const { macro, weighted } = oneVsOne({ ...stored, classes, dtype }, sorter);
    metrics.roc_auc_ovo_macro = { value: macro, baseline: 0.5 };
    metrics.roc_auc_ovo_weighted = { value: weighted, baseline: 0.5 };
  } else {
    notices.push({
      code: 'one-vs-one-left-out',
      message:
        'One-vs-one AUC needs every score, and these are more than fit in the budget: it is left out. One-vs-rest is there, within bounds.',
    });
  }
  return { mode, metrics, notices };
}

/** A number that is known exactly. */
function known(value: number): Bounded {
  return { value, low: value, high: value };
}

/** Mean of values and of their bounds; NaN of none. */
export function average(values: readonly Bounded[], weights?: readonly number[]): Bounded {
  const total = new RunningSum();
  const sums = [new RunningSum(), new RunningSum(), new RunningSum()] as const;
  values.forEach(({ low, value, high }, i) => {
    const weight = weights?.[i] ?? 1;
    total.add(weight);
    [low, value, high].forEach((number, k) => {
      sums[k]!.add(weight * number);
    });
  });
  const [low, value, high] = sums.map((sum) => sum.value / total.value);
  return { low: low!, value: value!, high: high! };
}

/** Why ranking metrics of a single class are NaN. */
export function oneClassNotice(): Notice {
  return {
    code: 'one-class-ranking',
    message:
      'Ranking needs rows of both classes, and the targets hold one only: AUC and average precision are NaN. Score rows of both.',
  };
}

/** Which classes averages leave out. */
export function leftOutNotice(classes: number, seen: number): Notice {
  return {
    code: 'classes-not-ranked',
    message: `${classes - seen} of ${classes} classes have no rows, or all of them: one-vs-rest averages run over the other ${seen}.`,
    evidence: { classes, ranked: seen },
  };
}

function boundedNotice(tally: RankingTally): Notice {
  const bins = 2 ** tally.bits;
  return {
    code: 'ranking-bounded',
    message: `${tally.rows} rows are more than the budget of ${tally.settings.exactBytes} bytes holds: scores were counted in ${bins} fixed bins${tally.columns > 1 ? ' per class' : ''}. The exact value lies between low and high for certain.`,
    evidence: { rows: tally.rows, bins, budget: tally.settings.exactBytes },
  };
}
