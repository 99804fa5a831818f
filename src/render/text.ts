/** Reports for people at a terminal. */

import type { Confusion, MetricValue, ScoreReport } from '../types/report.js';
import { diagnosisLines, worstRowLines } from './diagnosis-text.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber, formatShare } from './numbers.js';
import { safe } from './safe.js';
import { sliceLines } from './slice-text.js';
import { type Style, style } from './style.js';
import { tableLines } from './table.js';

/** Classes of which the text shows a line each; the JSON has all. */
const CLASS_LINES = 20;
/** Rows of highest loss that are shown. */
const WORST_LINES = 5;
/** Confused pairs that are shown. */
const PAIR_LINES = 5;

/** What a metric is called in prose; the others stand under their own names. */
const HEADLINES: Readonly<Record<string, string>> = {
  log_loss: 'loss',
  accuracy: 'accuracy',
  exact_match: 'exact_match',
  mse: 'loss',
  r2: 'r2',
};

/** Metrics that the text leaves to the JSON: other averages and other words for the same. */
const LEFT_TO_JSON =
  /^(?:bits|.*aurc|hamming|zero_one|balanced_accuracy_adjusted|top_1_accuracy|kappa_.*|f(?!1(?:_|$)).*|(?:jaccard|specificity)_.*|.*_(?:micro|weighted|none))$/;

/** The same of several labels per row, where every average is a headline of someone's. */
const LABELS_LEFT_TO_JSON = /^(?:zero_one|.*aurc|f(?!1_).*|(?:jaccard|specificity)_.*|.*_none)$/;

export interface TextOptions {
  /** Whether to use colours (ANSI escapes); default false. */
  readonly colour?: boolean;
  /** How many of the rows of highest loss are listed; default 5. */
  readonly worst?: number | undefined;
}

function interval({ low, high }: MetricValue): string {
  if (low === undefined || high === undefined) return '';
  return `${formatNumber(low)} … ${formatNumber(high)}`;
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value);
}

/** Cells of a metric's line: value, interval, baseline, skill. */
function metricCells(metric: MetricValue): string[] {
  return [
    typeof metric.value === 'number' ? formatNumber(metric.value) : '',
    interval(metric),
    optional(metric.baseline, formatNumber),
    optional(metric.skill, formatShare),
  ];
}

/** What the numbers are, where their kind alone does not say what they are for. */
function shownKind({ task, source }: ScoreReport): string {
  if (source.kind === 'values') return task;
  return task === 'classification' ? source.kind : `${task} · ${source.kind}`;
}

function className(report: ScoreReport, index: number): string {
  const name = report.classNames?.[index];
  return name === undefined ? String(index) : safe(name);
}

/** A cell off the diagonal: target, prediction, weight. */
type Confused = readonly [target: number, prediction: number, weight: number];

/** The heaviest cells off the diagonal; of equal ones the first by target, then prediction. */
function confusedPairs(confusion: Confusion): readonly Confused[] {
  const heaviest: Confused[] = [];
  const take = (target: number, prediction: number, weight: number) => {
    if (target === prediction || weight <= 0) return;
    const least = heaviest.length === PAIR_LINES ? heaviest[PAIR_LINES - 1][2] : 0;
    if (weight <= least) return;
    let at = heaviest.length;
    while (at > 0 && heaviest[at - 1][2] < weight) at--;
    heaviest.splice(at, 0, [target, prediction, weight]);
    heaviest.length = Math.min(heaviest.length, PAIR_LINES);
  };
  if (confusion.layout === 'dense') {
    confusion.matrix.forEach((row, target) => {
      row.forEach((weight, prediction) => {
        take(target, prediction, weight);
      });
    });
  } else {
    for (const { target, prediction, weight } of confusion.cells) take(target, prediction, weight);
  }
  return heaviest;
}

