/** Areas under ROC and precision-recall curves over arrays. */

import { readNumbers } from '../arrays/numbers.js';
import { oneVsOne } from '../metrics/one-vs-one.js';
import { average, leftOutNotice, oneClassNotice } from '../metrics/ranking-metrics.js';
import { type Bounded, RankingSums } from '../metrics/ranking-sums.js';
import { type BinaryRows, runsOf } from '../tallies/score-runs.js';
import { UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import type { ScoreSorter } from '../types/ranking.js';
import type { Notice } from '../types/report.js';
import { type ClassRankingOptions, type MulticlassRows, readMulticlass } from './class-inputs.js';
import { curvePoints } from './curve-points.js';
import { auc, BINARY_NAMES, rocOf } from './curves.js';
import {
  type BinaryRankingOptions,
  checkNames,
  hasColumns,
  type RankingOptions,
  readBinary,
  requireOneOf,
  sorterOf,
} from './inputs.js';

/** How areas of several classes become one number: `none` gives one per class. */
export type RankingAverage = 'macro' | 'weighted' | 'micro' | 'none';
const AVERAGES: readonly RankingAverage[] = ['macro', 'weighted', 'micro', 'none'];

/** Options of {@link averagePrecisionScore}. */
export interface AveragePrecisionOptions extends BinaryRankingOptions, ClassRankingOptions {
  /** For several classes; default `macro`. */
  readonly average?: RankingAverage | undefined;
}

/** Options of {@link rocAucScore}. */
export interface RocAucOptions extends AveragePrecisionOptions {
  /** Up to which false positive rate, in (0, 1]; the area is then McClish's standardised one. Two classes only. */
  readonly maxFpr?: number | undefined;
  /** One-vs-rest or one-vs-one; needed for several classes. */
  readonly multiClass?: 'ovr' | 'ovo' | undefined;
}

/**
 * Area under the ROC curve, exact: the share of pairs of a positive and a
 * negative row that are in the right order, a tie counting one half.
 *
 * Two classes: one score per row. Logits: pass the difference z1 − z0, not its
 * sigmoid, which ties what it rounds to 0 or 1.
 *
 * More classes: `yScore` holds rows × classes probabilities or
 * log-probabilities. Logits are refused, for they cannot be
 * compared between rows: take their softmax, or their log-softmax, which keeps
 * apart what rounds to 0 or 1. `ovr` ranks each class against the rest (`macro`:
 * mean; `weighted`: by the rows of the class; `micro`: all scores as one
 * ranking); `ovo` averages all pairs of classes (Hand and Till 2001;
 * `macro`; `weighted`: by the rows of the pair), which scikit-learn has without
 * weights of rows. Classes without rows, or without others, are left out of
 * averages, with a notice, where scikit-learn gives an error or NaN.
 *
 * With one class only the area is NaN, and `onNotice` is told why.
 *
 * @param yTrue two classes: 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`;
 *   more classes: any form of {@link Targets}. Of rows of probabilities the largest counts
 * @param yScore in any form of {@link Scores}
 * @returns a number, or one per class for `average: 'none'`
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `tied-target`, `bad-weight`,
 *   `not-probabilities` with the row
 * @example
 * ```ts
 * import { rocAucScore } from 'logitscope';
 * rocAucScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.75
 * rocAucScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { maxFpr: 0.5 }); // 0.6666667
 * const probabilities = [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.375, 0.25, 0.375]];
 * rocAucScore([0, 1, 2], probabilities, { multiClass: 'ovr' }); // 1
 * rocAucScore(['a', 'b', 'c'], probabilities.flat(), { multiClass: 'ovr' }); // 1
 * ```
 */
export function rocAucScore(
  yTrue: Targets,
  yScore: Scores,
  options: RocAucOptions & { readonly average: 'none' },
): number[];
export function rocAucScore(
  yTrue: Targets,
  yScore: Scores,
  options?: RocAucOptions & { readonly average?: Exclude<RankingAverage, 'none'> | undefined },
): number;
export function rocAucScore(
  yTrue: Targets,
  yScore: Scores,
  options: RocAucOptions = {},
): number | number[] {
  const own = ['maxFpr', 'multiClass', 'average', 'labels', 'classes'];
  checkNames('rocAucScore', options, [...BINARY_NAMES, ...own]);
  const { maxFpr, multiClass, kernel } = options;
  if (maxFpr !== undefined && !(maxFpr > 0 && maxFpr <= 1)) {
    throw new UsageError('bad-option', `Option maxFpr is ${maxFpr}; expected 0 < maxFpr ≤ 1.`);
  }
  const read = readNumbers('yScore', yScore);
  if (!hasColumns(yTrue, read, options.classes)) {
    const rows = readBinary(yTrue, yScore, options);
    const sorter = sorterOf(kernel);
    if (maxFpr !== undefined && maxFpr < 1) return partialAuc(rows, maxFpr, sorter, options);
    return binaryArea(rows, sorter, options, (sums) => sums.rocAuc);
  }
  const rows = readMulticlass(yTrue, read, options);
  if (multiClass === undefined || maxFpr !== undefined) {
    throw new UsageError(
      'bad-option',
      multiClass === undefined
        ? `yScore has ${rows.classes} columns: say with multiClass whether to rank one class against the rest ("ovr") or pairs ("ovo").`
        : 'Option maxFpr needs two classes.',
    );
  }
  requireOneOf('multiClass', multiClass, ['ovr', 'ovo']);
  if (multiClass === 'ovr') return averagedArea(rows, options, (sums) => sums.rocAuc);
  const kind = requireOneOf('average', options.average ?? 'macro', ['macro', 'weighted']);
  const found = oneVsOne(rows, sorterOf(kernel))[kind];
  if (Number.isNaN(found)) options.onNotice?.(oneClassNotice());
  return found;
}

/**
 * Average precision: the sum of precision over the steps of recall, without
 * interpolation. {@link prAucTrapezoid} is another number.
 *
 * Takes two classes or more as {@link rocAucScore} does; several are ranked
 * one against the rest. With one class only it is NaN, and `onNotice` is told
 * why, where scikit-learn gives 0 or 1.
 *
 * @param yTrue two classes: 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`;
 *   more classes: any form of {@link Targets}. Of rows of probabilities the largest counts
 * @param yScore in any form of {@link Scores}
 * @returns a number, or one per class for `average: 'none'`
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-classes`, `bad-option`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `tied-target`, `bad-weight`,
 *   `not-probabilities` with the row
 * @example
 * ```ts
 * import { averagePrecisionScore } from 'logitscope';
 * averagePrecisionScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.8333333
 * ```
 */
export function averagePrecisionScore(
  yTrue: Targets,
  yScore: Scores,
  options: AveragePrecisionOptions & { readonly average: 'none' },
): number[];
export function averagePrecisionScore(
  yTrue: Targets,
  yScore: Scores,
  options?: AveragePrecisionOptions & {
    readonly average?: Exclude<RankingAverage, 'none'> | undefined;
  },
): number;
export function averagePrecisionScore(
  yTrue: Targets,
  yScore: Scores,
  options: AveragePrecisionOptions = {},
): number | number[] {
  checkNames('averagePrecisionScore', options, [...BINARY_NAMES, 'average', 'labels', 'classes']);
  const read = readNumbers('yScore', yScore);
  if (!hasColumns(yTrue, read, options.classes)) {
    const rows = readBinary(yTrue, yScore, options);
    return binaryArea(rows, sorterOf(options.kernel), options, (sums) => sums.averagePrecision);
  }
  const rows = readMulticlass(yTrue, read, options);
  return averagedArea(rows, options, (sums) => sums.averagePrecision);
}

/**
 * Area under the precision-recall curve by the trapezoidal rule, as
 * `auc(recall, precision)` gives it. It interpolates between points that no
 * threshold reaches, and is often the larger: {@link averagePrecisionScore}
 * does not.
 *
 * @param yTrue 0 or 1, −1 or 1, false or true per row, or any labels with `posLabel`
 * @param yScore one score per row, the higher, the more positive
 * @throws UsageError `not-numbers`, `length-mismatch`, `unknown-option`
 * @throws InputError `empty-input`; `bad-score`, `bad-target`, `bad-target-row`, `bad-weight` with the row
 * @example
 * ```ts
 * import { prAucTrapezoid } from 'logitscope';
 * prAucTrapezoid([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.7916667
 * ```
 */
export function prAucTrapezoid(
  yTrue: Targets,
  yScore: Scores,
  options: BinaryRankingOptions = {},
): number {
  checkNames('prAucTrapezoid', options, BINARY_NAMES);
  const rows = readBinary(yTrue, yScore, options);
  return binaryArea(rows, sorterOf(options.kernel), options, (sums) => sums.prAucTrapezoid);
}

type Area = (sums: RankingSums) => Bounded;

function sumsOf(rows: BinaryRows, sorter: ScoreSorter): RankingSums {
  const sums = new RankingSums();
  runsOf(rows, sorter)((runs) => sums.add(runs));
  return sums;
}

function binaryArea(
  rows: BinaryRows,
  sorter: ScoreSorter,
  { onNotice }: RankingOptions,
  area: Area,
): number {
  const sums = sumsOf(rows, sorter);
  if (!sums.hasBoth) onNotice?.(oneClassNotice());
  return area(sums).value;
}

function averagedArea(
  rows: MulticlassRows,
  options: AveragePrecisionOptions,
  area: Area,
): number | number[] {
  const kind = requireOneOf('average', options.average ?? 'macro', AVERAGES);
  const sorter = sorterOf(options.kernel);
  if (kind === 'micro') return binaryArea(rows.flat(), sorter, options, area);
  const columns = Array.from({ length: rows.classes }, (_, c) => sumsOf(rows.oneVsRest(c), sorter));
  const seen = columns.filter((sums) => sums.hasBoth);
  const notice: Notice | null =
    seen.length === 0
      ? oneClassNotice()
      : seen.length < columns.length
        ? leftOutNotice(columns.length, seen.length)
        : null;
  if (notice !== null) options.onNotice?.(notice);
  if (kind === 'none') return columns.map((sums) => area(sums).value);
  const weights = kind === 'weighted' ? seen.map((sums) => sums.positives) : undefined;
  return average(seen.map(area), weights).value;
}

/** McClish (Medical Decision Making 9, 1989): ½ without discrimination, 1 at best, whatever `maxFpr`. */
function partialAuc(
  rows: BinaryRows,
  maxFpr: number,
  sorter: ScoreSorter,
  { onNotice }: RankingOptions,
): number {
  const { fpr, tpr } = rocOf(curvePoints(runsOf(rows, sorter)), false);
  if (Number.isNaN(fpr[0]) || Number.isNaN(tpr[0])) {
    onNotice?.(oneClassNotice());
    return Number.NaN;
  }
  const stop = fpr.findIndex((rate) => rate > maxFpr);
  const share = (maxFpr - fpr[stop - 1]) / (fpr[stop] - fpr[stop - 1]);
  const end = tpr[stop - 1] + share * (tpr[stop] - tpr[stop - 1]);
  // The curve up to there: the point past it moves back onto it.
  fpr[stop] = maxFpr;
  tpr[stop] = end;
  const area = auc(fpr.subarray(0, stop + 1), tpr.subarray(0, stop + 1));
  const least = maxFpr ** 2 / 2;
  return 0.5 * (1 + (area - least) / (maxFpr - least));
}
