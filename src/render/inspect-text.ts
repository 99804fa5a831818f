/** What is in a file, for people at a terminal. */

import type { InspectedField, InspectReport } from '../types/inspect.js';
import { formatCount, formatNumber } from './numbers.js';
import { safe } from './safe.js';
import { style } from './style.js';
import { type Align, tableLines } from './table.js';
import type { TextOptions } from './text.js';

/** Fields that a table has room for; the JSON has all. */
const MOST_LINES = 40;
/** Longest texts among the first values. */
const MOST_TEXT = 12;
const MOST_FIRST = 34;
/** Longer reasons stand below the table. */
const MOST_WHY = 30;

/** Fields that stand next to each other and are told together. */
interface Run {
  readonly fields: readonly InspectedField[];
}

/** Several columns of scores are one line. */
function runsOf(fields: readonly InspectedField[]): Run[] {
  const runs: InspectedField[][] = [];
  for (const field of fields) {
    const last = runs.at(-1);
    const isLike =
      last !== undefined &&
      field.role === 'scores' &&
      last[0].role === 'scores' &&
      last[0].stored === field.stored &&
      last[0].holds === field.holds &&
      field.problem === last[0].problem;
    if (isLike) last.push(field);
    else runs.push([field]);
  }
  return runs.map((own) => ({ fields: own }));
}

function nameOf({ fields }: Run): string {
  const [first] = fields;
  if (first.name === null) return '(no name)';
  const last = fields.at(-1)!;
  if (fields.length === 1) return safe(first.name);
  return `${safe(first.name)} … ${safe(last.name!)}  (${fields.length})`;
}

function shapeOf({ shape }: InspectedField, rows: number | null): string {
  const axes = shape.map((size) => String(size ?? rows ?? '?'));
  return axes.length === 1 ? `(${axes[0]},)` : `(${axes.join(', ')})`;
}

function valuesOf({ fields }: Run): string {
  const shown: string[] = [];
  let length = 0;
  // Of columns side by side the first row; of one field its first values.
  const values = fields.length > 1 ? fields.map(({ first }) => first[0]) : fields[0].first;
  const isText = fields[0].holds === 'text';
  for (const value of values) {
    if (value === undefined) continue;
    const number = typeof value === 'number' || isText ? value : Number(value) || value;
    const text = typeof number === 'string' ? short(number) : valueText(number);
    length += text.length + 2;
    if (length > MOST_FIRST && shown.length > 0) break;
    shown.push(text);
  }
  const { shape } = fields[0];
  const all = shape.reduce<number>((product, size) => product * (size ?? 2 ** 53), 1);
  const isAll = fields.length === 1 ? shown.length >= all : shown.length === fields.length;
  return shown.length === 0 ? '' : `${shown.join(', ')}${isAll ? '' : ', …'}`;
}

/** Numbers of text are what people think that a column holds. */
function storedAs({ stored, holds }: InspectedField): string {
  return stored === 'text' ? holds : safe(stored);
}

function valueText(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatNumber(value);
}

function short(text: string): string {
  const shown = safe(text);
  return shown.length > MOST_TEXT ? `${shown.slice(0, MOST_TEXT - 1)}…` : shown;
}

function rangeOf({ fields }: Run): string {
  const lows = fields.map(({ min }) => min).filter((value) => value !== undefined);
  const highs = fields.map(({ max }) => max).filter((value) => value !== undefined);
  if (lows.length > 0) {
    const [low, high] = [Math.min(...lows), Math.max(...highs)];
    return `${valueText(low)} … ${valueText(high)}`;
  }
  const [{ holds, distinct }] = fields;
  return holds === 'text' && distinct !== undefined ? `${formatCount(distinct)} different` : '';
}

function missingOf({ fields }: Run): string {
  const sum = (of: (field: InspectedField) => number) =>
    fields.reduce((total, field) => total + of(field), 0);
  const parts = [
    [sum(({ nan }) => nan), 'NaN'],
    [sum(({ infinite }) => infinite), '±∞'],
    [sum(({ empty }) => empty), 'empty'],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatCount(count)} ${what}`)
    .join(', ');
}

function roleOf({ fields: [field] }: Run): string {
  if (field.problem !== undefined) return 'cannot be read';
  if (field.why === null) return '–';
  return `${field.role}: ${field.why.length > MOST_WHY ? 'by convention, see below' : field.why}`;
}

/** A word as shells take it. */
function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * What was found in a file as lines of text: its fields, what each is for, and the command that scores it.
 * @param report of `inspectFile`
 * @example
 * ```ts
 * import { inspectFile, renderInspectText } from 'logitscope';
 * const report = await inspectFile('epoch-070.npy');
 * renderInspectText(report).includes('logitscope score epoch-070.npy --labels LABELS'); // true
 * ```
 */
export function renderInspectText(report: InspectReport, options: TextOptions = {}): string {
  const { bold, dim, yellow } = style(options.colour ?? false);
  const { rows, looked, fields, problem } = report;
  const runs = runsOf(fields);
  const head = ['', 'shape', 'stored as', 'first values', 'range', 'missing', 'taken for'];
  const cells = runs
    .slice(0, MOST_LINES)
    .map((run) => [
      nameOf(run),
      shapeOf(run.fields[0], rows),
      storedAs(run.fields[0]),
      valuesOf(run),
      rangeOf(run),
      missingOf(run),
      roleOf(run),
    ]);
  const [headLine, ...lines] = tableLines(
    [head, ...cells],
    head.map((): Align => 'left'),
  );
  const more = runs.length - MOST_LINES;
  const found = new Set(fields.flatMap((field) => field.problem ?? []));
  if (problem !== null) found.delete(problem.message);
  const problems = [...found].slice(0, 5);
  const isClear = problem === null && found.size === 0;
  return `${[
    bold(headOf(report)),
    '',
    dim(headLine),
    ...lines,
    ...(more > 0 ? [dim(`and ${formatCount(more)} more with --json`)] : []),
    ...(looked > 0 && (rows === null || looked < rows)
      ? ['', dim(`Values, ranges and counts are of the first ${formatCount(looked)} rows.`)]
      : []),
    ...problems.flatMap((message) => ['', `${yellow('Cannot be read')}: ${message}`]),
    ...(problem === null ? [] : ['', `${yellow('Not clear')}: ${problem.message}`]),
    '',
    `${isClear ? 'Score it with' : 'It would be scored with'}:  ${bold(commandText(report))}`,
    ...report.advice,
  ].join('\n')}\n`;
}

function commandText({ command }: InspectReport): string {
  return command.map(shellWord).join(' ');
}

function headOf({ source, rows, looked, task, kind, classes }: InspectReport): string {
  const many = source.files === undefined ? '' : ` · ${formatCount(source.files)} files`;
  const size = source.bytes === null ? '' : ` · ${formatBytes(source.bytes)}`;
  const count =
    rows === null
      ? `more than ${formatCount(looked)} rows`
      : `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;
  const what =
    task === null
      ? ''
      : ` · ${task}${classes && (task === 'classification' || task === 'multilabel') ? `, ${classes} ${task === 'classification' ? 'classes' : 'labels'}` : ''}${kind ? ` as ${kind}` : ''}`;
  return `${safe(source.name)} · ${source.format}${many}${size} · ${count}${what}`;
}

/** Decimal units, as disks count. */
function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
