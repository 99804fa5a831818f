/** Sections of a report on rows of one score: metrics, confusion matrix, reliability, thresholds, notices. */

import { accuracyFlags } from '../diagnosis/accuracy-flags.js';
import { binaryMetrics as tallyMetrics } from '../metrics/binary-metrics.js';
import { calibrationBins } from '../metrics/calibration.js';
import type { ZeroDivision } from '../metrics/class-rates.js';
import { confusionOf } from '../metrics/confusion.js';
import { classesSeen } from '../metrics/marginals.js';
import { higherIsBetter, type Metrics } from '../metrics/metric-values.js';
import { type RankingMetrics, rankingMetrics } from '../metrics/ranking-metrics.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { bestOfRuns } from '../ranking/best-of-runs.js';
import { type ThresholdRow, thresholdRow } from '../ranking/threshold-table.js';
import type { BinaryTally } from '../tallies/binary-tally.js';
import type { RankingTally } from '../tallies/ranking-tally.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Notice, ThresholdChoice } from '../types/report.js';
import type { PartFacts } from '../types/scorer-part.js';
import type { SingleScoreOptions } from '../types/single-scores.js';
import { scoreNotices } from './notices.js';
import type { SectionFacts, Sections } from './sections.js';

const BETAS = [1, 2, 0.5];

/** Which numbers the report has, and how the task was found. */
export interface BinaryReportOptions {
  readonly betas?: readonly number[] | undefined;
  readonly zeroDivision?: ZeroDivision | undefined;
  /** Why the task was decided from the data; null where it was not. */
  readonly reason: string | null;
}

/** What the sections are made of. */
export interface BinaryReportParts extends BinaryReportOptions {
  readonly tally: BinaryTally;
  readonly ranking: RankingTally;
  readonly math: ScalarMath;
  readonly sorter: ScoreSorter;
  readonly rowOptions: SingleScoreOptions;
  readonly weighted: boolean;
  readonly classNames: readonly string[] | null;
  readonly invalid: 'error' | 'skip';
}

function hasWeight(tally: BinaryTally): boolean {
  return tally.weights.totals().weight > 0;
}

/** The metrics, with what is known of the ranking; null where no row weighs anything. */
export function binaryMetrics(parts: BinaryReportParts): {
  readonly metrics: Metrics;
  readonly ranked: RankingMetrics | null;
} {
  const { tally, ranking, math, sorter, betas = BETAS, zeroDivision } = parts;
  if (!hasWeight(tally)) return { metrics: {}, ranked: null };
  const ranked = rankingMetrics(ranking, sorter);
  const metrics = tallyMetrics(tally, { betas, zeroDivision, math });
  for (const [name, { value, baseline }] of Object.entries(ranked.metrics)) {
    metrics[name] = higherIsBetter(value, null, baseline);
  }
  return { metrics, ranked };
}

/** What parts may look at. */
export function binaryFacts(tally: BinaryTally, math: ScalarMath, metrics: Metrics): PartFacts {
  // The gap of one score per row is that of P(y = 1), not of confidence and accuracy.
  const { calibration_gap: _, ...others } = metrics;
  const support = Float64Array.of(
    tally.cell(0, 0).weight + tally.cell(0, 1).weight,
    tally.cell(1, 0).weight + tally.cell(1, 1).weight,
  );
  return { metrics: others, support, uniformLogLoss: math.log(2) };
}