/** The chosen numbers per class, a line per class. */
function chosenPerClass(report: ScoreReport, dim: (text: string) => string): string[] {
  const names = Object.keys(report.metrics).filter((name) => name.endsWith('_none'));
  if (names.length === 0) return [];
  const columns = names.map((name) => report.metrics[name].value as readonly number[]);
  const shown = columns[0].slice(0, CLASS_LINES);
  const title = `${shown.length < columns[0].length ? `First ${shown.length} of ${formatCount(columns[0].length)} classes` : 'Classes'}`;
  const lines = tableLines(
    [
      [title, ...names],
      ...shown.map((_, i) => [
        `  ${className(report, i)}`,
        ...columns.map((values, c) =>
          (names[c] === 'support_none' ? formatCount : formatNumber)(values[i]),
        ),
      ]),
    ],
    ['left', ...names.map(() => 'right' as const)],
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}

function perClassLines(report: ScoreReport, dim: (text: string) => string): string[] {
  if (report.options.metrics) return chosenPerClass(report, dim);
  const {
    precision_none: precision,
    recall_none: recall,
    f1_none: f1,
    support_none: support,
    roc_auc_none: auc,
    log_loss_none: loss,
  } = report.metrics;
  if (!precision || !recall || !f1 || !support) return [];
  const at = (metric: MetricValue, i: number) => (metric.value as readonly number[])[i];
  const { classes = report.labels ?? 0 } = report;
  const noun = report.labels === undefined ? 'classes' : 'labels';
  let order = Array.from({ length: classes }, (_, i) => i);
  let title = report.labels === undefined ? 'Classes' : 'Labels';
  if (classes > CLASS_LINES) {
    order = order.filter((i) => at(support, i) > 0);
    order.sort((a, b) => at(f1, a) - at(f1, b) || a - b);
    order = order.slice(0, CLASS_LINES);
    title = `The ${order.length} ${noun} of lowest F1, of ${formatCount(classes)}`;
  }
  const columns = [
    { name: 'loss', metric: loss },
    { name: 'precision', metric: precision },
    { name: 'recall', metric: recall },
    { name: 'F1', metric: f1 },
    { name: 'AUC', metric: auc },
  ].filter(({ metric }) => metric !== undefined);
  const rows = [
    [title, report.options.weighted ? 'weight' : 'rows', ...columns.map(({ name }) => name)],
    ...order.map((i) => [
      `  ${className(report, i)}`,
      formatCount(at(support, i)),
      ...columns.map(({ metric }) => formatNumber(at(metric!, i))),
    ]),
  ];
  const lines = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  return [dim(lines[0]), ...lines.slice(1), ''];
}

/** The threshold that was used, and the best ones. */
function thresholdLines({ thresholds }: ScoreReport, dim: (text: string) => string): string[] {
  if (!thresholds) return [];
  const names = { used: 'used', f1: 'highest F1', mcc: 'highest MCC', accuracy: 'most accurate' };
  const rows = [
    ['Thresholds', 'least score', 'precision', 'recall', 'F1', 'MCC', 'accuracy'],
    ...thresholds.map(({ for: purpose, threshold, ...values }) => [
      `  ${names[purpose]}`,
      formatNumber(threshold),
      ...[values.precision, values.recall, values.f1, values.mcc, values.accuracy].map(
        formatNumber,
      ),
    ]),
  ];
  const lines = tableLines(
    rows,
    rows[0].map((_, i) => (i === 0 ? 'left' : 'right')),
  );
  const advice = 'Chosen and judged on the same rows; choose on some, report on others.';
  return [dim(lines[0]), ...lines.slice(1), dim(`  ${advice}`), ''];
}

/** What was scored, and how. */
function headLines(report: ScoreReport, { bold, dim }: Style): string[] {
  const { source, rows, classes, labels } = report;
  const against = source.labels === undefined ? '' : ` against ${safe(source.labels)}`;
  const wide =
    labels !== undefined
      ? ` × ${formatCount(labels)} labels`
      : classes !== undefined && report.task === 'classification'
        ? ` × ${formatCount(classes)} classes`
        : '';
  const facts = [
    `${formatCount(rows.scored)} rows${wide}`,
    rows.ignored > 0 ? `${formatCount(rows.ignored)} ignored` : '',
    rows.invalid > 0 ? `${formatCount(rows.invalid)} invalid, left out` : '',
    source.kind === 'labels'
      ? 'predicted labels'
      : `${shownKind(report)} (${source.kindFrom === 'data' ? 'decided from the data' : 'as given'})`,
    `${source.format} ${safe(source.stored)}`,
    `kernel ${report.kernel}`,
  ];
  return [`${bold(safe(source.name))}${against}`, dim(facts.filter(Boolean).join(' · ')), ''];
}

/** A line per number of the whole dump, the headline ones first. */
function metricLines({ metrics, options, labels }: ScoreReport, { bold, dim }: Style): string[] {
  const leftToJson = labels === undefined ? LEFT_TO_JSON : LABELS_LEFT_TO_JSON;
  const { metrics: chosen } = options;
  const scalars = Object.keys(metrics).filter((name) => typeof metrics[name].value === 'number');
  const headline = chosen ? [] : Object.keys(HEADLINES).filter((name) => metrics[name]);
  const others = scalars.filter(
    (name) =>
      chosen !== undefined ||
      (!(name in HEADLINES) &&
        !leftToJson.test(name) &&
        // Predictions of the mean make poor quantiles: only who asks for these wants to see them.
        !(name.startsWith('pinball_') && options.quantiles === undefined)),
  );
  const hidden = chosen ? 0 : Object.keys(metrics).length - headline.length - others.length;
  const table = tableLines(
    [
      ['', 'value', '95 % interval', 'know-nothing', 'skill'],
      ...headline.map((name) => [
        HEADLINES[name] === name ? name : `${HEADLINES[name]} (${name})`,
        ...metricCells(metrics[name]),
      ]),
      ...others.map((name) => [name, ...metricCells(metrics[name])]),
    ],
    ['left', 'right', 'right', 'right', 'right'],
  );
  const end = 1 + headline.length;
  return [
    dim(table[0]),
    ...table.slice(1, end).map((line) => bold(line)),
    ...(headline.length > 0 && others.length > 0 ? [''] : []),
    ...table.slice(end),
    ...(hidden > 0 ? [dim(`and ${hidden} more with --json`)] : []),
    '',
  ];
}

/** The classes that are most often taken for another. */
function pairLines(report: ScoreReport, dim: (text: string) => string): string[] {
  const pairs = report.confusion ? confusedPairs(report.confusion) : [];
  if (pairs.length === 0) return [];
  const cells = pairs.map(([target, prediction, weight]) => [
    `  ${className(report, target)}`,
    'taken for',
    className(report, prediction),
    formatCount(weight),
  ]);
  return [dim('Most confused'), ...tableLines(cells, ['left', 'left', 'left', 'right']), ''];
}

/**
 * The report as lines of text, headline first: loss and accuracy side by side.
 *
 * @param options `colour: true` adds the escapes of a terminal
 * @example
 * ```ts
 * import { renderText, scoreArrays } from 'logitscope';
 * const report = await scoreArrays(Float64Array.of(2, 1, 0.1, 0, 3, 1), [0, 1]);
 * renderText(report).split('\n')[0]; // 'predictions'
 * ```
 */
export function renderText(report: ScoreReport, options: TextOptions = {}): string {
  const look = style(options.colour ?? false);
  const { dim } = look;
  const { diagnosis, coverage } = report;
  const name = (index: number) => className(report, index);
  const lines = [
    ...headLines(report, look),
    ...noticeLines(report.notices, look),
    ...metricLines(report, look),
    ...(diagnosis ? diagnosisLines(diagnosis, look, name) : []),
    ...(coverage
      ? [dim('What abstaining would be worth'), `  ${coverage.summary.join('\n  ')}`, '']
      : []),
    ...sliceLines(report, dim),
    ...perClassLines(report, dim),
    ...thresholdLines(report, dim),
    ...pairLines(report, dim),
    ...(diagnosis ? worstRowLines(diagnosis, options.worst ?? WORST_LINES, name, look) : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
