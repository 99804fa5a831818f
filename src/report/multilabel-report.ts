/** Sections of a report on several labels per row: averages, numbers per label, notices. */

import type { ZeroDivision } from '../metrics/class-rates.js';
import { normal } from '../metrics/intervals.js';
import { higherIsBetter, lowerIsBetter, type Metrics } from '../metrics/metric-values.js';
import { multilabelMetrics } from '../metrics/multilabel-metrics.js';
import { average } from '../metrics/ranking-metrics.js';
import { RankingSums } from '../metrics/ranking-sums.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { exactSum } from '../tallies/exact-sums.js';
import type { LabelLosses } from '../tallies/label-losses.js';
import type { MultilabelTally } from '../tallies/multilabel-tally.js';
import type { RankedLabels } from '../tallies/ranked-labels.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Notice } from '../types/report.js';
import type { SingleScoreOptions } from '../types/single-scores.js';
import { plural } from './audit.js';
import type { SectionFacts, Sections } from './sections.js';

/** Past this many labels the report has no numbers per label. */
const PER_LABEL_LIMIT = 4096;

/** Which numbers the report has. */
export interface MultilabelReportOptions {
  readonly zeroDivision?: ZeroDivision | undefined;
  /** Target of a label that takes its row out of everything; null for none. */
  readonly ignoreIndex: number | null;
}

/** What the sections are made of. */
export interface MultilabelReportParts extends MultilabelReportOptions {
  readonly tally: MultilabelTally;
  readonly losses: LabelLosses;
  readonly ranking: RankedLabels;
  readonly math: ScalarMath;
  readonly sorter: ScoreSorter;
  readonly rowOptions: SingleScoreOptions;
  /** Scores whose target got less than `eps`, and those whose target got 0. */
  readonly clipped: { readonly scores: number; readonly zero: number };
  readonly invalid: 'error' | 'skip';
  readonly labelNames: readonly string[] | null;
}

function hasWeight({ tally }: MultilabelReportParts): boolean {
  return tally.weights.totals().weight > 0;
}

function hasNumbersPerLabel({ tally }: MultilabelReportParts): boolean {
  return tally.settings.labels <= PER_LABEL_LIMIT;
}

/** Below this, probabilities were raised to it. */
function epsOf({ rowOptions: { kind, eps } }: MultilabelReportParts): number {
  return kind === 'probabilities' ? eps : 0;
}

/** The metrics, with what is known of the ranking; null where there is none. */
export function multilabelReportMetrics(parts: MultilabelReportParts): {
  readonly metrics: Metrics;
  readonly ranked: RankedMetrics | null;
} {
  if (!hasWeight(parts)) return { metrics: {}, ranked: null };
  const ranked = parts.ranking.isWhole ? rankingsOf(parts) : null;
  const metrics: Metrics = {
    ...lossMetrics(parts),
    ...rateMetrics(parts),
    ...ranked?.metrics,
    support_none: { value: Array.from(parts.tally.targets.values()) },
  };
  if (!hasNumbersPerLabel(parts)) {
    for (const name of Object.keys(metrics)) if (/_none$/.test(name)) delete metrics[name];
  }
  return { metrics, ranked };
}

/** The rest of the report. */
export function multilabelSections(
  parts: MultilabelReportParts,
  ranked: RankedMetrics | null,
  { firstInvalidRow }: SectionFacts,
): Sections {
  const { tally, labelNames, zeroDivision = 0, ignoreIndex, rowOptions } = parts;
  const { rows, settings } = tally;
  return {
    kernel: settings.kernel,
    options: {
      ...(ignoreIndex !== null && { ignoreIndex }),
      ...(rowOptions.kind === 'probabilities' && { eps: epsOf(parts) }),
      threshold: rowOptions.threshold,
      weighted: settings.weighted,
      invalid: parts.invalid,
      zeroDivision,
    },
    labels: settings.labels,
    ...(labelNames && { classNames: labelNames }),
    rows,
    notices: multilabelNotices(parts, ranked, firstInvalidRow),
  };
}

/** Weight of the rows that have each label, as shares. */
function prevalences({ tally }: MultilabelReportParts): Float64Array {
  const { weight } = tally.weights.totals();
  return tally.targets.values().map((positives) => positives / weight);
}

/** The mean binary cross-entropy over rows and labels; knowing nothing costs the mean entropy of the labels. */
function lossMetrics(parts: MultilabelReportParts): Metrics {
  const { tally, losses, math } = parts;
  const totals = tally.weights.totals();
  const plogp = (p: number) => (p > 0 ? p * math.log(p) : 0);
  const entropies = prevalences(parts).map((p) => -(plogp(p) + plogp(Math.max(0, 1 - p))));
  const mean = losses.rows.over(totals);
  const prior = exactSum(entropies) / losses.labels;
  return {
    log_loss: lowerIsBetter(mean.mean, normal(mean, tally.rows.scored), prior),
    log_loss_none: { value: Array.from(losses.values(), (sum) => sum / totals.weight) },
  };
}

