/** From a tally to a report: metrics, confusion matrix, calibration and notices. */

import { calibrationBins } from '../metrics/calibration.js';
import { classificationMetrics, uniformLogLoss } from '../metrics/classification-metrics.js';
import { confusionLeftOut, confusionOf } from '../metrics/confusion.js';
import { classesSeen, marginalsOf } from '../metrics/marginals.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import type { ClassificationTally } from '../tallies/classification-tally.js';
import type { RowAudit } from '../tallies/row-audit.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Metric } from '../types/metric.js';
import type {
  ClassScoreReport,
  MetricValue,
  Notice,
  ReportOptions,
  ReportSource,
} from '../types/report.js';
import type { PartReport, ScorerPart } from '../types/scorer-part.js';
import type { KernelName, RowOptions, ScoreKind } from '../types/scores.js';
import { VERSION } from '../version.js';
import { scoreNotices } from './notices.js';
import { countSoftRows, leaveOutCalibration } from './soft-targets.js';

/** Past this many classes the report has no numbers per class. */
export const PER_CLASS_LIMIT = 4096;
const TOP_K = [1, 2, 3, 4, 5];
const BETAS = [1, 2, 0.5];

/** What a report is made of. */
export interface ReportParts {
  readonly tally: ClassificationTally;
  /** Exponential and logarithm of the core, or the host's. */
  readonly math: ScalarMath;
  readonly kernel: KernelName | 'none';
  /** Kind: of scores of classes, or labels. */
  readonly source: ReportSource & { readonly kind: ScoreKind | 'labels' };
  /** Null for labels without scores. */
  readonly rowOptions: RowOptions | null;
  readonly ignoreIndex?: number | null;
  readonly weighted: boolean;
  readonly invalid: 'error' | 'skip';
  readonly classNames: readonly string[] | null;
  /** Rows of logits that look like probabilities or log-probabilities. */
  readonly normalizedRows: number;
  /** Rows of probabilities whose sum is off by more than 1e-5. */
  readonly looseRows: number;
  /** What was seen of the scores themselves. */
  readonly audit?: RowAudit;
  /** First row left out as invalid; Infinity for none. */
  readonly firstInvalidRow: number;
  readonly metrics: readonly Metric[];
  readonly topK?: readonly number[] | undefined;
  readonly betas?: readonly number[] | undefined;
  readonly zeroDivision?: number | undefined;
  /** What was asked for beside the tally. */
  readonly parts?: readonly ScorerPart[];
}

/**
 * Computes everything there is to say about the rows of a tally.
 * @throws InputError `no-rows` for a tally without rows, `ambiguous-kind` when most rows
 *   of supposed logits are normalised
 * @throws UsageError `metric-name` when a custom metric has the name of another
 */
export function buildReport(parts: ReportParts): ClassScoreReport {
  const { tally, math, source, rowOptions, classNames } = parts;
  if (tally.rows.total === 0) {
    throw new InputError('no-rows', {
      source: source.name,
      problem: 'there are no rows to score',
      expected: 'one row or more',
    });
  }
  refuseNormalizedLogits(parts);
  const { classes } = tally.settings;
  const perClass = classes <= PER_CLASS_LIMIT;
  const metrics: Record<string, MetricValue> = classificationMetrics(tally, {
    topK: parts.topK ?? TOP_K.filter((k) => k < classes),
    betas: parts.betas ?? BETAS,
    zeroDivision: parts.zeroDivision ?? 0,
    perClass,
    math,
  });
  if (perClass) metrics.support_none = { value: Array.from(marginalsOf(tally).targets) };
  const { diagnosis, slices, clusters, notices, soft } = addParts(metrics, parts, perClass);
  const rows = soft ? countSoftRows(tally.rows, soft) : tally.rows;
  if (soft) leaveOutCalibration(metrics);
  addCustomMetrics(metrics, parts.metrics);
  const confusion = confusionOf(tally);
  const calibration = soft ? null : tally.scores && calibrationBins(tally.scores.bins);
  const uniform = soft?.uniformLogLoss ?? uniformLogLoss(tally, math);
  return {
    schema: 'logitscope.score/1',
    version: VERSION,
    task: 'classification',
    taskFrom: 'option',
    source,
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
    ...(diagnosis && { diagnosis }),
    ...(slices && { slices }),
    ...(clusters && { clusters }),
    notices: [
      ...scoreNotices({
        rows,
        kind: source.kind,
        softTargets: soft !== undefined,
        classes,
        classNames,
        classesSeen: classesSeen(tally),
        eps: rowOptions?.eps ?? 0,
        kernel: parts.kernel,
        looseRows: parts.looseRows,
        firstInvalidRow: parts.firstInvalidRow,
        audit: parts.audit ?? null,
        confusionLeftOut: confusionLeftOut(tally),
        perClassLeftOut: !perClass,
        // A diagnosis says these itself.
        logLoss: diagnosis ? undefined : metrics.log_loss,
        uniformLogLoss: rowOptions && !diagnosis ? uniform : null,
        classWeighted: !diagnosis && rowOptions?.classWeights != null,
      }),
      ...notices,
    ],
  };
}

/** Adds the metrics of the parts, and hands back what else they say. */
function addParts(
  metrics: Record<string, MetricValue>,
  { parts = [], tally, math }: ReportParts,
  perClass: boolean,
): Omit<PartReport, 'metrics'> & { notices: Notice[] } {
  const support = perClass ? marginalsOf(tally).targets : null;
  const notices: Notice[] = [];
  let said: Omit<PartReport, 'metrics'> = {};
  for (const part of parts) {
    const { metrics: own, ...report } = part.report({
      metrics,
      support,
      uniformLogLoss: uniformLogLoss(tally, math),
    });
    Object.assign(metrics, own);
    notices.push(...(report.notices ?? []));
    said = { ...said, ...report };
  }
  return { ...said, notices };
}

/** The first rows looked like logits, but most of all rows do not: neither reading can be trusted. */
function refuseNormalizedLogits({ normalizedRows, tally, source }: ReportParts): void {
  const { scored } = tally.rows;
  if (normalizedRows === 0 || normalizedRows < scored / 2) return;
  throw new InputError('ambiguous-kind', {
    source: source.name,
    problem: 'the first rows are logits, but most rows are normalised',
    found: `${normalizedRows} of ${scored} rows that are probabilities or log-probabilities`,
    expected: 'rows of one kind',
    advice: 'Was the file put together from two? If all rows are logits, say --kind logits.',
  });
}

function reportOptions(parts: ReportParts): ReportOptions {
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

function addCustomMetrics(metrics: Record<string, MetricValue>, custom: readonly Metric[]): void {
  for (const metric of custom) {
    if (Object.hasOwn(metrics, metric.name)) {
      throw new UsageError(
        'metric-name',
        `A metric called ${JSON.stringify(metric.name)} is there already. Give the custom metric another name.`,
      );
    }
    const value = metric.compute();
    metrics[metric.name] = typeof value === 'number' ? { value } : value;
  }
}
