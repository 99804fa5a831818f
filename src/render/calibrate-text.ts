/** What a recalibration gained, for people at a terminal. */

import type {
  AppliedCalibration,
  Calibration,
  CalibrationFit,
  SliceCalibration,
} from '../types/calibration.js';
import { formatCount, formatNumber } from './numbers.js';
import { safe } from './safe.js';
import { type Style, style } from './style.js';
import { tableLines } from './table.js';

/** Classes, labels or slices that are shown, each kind. */
const MOST_LINES = 20;
/** Slices that a note names. */
const MOST_NAMED = 5;

const METHODS = {
  'temperature-and-offsets': 'temperature and offsets',
  temperature: 'temperature alone',
  line: 'a straight line',
  isotonic: 'an isotonic curve',
} as const;

const TASKS = {
  classification: 'classes',
  binary: 'one score per row',
  multilabel: 'labels',
  regression: 'values',
} as const;

function p(value: number): string {
  return value < 0.0001 ? '< 0.0001' : value.toFixed(4);
}

/** A line that tells what was fitted, on what, and what it saves out of fold. */
export function renderCalibrationText(
  calibration: Calibration,
  { colour }: { readonly colour: boolean },
): string {
  const look = style(colour);
  const { task, kind, method, classes, fittedOn, slices, by } = calibration;
  const { name, rows, of, leftOut = 0 } = fittedOn;
  const sampled = rows < of ? ` of ${formatCount(of)}, sampled by a hash of their index` : '';
  const width = task === 'classification' || task === 'multilabel' ? `${classes} ` : '';
  const lines = [
    `${look.bold(safe(name))} · ${width}${TASKS[task]}${kind === 'values' || kind === null ? '' : ` as ${kind}`}`,
    look.dim(
      `Fitted ${METHODS[method]} on ${formatCount(rows)} rows${sampled}${by === undefined ? '' : `, apart for each of ${slices!.length} slices by ${safe(by)}`}`,
    ),
    ...(leftOut > 0
      ? [
          look.yellow(
            `Left out: ${formatCount(leftOut)} rows whose loss is infinite or whose weight is 0.`,
          ),
        ]
      : []),
    '',
    ...(slices === undefined
      ? fitLines(calibration as Calibration & CalibrationFit, look)
      : sliceLines(slices, look)),
  ];
  return `${lines.join('\n')}\n`;
}

function fitLines(calibration: Calibration & CalibrationFit, look: Style): string[] {
  const { loss, accuracy, task } = calibration;
  const of = {
    classification: 'accuracy',
    binary: 'accuracy',
    multilabel: 'all labels right',
    regression: '',
  };
  const rows = [
    ['', 'before', 'after, out of fold', 'saved', '95 % interval', 'p', 'after, in sample'],
    [
      loss.name === 'mse' ? '  squared error' : '  loss',
      formatNumber(loss.before),
      formatNumber(loss.afterCrossFitted),
      formatNumber(loss.saved.value),
      `${formatNumber(loss.saved.low)} … ${formatNumber(loss.saved.high)}`,
      p(loss.saved.pValue),
      formatNumber(loss.after),
    ],
  ];
  if (accuracy !== undefined) {
    const points = 100 * (accuracy.afterCrossFitted - accuracy.before);
    const { before, low, high } = accuracy;
    rows.push([
      `  ${of[task]}`,
      formatNumber(before),
      `${formatNumber(accuracy.afterCrossFitted)} (${formatNumber(low)} … ${formatNumber(high)})`,
      `${points < 0 ? '' : '+'}${points.toFixed(1)} points`.replace('-', '−'),
      '',
      p(accuracy.pValue),
      '',
    ]);
  }
  const table = tableLines(rows, ['left', 'right', 'right', 'right', 'right', 'right', 'right']);
  return [
    look.dim(table[0]),
    ...table.slice(1),
    look.dim(
      '  Out of fold each row is scored by what the other folds fitted; in sample flatters.',
    ),
    '',
    ...parameterLines(calibration, look),
    ...noteLines(calibration, look),
  ];
}

