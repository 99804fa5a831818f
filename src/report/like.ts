/** A report in the conventions of another library, with a notice for each that changes a number. */

import { kappaLinear, kappaQuadratic } from '../metrics/agreement.js';
import { marginals } from '../metrics/marginals.js';
import type { DenseConfusion, MetricValue, Notice, ScoreReport } from '../types/report.js';

/** Libraries whose conventions a report can follow. */
export const LIKES = ['sklearn', 'torch', 'keras'] as const;
export type Like = (typeof LIKES)[number];

const NAMES: Readonly<Record<Like, string>> = {
  sklearn: 'scikit-learn',
  torch: 'PyTorch',
  keras: 'Keras',
};

/** What was used for the library's sake while scoring. */
export interface LikeContext {
  /** The `eps` without it; null where it was not changed. */
  readonly ownEps: number | null;
  /** Whether `ignoreIndex` is the library's. */
  readonly ignoresIndex: boolean;
  /** Σw of the rows, where that is what the loss is divided by. */
  readonly weight?: number | undefined;
}

/** A metric before and after. */
type Change = readonly [name: string, value: MetricValue];

/** What a convention says: the metrics it changes, and the rule. */
interface Convention {
  readonly code: string;
  readonly rule: string;
  readonly changes: readonly Change[];
}

/** The report in the conventions of the library; what it leaves as it is, it does not mention. */
export function inTheMannerOf(like: Like, report: ScoreReport, context: LikeContext): ScoreReport {
  const conventions = {
    sklearn: () => [
      mccOfOneClass(report),
      kappaOfClassesSeen(report),
      halfBrier(report),
      scoresOfConstantTargets(report),
    ],
    torch: () => [],
    keras: () => [meanOverRows(report, context), macroOverAllClasses(report), percent(report)],
  }
    [like]()
    .filter((convention) => convention !== null);
  const metrics = { ...report.metrics };
  const notices: Notice[] = [...whileScoring(like, report, context)];
  for (const { code, rule, changes } of conventions) {
    const evidence: Record<string, number> = {};
    const said = changes.map(([name, changed]) => {
      const [own, theirs] = [report.metrics[name]?.value, changed.value];
      if (typeof own === 'number') evidence[`${name}_own`] = own;
      evidence[name] = theirs as number;
      metrics[name] = changed;
      return `${name} ${digits(theirs)}${own === undefined ? '' : ` instead of ${digits(own)}`}`;
    });
    notices.push({
      code: `like-${code}`,
      message: `As ${NAMES[like]} has it, ${rule}: ${said.join(', ')}.`,
      evidence,
    });
  }
  return {
    ...report,
    options: { ...report.options, like },
    metrics,
    notices: [...report.notices, ...notices],
  };
}

const digits = (value: unknown) => String(Number((value as number).toPrecision(6)));

/** Conventions that were followed while scoring, or that cannot be followed afterwards. */
function whileScoring(like: Like, report: ScoreReport, context: LikeContext): Notice[] {
  const notices: Notice[] = [];
  const { eps } = report.options;
  if (context.ownEps !== null && eps !== undefined) {
    notices.push({
      code: 'like-eps',
      message: `As ${NAMES[like]} has it, probabilities below ${eps} ${eps === 0 ? '(that is, none) are raised, and 0 costs ∞' : 'are raised to that'} in logarithms; without --like the bound is ${context.ownEps.toPrecision(3)}.`,
      evidence: { eps, ownEps: context.ownEps },
    });
  }
  if (context.ignoresIndex && report.rows.ignored > 0) {
    notices.push({
      code: 'like-ignore-index',
      message: `As ${NAMES[like]} has it, targets of −100 leave their rows out: ${report.rows.ignored} here. Without --like they are refused.`,
      evidence: { rows: report.rows.ignored },
    });
  }
  const { tiedRows = 0 } = report;
  const hasTopK = Object.keys(report.metrics).some((name) => name.startsWith('top_'));
  if (like !== 'torch' && tiedRows > 0 && hasTopK) {
    notices.push({
      code: 'like-top-k',
      message: `${NAMES[like]}'s top-k accuracy ${like === 'keras' ? 'counts every class that ties at the k-th place' : 'takes the highest index among classes that tie'}; here the lowest index comes first, and that was left as it is. ${tiedRows} rows tie for first place.`,
      evidence: { tiedRows },
    });
  }
  return notices;
}

/** scikit-learn: 0 where all targets are of one class; undefined here. */
function mccOfOneClass({ metrics }: ScoreReport): Convention | null {
  if (!Number.isNaN(metrics.mcc?.value)) return null;
  return {
    code: 'mcc',
    rule: 'the Matthews correlation of targets of one class is 0',
    changes: [['mcc', { value: 0 }]],
  };
}

/** scikit-learn counts distances between the classes that occur; here between all. */
function kappaOfClassesSeen({
  metrics,
  confusion,
  classesSeen = 0,
}: ScoreReport): Convention | null {
  if (confusion?.layout !== 'dense' || !metrics.kappa_linear || !metrics.kappa_quadratic)
    return null;
  const { counts, linear, quadratic, seen } = seenAlone(confusion);
  const gaps = seen.length > 1 && seen.at(-1)! - seen[0] + 1 > seen.length;
  if (!gaps || seen.length !== classesSeen) return null;
  const of = (value: number): MetricValue => ({ value, baseline: 0, skill: value });
  return {
    code: 'kappa',
    rule: 'distances of weighted kappa are counted among the classes that occur',
    changes: [
      ['kappa_linear', of(kappaLinear(counts, linear))],
      ['kappa_quadratic', of(kappaQuadratic(counts, quadratic))],
    ],
  };
}