/** Rates beside what the more frequent of yes and no gives for each label, where that is known. */
function rateMetrics(parts: MultilabelReportParts): Metrics {
  const { tally, zeroDivision } = parts;
  const metrics = multilabelMetrics(tally, { zeroDivision });
  const { hamming } = metrics;
  const minorities = prevalences(parts).map((p) => Math.min(p, 1 - p));
  const baseline = exactSum(minorities) / tally.settings.labels;
  const { value, low, high } = hamming!;
  const interval = low === undefined || high === undefined ? null : { low, high };
  metrics.hamming = lowerIsBetter(value as number, interval, baseline);
  return metrics;
}

/** What is known of the ranking. */
export interface RankedMetrics {
  readonly metrics: Metrics;
  /** Labels that rows of both kinds are there for. */
  readonly ranked: number;
}

/** Areas under the curves of every label, averaged over those that have rows of both kinds. */
function rankingsOf({ ranking, sorter }: MultilabelReportParts): RankedMetrics {
  const sumsOf = (walk: ReturnType<RankedLabels['microRuns']>) => {
    const sums = new RankingSums();
    walk((runs) => sums.add(runs));
    return sums;
  };
  const all = Array.from({ length: ranking.labels }, (_, label) =>
    sumsOf(ranking.runs(label, sorter)),
  );
  const micro = sumsOf(ranking.microRuns(sorter));
  const seen = all.filter((sums) => sums.hasBoth);
  const positives = seen.map((sums) => sums.positives);
  const shareOf = (sums: RankingSums) => sums.positives / (sums.positives + sums.negatives);
  const known = (value: number) => ({ value, low: value, high: value });
  const shares = seen.map((sums) => known(shareOf(sums)));
  const metrics: Metrics = {};
  const add = (name: string, value: number, baseline: number) => {
    metrics[name] = higherIsBetter(value, null, baseline);
  };
  const aucs = seen.map((sums) => sums.rocAuc);
  add('roc_auc_micro', micro.rocAuc.value, 0.5);
  add('roc_auc_macro', average(aucs).value, 0.5);
  add('roc_auc_weighted', average(aucs, positives).value, 0.5);
  metrics.roc_auc_none = { value: all.map((sums) => sums.rocAuc.value) };
  const precisions = seen.map((sums) => sums.averagePrecision);
  add('average_precision_micro', micro.averagePrecision.value, shareOf(micro));
  add('average_precision_macro', average(precisions).value, average(shares).value);
  add(
    'average_precision_weighted',
    average(precisions, positives).value,
    average(shares, positives).value,
  );
  metrics.average_precision_none = { value: all.map((sums) => sums.averagePrecision.value) };
  return { metrics, ranked: seen.length };
}

/** Notices in a fixed order. */
function multilabelNotices(
  parts: MultilabelReportParts,
  ranked: RankedMetrics | null,
  firstInvalidRow: number,
): Notice[] {
  const { tally, ranking, clipped } = parts;
  const eps = epsOf(parts);
  const notices: Notice[] = [];
  const add = (code: string, message: string, evidence?: Notice['evidence']) => {
    notices.push(evidence ? { code, message, evidence } : { code, message });
  };
  const { rows, settings } = tally;
  const { labels } = settings;
  if (!hasWeight) {
    add('nothing-scored', 'No row was scored: every one was left out, or has weight 0.');
  }
  if (rows.invalid > 0) {
    add(
      'invalid-rows-left-out',
      `${plural(rows.invalid, 'row')} could not be scored and ${rows.invalid === 1 ? 'was' : 'were'} left out; the first is row ${firstInvalidRow}.`,
      { rows: rows.invalid, firstRow: firstInvalidRow },
    );
  }
  if (eps === 0 && clipped.zero > 0) {
    add(
      'infinite-loss',
      `${plural(clipped.zero, 'score has', 'scores have')} infinite loss: the target was given probability 0.`,
      { scores: clipped.zero },
    );
  }
  if (clipped.scores > 0) {
    add(
      'probabilities-clipped',
      `${plural(clipped.scores, 'score gives', 'scores give')} its target a probability below ${eps.toPrecision(3)} (${clipped.zero} of them 0); it was raised to that for the loss. The loss depends on this choice: see --eps.`,
      { scores: clipped.scores, zero: clipped.zero, eps },
    );
  }
  if (ranked !== null && ranked.ranked < labels) {
    add(
      'labels-not-ranked',
      `${labels - ranked.ranked} of ${labels} labels are in no row, or in all: their AUC and average precision are NaN, and averages run over the other ${ranked.ranked}.`,
      { labels, ranked: ranked.ranked },
    );
  }
  if (hasWeight(parts) && ranked === null) {
    add(
      'ranking-left-out',
      `AUC and average precision need every score, and ${rows.scored} rows of ${labels} labels do not fit into ${ranking.keptBytes} bytes: they are left out. Give more with --memory-budget.`,
      { rows: rows.scored, labels, budget: ranking.keptBytes },
    );
  }
  if (!hasNumbersPerLabel(parts))
    add('per-label-left-out', `With ${labels} labels the numbers per label are left out.`);
  if (settings.kernel === 'reference') {
    add(
      'reference-kernel',
      'The plain reference computed this, with the exponentials of this JavaScript engine: the last bits may differ elsewhere.',
    );
  }
  return notices;
}
