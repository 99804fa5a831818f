/** Sections of a report on classes: metrics, confusion matrix, calibration and notices. */

import { calibrationBins } from '../metrics/calibration.js';
import { classificationMetrics, uniformLogLoss } from '../metrics/classification-metrics.js';
import { confusionLeftOut, confusionOf } from '../metrics/confusion.js';
import { classesSeen, marginalsOf } from '../metrics/marginals.js';
import type { Metrics } from '../metrics/metric-values.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { ClassificationTally } from '../tallies/classification-tally.js';
import type { RowAudit } from '../tallies/row-audit.js';
import type { ReportOptions } from '../types/report.js';
import type { PartFacts } from '../types/scorer-part.js';
import type { KernelName, RowOptions } from '../types/scores.js';
import { scoreNotices } from './notices.js';
import type { SectionFacts, Sections } from './sections.js';
import { countSoftRows, leaveOutCalibration } from './soft-targets.js';

/** Past this many classes the report has no numbers per class. */
export const PER_CLASS_LIMIT = 4096;
const TOP_K = [1, 2, 3, 4, 5];
const BETAS = [1, 2, 0.5];

/** Which numbers the report has. */
export interface ClassReportOptions {
  /** Which k of top-k accuracy; default 1 … 5 below the number of classes. */
  readonly topK?: readonly number[] | undefined;
  /** Which β of Fβ; default 1, 2 and 0.5. */
  readonly betas?: readonly number[] | undefined;
  /** Value of precision, recall and their like where they are 0/0; default 0. */
  readonly zeroDivision?: number | undefined;
}

/** What the sections are made of. */
export interface ClassReportParts extends ClassReportOptions {
  readonly tally: ClassificationTally;
  readonly math: ScalarMath;
  readonly kernel: KernelName | 'none';
  /** Null for labels without scores. */
  readonly rowOptions: RowOptions | null;
  readonly ignoreIndex?: number | null;
  readonly weighted: boolean;
  readonly invalid: 'error' | 'skip';
  readonly classNames: readonly string[] | null;
  /** Rows of probabilities whose sum is off by more than 1e-5. */
  readonly looseRows: number;
  /** What was seen of the scores themselves. */
  readonly audit: RowAudit | null;
}

function hasNumbersPerClass({ settings }: ClassificationTally): boolean {
  return settings.classes <= PER_CLASS_LIMIT;
}

/** Everything there is to say about the rows of a tally in numbers. */
export function classMetrics(
  tally: ClassificationTally,
  math: ScalarMath,
  { topK, betas = BETAS, zeroDivision = 0 }: ClassReportOptions,
): Metrics {
  const { classes } = tally.settings;
  const perClass = hasNumbersPerClass(tally);
  const metrics: Metrics = classificationMetrics(tally, {
    topK: topK ?? TOP_K.filter((k) => k < classes),
    betas,
    zeroDivision,
    perClass,
    math,
  });
  if (perClass) metrics.support_none = { value: Array.from(marginalsOf(tally).targets) };
  return metrics;
}

/** What parts may look at. */
export function classFacts(
  tally: ClassificationTally,
  math: ScalarMath,
): Omit<PartFacts, 'metrics'> {
  return {
    support: hasNumbersPerClass(tally) ? marginalsOf(tally).targets : null,
    uniformLogLoss: uniformLogLoss(tally, math),
  };
}

/** The rest of the report. */
export function classSections(
  parts: ClassReportParts,
  { metrics: all, said, firstInvalidRow }: SectionFacts,
): Sections {
  const { tally, math, rowOptions, classNames } = parts;
  const { classes } = tally.settings;
  const { diagnosis, soft, choices } = said;
  const rows = soft ? countSoftRows(tally.rows, soft) : tally.rows;
  const metrics = soft ? leaveOutCalibration(all) : (choices?.arrange(all) ?? all);
  const confusion = confusionOf(tally);
  const calibration = soft ? null : tally.scores && calibrationBins(tally.scores.bins);
  const own = choices?.varies ? choices : soft;
  const uniform = own?.uniformLogLoss ?? uniformLogLoss(tally, math);
  return {
    kernel: parts.kernel,
    options: { ...reportOptions(parts), ...(soft && { softTargets: true }) },
    classes,
    ...(classNames && { classNames }),
    classesSeen: classesSeen(tally),
    rows: {
      total: rows.total,
      scored: rows.scored,
      ignored: rows.ignored,
      invalid: rows.invalid,
    },
    ...(rowOptions && { tiedRows: rows.tied }),
    metrics,
    ...(confusion && { confusion }),
    ...(calibration && { calibration }),
    notices: scoreNotices({
      rows,
      kind: rowOptions?.kind ?? 'labels',
      softTargets: soft !== undefined,
      classes,
      classNames,
      classesSeen: classesSeen(tally),
      eps: rowOptions?.eps ?? 0,
      kernel: parts.kernel,
      looseRows: parts.looseRows,
      firstInvalidRow,
      audit: parts.audit,
      confusionLeftOut: confusionLeftOut(tally),
      perClassLeftOut: !hasNumbersPerClass(tally),
      // A diagnosis says these itself.
      logLoss: diagnosis ? undefined : metrics.log_loss,
      uniformLogLoss: rowOptions && !diagnosis ? uniform : null,
      classWeighted: !diagnosis && rowOptions?.classWeights != null,
    }),
  };
}

function reportOptions(parts: ClassReportParts): ReportOptions {
  const { rowOptions, weighted, invalid, zeroDivision = 0 } = parts;
  const ignoreIndex = rowOptions?.ignoreIndex ?? parts.ignoreIndex ?? null;
  return {
    ...(ignoreIndex !== null && { ignoreIndex }),
    ...(rowOptions && { labelSmoothing: rowOptions.labelSmoothing }),
    ...(rowOptions?.kind === 'probabilities' && { eps: rowOptions.eps }),
    ...(rowOptions?.classWeights && { classWeights: Array.from(rowOptions.classWeights) }),
    weighted,
    invalid,
    zeroDivision,
  };
}