/** The classes that occur, renumbered without gaps. */
function seenAlone({ matrix }: DenseConfusion) {
  const all = matrix.map((_, k) => k);
  const columnSum = (k: number) => matrix.reduce((sum, row) => sum + row[k], 0);
  const rowSum = (k: number) => matrix[k].reduce((sum, cell) => sum + cell, 0);
  const seen = all.filter((k) => rowSum(k) > 0 || columnSum(k) > 0);
  let [linear, quadratic, weight] = [0, 0, 0];
  seen.forEach((t, i) => {
    seen.forEach((p, j) => {
      linear += Math.abs(i - j) * matrix[t][p];
      quadratic += (i - j) ** 2 * matrix[t][p];
      weight += matrix[t][p];
    });
  });
  const hits = Float64Array.from(seen, (k) => matrix[k][k]);
  const counts = marginals({
    targets: Float64Array.from(seen, rowSum),
    predictions: Float64Array.from(seen, columnSum),
    hits,
    right: hits.reduce((sum, hit) => sum + hit, 0),
    weight,
  });
  return { counts, linear, quadratic, seen };
}

/** scikit-learn's Brier score of two classes is that of the second alone. */
function halfBrier({ metrics, classes }: ScoreReport): Convention | null {
  const brier = metrics.brier_multiclass;
  if (classes !== 2 || !brier) return null;
  return {
    code: 'brier',
    rule: 'the Brier score of two classes is (p − y)² of one of them',
    changes: [['brier_multiclass', scaled(brier, 0.5)]],
  };
}

/** scikit-learn's scores of constant targets are 1 for perfection, otherwise 0; undefined here. */
function scoresOfConstantTargets({ task, metrics, notices }: ScoreReport): Convention | null {
  const isConstant = notices.some(
    ({ code, evidence }) =>
      code === 'metrics-left-out' && String(evidence?.metrics).split(' ').includes('r2'),
  );
  if (task !== 'regression' || !isConstant || !metrics.mse || !metrics.mae) return null;
  return {
    code: 'constant-targets',
    rule: 'scores of targets that do not differ are 1 for perfect predictions and 0 for all others',
    changes: [
      ['r2', { value: metrics.mse.value === 0 ? 1 : 0 }],
      ['d2_absolute_error', { value: metrics.mae.value === 0 ? 1 : 0 }],
    ],
  };
}

/** Keras divides the weighted sum of losses by the number of rows. */
function meanOverRows(report: ScoreReport, context: LikeContext): Convention | null {
  const { metrics, options, rows } = report;
  const { log_loss: loss, support_none: support } = metrics;
  if (!loss || rows.scored === 0) return null;
  if (!options.weighted && options.classWeights === undefined) return null;
  const ofClasses = () =>
    (support?.value as readonly number[] | undefined)?.reduce(
      (sum, targets, k) => sum + targets * (options.classWeights?.[k] ?? 1),
      0,
    );
  const weight = options.softTargets ? softWeight(report) : (context.weight ?? ofClasses());
  if (weight === undefined || weight === rows.scored) return null;
  return {
    code: 'mean',
    rule: 'a weighted loss is divided by the number of rows, not by their weights',
    changes: [['log_loss', scaled(loss, weight / rows.scored)]],
  };
}

/** What the loss of soft targets divides by. */
function softWeight({ notices }: ScoreReport): number {
  const notice = notices.find(({ code }) => code === 'soft-targets');
  return Number(notice?.evidence?.weight);
}

/** Keras's F-scores average over all classes; here over those that occur. */
function macroOverAllClasses(report: ScoreReport): Convention | null {
  const { metrics, classes = 0, classesSeen = 0, options } = report;
  const names = Object.keys(metrics).filter((name) => /^f[0-9.e+-]+_macro$/.test(name));
  if (
    report.task !== 'classification' ||
    classesSeen === classes ||
    options.zeroDivision !== 0 ||
    names.length === 0
  )
    return null;
  return {
    code: 'macro',
    rule: 'macro averages of F-scores count classes that do not occur, as 0',
    changes: names.map((name) => [
      name,
      { value: ((metrics[name].value as number) * classesSeen) / classes },
    ]),
  };
}

/** Keras gives percent. */
function percent({ metrics: { mape } }: ScoreReport): Convention | null {
  if (!mape) return null;
  return {
    code: 'mape',
    rule: 'relative errors are percent',
    changes: [['mape', scaled(mape, 100)]],
  };
}

/** A metric in another unit; its skill stays. */
function scaled({ value, low, high, baseline, skill }: MetricValue, factor: number): MetricValue {
  return {
    value: (value as number) * factor,
    ...(low !== undefined && { low: low * factor }),
    ...(high !== undefined && { high: high * factor }),
    ...(baseline !== undefined && { baseline: baseline * factor }),
    ...(skill !== undefined && { skill }),
  };
}
