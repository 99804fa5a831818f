/** Models beside each other, for people at a terminal. */

import type { ComparedModel, CompareMeasure, CompareReport, Comparison } from '../types/compare.js';
import { noticeLines } from './notice-lines.js';
import { formatCount, formatNumber, formatTemperature } from './numbers.js';
import { safe } from './safe.js';
import { SLICE_LINES, sliceName, sliceTitle } from './slice-text.js';
import { style } from './style.js';
import { type Align, tableLines } from './table.js';
import { type TaskNames, taskNames } from './task-names.js';
import type { TextOptions } from './text.js';

type Look = ReturnType<typeof style>;

/** Models of which the matrix has room; the JSON has all pairs. */
const MATRIX_MODELS = 12;
/** Models that a table of slices has room for. */
const SLICE_MODELS = 6;
/** Stands behind a number that cannot be told from the best. */
const MARK = '*';

function signed(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** A p-value that takes little room. */
function shortP(value: number): string {
  return value < 0.001 ? '<0.001' : formatNumber(value);
}

function titlesOf(names: TaskNames): Readonly<Record<CompareMeasure, string>> {
  return {
    loss: names.loss,
    accuracy: names.second,
    absoluteError: names.second,
    refinement: 'refinement',
  };
}

const leftThenRight = (row: readonly string[]) =>
  row.map((_, i): Align => (i === 0 ? 'left' : 'right'));

/**
 * A comparison of models as lines of text: a table of the models, the best first, who cannot be
 * told from the best, differences to it, p-values of all pairs, slices.
 * @param report of `compareFiles`
 * @example
 * ```ts
 * import { compareFiles, renderCompareText } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await compareFiles(['epoch-*.npy'], { labels });
 * renderCompareText(report).includes('By loss epoch-024 is best'); // true
 * ```
 */
export function renderCompareText(report: CompareReport, options: TextOptions = {}): string {
  const look = style(options.colour ?? false);
  const { models, classes, task, clusters } = report;
  const names = taskNames(task);
  const labels = report.labels === undefined ? '' : ` against ${safe(report.labels)}`;
  const shape =
    classes === undefined || names.unit === null ? '' : ` × ${formatCount(classes)} ${names.unit}`;
  const grouped =
    clusters === undefined
      ? ''
      : ` · ${formatCount(clusters.count)} clusters by ${safe(clusters.by)}`;
  const lines = [
    `${look.bold(`${models.length} models`)}${labels}`,
    look.dim(
      `${formatCount(report.rows)} ${report.rows === 1 ? 'row' : 'rows'}${shape}${grouped} · kernel ${report.kernel}`,
    ),
    '',
    ...noticeLines(report.notices, look),
    ...modelLines(report, names, look),
    ...bestLines(report, names, look),
    ...differenceLines(report, names, look),
    ...matrixLines(report, names, look),
    ...sliceLines(report, names, look),
    ...lastLines(report).map(look.dim),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

interface Column {
  readonly title: string;
  readonly by?: CompareMeasure;
  /** Undefined where the task has no such number. */
  of(model: ComparedModel): string | undefined;
}

/** A line per model; what cannot be told from the best is marked. */
function modelLines({ models, comparisons }: CompareReport, names: TaskNames, look: Look) {
  const hasParts = models.some(({ parts }) => parts !== undefined);
  const number = (value: number | undefined) => (value === undefined ? value : formatNumber(value));
  const columns: Column[] = [
    { title: names.loss, by: 'loss', of: ({ loss }) => number(loss) },
    { title: names.second, by: 'accuracy', of: ({ accuracy }) => number(accuracy) },
    { title: names.second, by: 'absoluteError', of: ({ absoluteError }) => number(absoluteError) },
    {
      title: 'refinement',
      by: 'refinement',
      of: ({ refinement }) => number(refinement?.crossFitted),
    },
    {
      title: 'calibration',
      of: ({ calibration }) => (hasParts ? undefined : number(calibration?.crossFitted)),
    },
    { title: 'scale', of: ({ parts }) => number(parts?.scale.crossFitted) },
    { title: 'offsets', of: ({ parts }) => number(parts?.offsets.crossFitted) },
    { title: 'temperature', of: ({ temperature: found }) => found && formatTemperature(found) },
    { title: 'slope', of: ({ line }) => number(line?.slope.value) },
    { title: 'intercept', of: ({ line }) => number(line?.intercept.value) },
    ...Object.keys(models[0].metrics ?? {}).map((name) => ({
      title: safe(name),
      of: ({ metrics }: ComparedModel) => {
        const value = metrics?.[name]?.value;
        return typeof value === 'number' ? formatNumber(value) : undefined;
      },
    })),
  ];
  const shown = columns.filter(({ of }) => models.some((model) => of(model) !== undefined));
  const setOf = (by: CompareMeasure | undefined) =>
    comparisons.find((comparison) => comparison.by === by)?.bestSet;
  const cell = (column: Column, model: ComparedModel) => {
    const set = setOf(column.by);
    const text = column.of(model) ?? '';
    // A blank where others have a mark: numbers stand below each other.
    return set === undefined ? text : `${text} ${set.includes(model.name) ? MARK : ' '}`;
  };
  const titles = shown.map(({ title, by }) => (setOf(by) === undefined ? title : `${title}  `));
  const rows = [
    ['', ...titles],
    ...models.map((model) => [
      `  ${safe(model.name)}`,
      ...shown.map((column) => cell(column, model)),
    ]),
  ];
  return partsOfTable([rows], look);
}

/** A sentence per measure. */
function bestLines({ models, comparisons }: CompareReport, names: TaskNames, look: Look) {
  const titles = titlesOf(names);
  const lines = comparisons.map(({ by, best, bestSet }) => {
    const others = bestSet.filter((name) => name !== best).map(safe);
    const told =
      others.length === 0
        ? `and told from ${models.length === 2 ? 'the other' : 'all others'}`
        : others.length > 1 && others.length === models.length - 1
          ? 'but none of the others can be told from it'
          : `and ${listOf(others)} cannot be told from it`;
    return look.bold(`By ${titles[by]} ${safe(best)} is best, ${told}.`);
  });
  return [...lines, ''];
}

function listOf(names: readonly string[]): string {
  if (names.length === 1) return names[0];
  if (names.length > 5) return `${names.slice(0, 4).join(', ')} and ${names.length - 4} others`;
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

/** A part of a table per measure, a line per model. */
function differenceLines(report: CompareReport, names: TaskNames, look: Look): string[] {
  const { level, difference, comparisons } = report;
  const titles = titlesOf(names);
  const parts = comparisons.map(({ by, best, differences }) => [
    [
      `${titles[by]} beside ${safe(best)}`,
      'difference  ',
      `${percent(1 - level)} interval`,
      'p',
      'could show',
      ...(difference === undefined ? [] : [`rows for ${difference}`]),
    ],
    ...differences.map((of) => [
      `  ${safe(of.name)}`,
      `${signed(of.delta)} ${of.inBestSet ? MARK : ' '}`,
      `${signed(of.low)} … ${signed(of.high)}`,
      shortP(of.correctedPValue),
      formatNumber(of.detectable),
      ...(difference === undefined ? [] : [formatCount(of.rowsNeeded!)]),
    ]),
  ]);
  return partsOfTable(parts, look);
}

/** Tables below each other whose columns line up. */
function partsOfTable(parts: readonly (readonly (readonly string[])[])[], look: Look): string[] {
  const lines = tableLines(parts.flat(), leftThenRight(parts[0][0]));
  let at = 0;
  return parts.flatMap(({ length }) => {
    const [head, ...rest] = lines.slice(at, at + length);
    at += length;
    return [look.dim(head), ...rest, ''];
  });
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}

/** p of all pairs: by loss below the diagonal, by the second reading above it. */
function matrixLines({ models, comparisons }: CompareReport, names: TaskNames, look: Look) {
  if (models.length < 3 || models.length > MATRIX_MODELS) return [];
  const titles = titlesOf(names);
  const [below, above = below] = comparisons;
  const pOf = ({ pairs }: Comparison, i: number, j: number) =>
    pairs.find(({ a, b }) => a === models[i].name && b === models[j].name)!.correctedPValue;
  const title =
    below === above
      ? `p of pairs, ${titles[below.by]}`
      : `p of pairs: ${titles[below.by]} below the diagonal, ${titles[above.by]} above`;
  const rows = models.map((model, i) => [
    `  ${i + 1} ${safe(model.name)}`,
    ...models.map((_, j) => {
      if (i === j) return '·';
      if (i > j) return shortP(pOf(below, j, i));
      return below === above ? '' : shortP(pOf(above, i, j));
    }),
  ]);
  const lines = tableLines(
    [['', ...models.map((_, i) => String(i + 1))], ...rows],
    leftThenRight(rows[0]),
  );
  return [look.dim(title), ...lines, ''];
}

/** Loss and second reading of each slice: a column per model, in the order of the first's slices. */
function sliceLines({ models, comparisons }: CompareReport, names: TaskNames, look: Look) {
  const { slices } = models[0];
  if (slices === undefined || slices.of.length === 0) return [];
  const shown = slices.of.slice(0, SLICE_LINES);
  const some = models.slice(0, SLICE_MODELS);
  const ofModels = some.map((model) => new Map(model.slices?.of.map((of) => [of.value, of])));
  const hasLoss = models[0].loss !== undefined;
  const which = hasLoss ? `with most of the ${names.loss}` : 'with most wrong rows';
  const more = models.length > some.length ? `, the first ${some.length} models` : '';
  const title = sliceTitle(slices.by, shown.length, slices.of.length, which);
  const tableOf = (what: string, of: (slice: (typeof shown)[number]) => number | undefined) => {
    return [
      [
        `${title}: ${what}${more}`,
        shown[0].weight === undefined ? 'rows' : 'weight',
        ...some.map(({ name }) => safe(name)),
      ],
      ...shown.map((slice) => [
        sliceName(slice.value),
        formatCount(slice.weight ?? slice.rows),
        ...ofModels.map((slicesOf) => {
          const own = slicesOf.get(slice.value);
          const value = own && of(own);
          return value === undefined ? '' : formatNumber(value);
        }),
      ]),
    ];
  };
  const second = (comparisons.find(({ by }) => by !== 'loss') ?? comparisons[0]).by;
  const ofSecond = tableOf(
    titlesOf(names)[second],
    ({ accuracy, absoluteError }) => (accuracy ?? absoluteError)?.value,
  );
  const ofLoss = hasLoss ? [tableOf(names.loss, ({ loss }) => loss?.value)] : [];
  return partsOfTable([...ofLoss, ofSecond], look);
}

function lastLines({ models, level, clusters, difference }: CompareReport): string[] {
  const unit = clusters === undefined ? 'rows' : 'clusters';
  return [
    `${MARK} cannot be told from the best. Intervals of a measure hold for all pairs of ${models.length === 2 ? 'the two' : `the ${models.length} models`} together, ${percent(1 - level)} (bootstrap of ${unit}); p is paired, corrected by Holm.`,
    `Could show: the difference that these rows tell with a power of 80 % in a test of two models alone, level ${level}.${difference === undefined ? ' How many rows another takes: --difference.' : ''}`,
  ];
}