/** The rest of the report. */
export function binarySections(
  parts: BinaryReportParts,
  ranked: RankingMetrics | null,
  { metrics, said: { diagnosis }, firstInvalidRow }: SectionFacts,
): Sections {
  const { tally, math, classNames, zeroDivision = 0, reason, rowOptions } = parts;
  const { rows, settings } = tally;
  const { ignoreIndex, threshold, kind } = rowOptions;
  return {
    kernel: settings.kernel,
    options: {
      ...(ignoreIndex !== null && { ignoreIndex }),
      ...(kind === 'probabilities' && { eps: settings.eps }),
      threshold,
      weighted: settings.weighted,
      invalid: parts.invalid,
      zeroDivision,
    },
    classes: 2,
    ...(classNames && { classNames }),
    classesSeen: classesSeen(tally),
    rows: { total: rows.total, scored: rows.scored, ignored: rows.ignored, invalid: rows.invalid },
    confusion: confusionOf(tally)!,
    calibration: calibrationBins(tally.bins),
    ...(hasWeight(tally) && { thresholds: thresholdChoices(parts) }),
    notices: [
      ...taskNotices(reason),
      ...scoreNotices({
        rows: { ...rows, tied: 0 },
        kind,
        classes: 2,
        classNames: null,
        audit: null,
        // One class only is said where rankings are.
        classesSeen: 2,
        eps: settings.eps,
        kernel: settings.kernel,
        looseRows: 0,
        firstInvalidRow,
        confusionLeftOut: false,
        perClassLeftOut: false,
        // A diagnosis says these itself.
        logLoss: diagnosis ? undefined : metrics.log_loss,
        uniformLogLoss: math.log(2),
        classWeighted: false,
      }),
      ...(ranked === null ? weightlessNotice(rows.scored) : rankingNotices(ranked)),
      ...(diagnosis ? [] : accuracyFlags(metrics)),
    ],
  };
}

/** The threshold that was used, and the best ones, each with what it costs in the other measures. */
function thresholdChoices({ tally, ranking, sorter, rowOptions }: BinaryReportParts) {
  const { threshold } = rowOptions;
  const cell = (target: 0 | 1, prediction: 0 | 1) => tally.cell(target, prediction).weight;
  const positives = cell(1, 0) + cell(1, 1);
  const negatives = cell(0, 0) + cell(0, 1);
  const best = bestOfRuns(ranking.runs(0, sorter), positives, negatives);
  const used = thresholdRow(threshold, cell(1, 1), cell(0, 1), positives, negatives);
  const choice = (purpose: ThresholdChoice['for'], row: ThresholdRow): ThresholdChoice => {
    const { precision, recall, specificity, f1, mcc, accuracy } = row;
    // Of binned scores the one that was used may beat the bounds of bins.
    const cost = (name: 'f1' | 'mcc' | 'accuracy') => Math.max(0, best[name][name] - row[name]);
    return {
      for: purpose,
      threshold: row.threshold,
      precision,
      recall,
      specificity,
      f1,
      mcc,
      accuracy,
      costs: { f1: cost('f1'), mcc: cost('mcc'), accuracy: cost('accuracy') },
    };
  };
  return [
    choice('used', used),
    choice('f1', best.f1),
    choice('mcc', best.mcc),
    choice('accuracy', best.accuracy),
  ];
}

function taskNotices(reason: string | null): Notice[] {
  if (reason === null) return [];
  return [
    {
      code: 'task-from-data',
      message: `Taken for scores of two classes (binary). ${reason} If they are predicted values, say --task regression.`,
    },
  ];
}

function weightlessNotice(scored: number): Notice[] {
  if (scored === 0) return [];
  return [{ code: 'nothing-scored', message: 'No row was scored: every one has weight 0.' }];
}

/** Notices about the ranking; where it is bounded, with the bounds and what they mean for thresholds. */
function rankingNotices({ notices, metrics }: RankingMetrics): Notice[] {
  return notices.map((notice) => {
    if (notice.code !== 'ranking-bounded') return notice;
    const ends = Object.entries(metrics).flatMap(([name, { low, high }]) => [
      [`${name}_low`, low!],
      [`${name}_high`, high!],
    ]);
    return {
      ...notice,
      message: `${notice.message} The best thresholds were chosen among the bounds of bins. A larger --memory-budget holds more.`,
      evidence: { ...notice.evidence, ...Object.fromEntries(ends) },
    };
  });
}