function parameterLines(
  {
    task,
    classNames,
    temperature,
    temperatures,
    offsets,
    line,
    isotonic,
    threshold,
  }: Calibration & CalibrationFit,
  { dim }: Style,
): string[] {
  const lines: string[] = [];
  const say = (name: string, text: string) => lines.push(`  ${name.padEnd(12)}${text}`);
  if (line)
    say('line', `${formatNumber(line.intercept)} + ${formatNumber(line.slope)} · prediction`);
  if (isotonic) say('curve', `of ${formatCount(isotonic.x.length)} points`);
  if (temperature !== undefined) say('temperature', formatNumber(temperature));
  if (task === 'binary' && offsets) say('offset', formatNumber(offsets[0]));
  if (threshold !== undefined) {
    say(
      'threshold',
      `${formatNumber(threshold)} of the scores as they were is the same as 0.5 after`,
    );
  }
  const nameOf = (c: number) => safe(classNames?.[c] ?? String(c));
  const isOne = task === 'binary' || task === 'regression';
  const width = isOne ? 0 : (temperatures ?? offsets ?? []).length;
  if (width > 0 && (temperatures !== undefined || offsets!.some((b) => b !== 0))) {
    const order = Array.from({ length: width }, (_, c) => c).sort(
      (a, b) => Math.abs(offsets?.[b] ?? 0) - Math.abs(offsets?.[a] ?? 0) || a - b,
    );
    const rows = order
      .slice(0, MOST_LINES)
      .map((c) => [
        `  ${nameOf(c)}`,
        temperatures ? formatNumber(temperatures[c]) : '',
        offsets ? formatNumber(offsets[c]) : '',
      ]);
    const head = ['', temperatures ? 'temperature' : '', offsets ? 'offset' : ''];
    const [first, ...others] = tableLines([head, ...rows], ['left', 'right', 'right']);
    lines.push(dim(first), ...others);
    if (width > MOST_LINES)
      lines.push(dim(`  and ${formatCount(width - MOST_LINES)} more in the file`));
  } else if (width > 0)
    say('offsets', 'none: they do not pay on rows that they were not fitted on');
  return lines;
}

function noteLines(
  { bound, loss, accuracy, task }: CalibrationFit & Calibration,
  { yellow }: Style,
) {
  const notes: string[] = [];
  if (bound === 'separated') {
    notes.push(
      'every target scores highest, so that no temperature is too low: the fit stands at the end of its range, and more rows may say otherwise',
    );
  }
  if (bound === 'no-information') {
    notes.push(
      'the scores carry no information about the targets: the fit stands at the end of its range',
    );
  }
  if (!(loss.saved.low > 0)) {
    notes.push(
      'nothing is gained beyond chance on rows that were not fitted on: leave the scores as they are, or fit on more rows',
    );
  }
  if (
    accuracy !== undefined &&
    accuracy.pValue < 0.05 &&
    accuracy.afterCrossFitted < accuracy.before
  ) {
    notes.push(
      `${task === 'multilabel' ? 'rows whose labels are all right get fewer' : 'accuracy falls'}, although the loss is what was fitted`,
    );
  }
  return notes.length === 0 ? [] : ['', ...notes.map((note) => yellow(`Note: ${note}.`))];
}

function sliceLines(slices: readonly SliceCalibration[], { dim, yellow }: Style): string[] {
  const head = [
    'Slice',
    'rows',
    'temperature',
    'loss before',
    'after, out of fold',
    'saved',
    'p',
    'accuracy',
    'after, out of fold',
  ];
  const shown = [...slices].sort((a, b) => b.of - a.of).slice(0, MOST_LINES);
  const rows = shown.map(({ name, of, temperature, line, loss, accuracy }) => [
    `  ${safe(name)}`,
    formatCount(of),
    temperature !== undefined
      ? formatNumber(temperature)
      : line
        ? `slope ${formatNumber(line.slope)}`
        : '',
    formatNumber(loss.before),
    formatNumber(loss.afterCrossFitted),
    formatNumber(loss.saved.value),
    p(loss.saved.pValue),
    accuracy ? formatNumber(accuracy.before) : '',
    accuracy ? formatNumber(accuracy.afterCrossFitted) : '',
  ]);
  const [first, ...others] = tableLines(
    [head, ...rows],
    ['left', ...head.slice(1).map(() => 'right' as const)],
  );
  const left = slices.length - shown.length;
  const poor = slices.filter(({ loss }) => !(loss.saved.low > 0));
  return [
    dim(first),
    ...others,
    ...(left > 0 ? [dim(`  and ${formatCount(left)} more in the file`)] : []),
    ...(poor.length > 0
      ? [
          '',
          yellow(
            `Note: nothing is gained beyond chance, on rows that were not fitted on, in ${listed(poor)}.`,
          ),
        ]
      : []),
  ];
}

function listed(slices: readonly SliceCalibration[]): string {
  const names = slices.slice(0, MOST_NAMED).map(({ name }) => `"${safe(name)}"`);
  const left = slices.length - names.length;
  return `${names.join(', ')}${left > 0 ? ` and ${formatCount(left)} more` : ''}`;
}

/** What was written. */
export function renderAppliedText({
  source,
  out,
  rows,
  kind,
  stored,
  slices,
}: AppliedCalibration): string {
  const by = slices === undefined ? '' : `, ${slices.length} slices`;
  return `${safe(out)}: ${formatCount(rows)} rows of ${safe(source)}, recalibrated${kind === null || kind === 'values' ? '' : ` ${kind}`} as ${stored}${by}\n`;
}
