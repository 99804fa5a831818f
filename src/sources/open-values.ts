/** Opens predicted values with their targets and weights, and tells values from labels and scores. */

import type { DecimalParser } from '../types/decimals.js';
import type {
  ByteSource,
  ByteStream,
  LabelPair,
  LabelPairReader,
  NumberRows,
  ValueReader,
} from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import { type DumpRequest, memoryOptions, noTargets, seekable, stream } from './dump-request.js';
import type { NameOptions } from './names.js';
import { type NumberArray, openNpy } from './npy.js';
import type { NpzArchive } from './npz.js';
import { arrayRows, columnRows, tableRows } from './number-rows.js';
import type { Columns, SingleDump, ValueDump } from './open-dump.js';
import { recogniseFormat } from './recognise.js';
import { singleOfValues } from './single-dump.js';
import { NO_SCORES, type TextTable } from './table.js';
import { type TableSelection, tableLabelPairs } from './table-dump.js';
import { canonicalInteger, canonicalLabel } from './table-labels.js';
import { DEFAULT_NAMES, type NameContext, singleScoreError } from './table-names.js';
import { parseDecimal } from './table-number.js';
import { peekValues, type ValueParts, valueDump } from './value-dump.js';
import { labelColumns, requireSameOrder, resolveValueNames } from './value-names.js';

/** Rows that take part in a decision. A fixed number, so that it does not depend on how the file is read. */
const HEAD_ROWS = 256;

/**
 * Opens a dump as values, with targets and weights from wherever they lie.
 * @throws InputError where the input is refused; UsageError `no-targets`
 */
export async function openValues(request: DumpRequest): Promise<ValueReader> {
  const { predictions, labels, weights, names = {} } = request;
  const targets = labels && 'readTargets' in labels ? columnRows(labels) : undefined;
  const beside: Beside = {
    targets:
      labels && !('readTargets' in labels)
        ? await openNumbers(labels, 'target', names.target, request)
        : targets,
    weights: weights && (await openNumbers(weights, 'weight', names.weight, request)),
  };
  const inside: NameOptions = {
    ...names,
    ...(labels && { target: null }),
    ...(weights && { weight: null }),
  };
  const { format, input } = await recogniseFormat(predictions, request.format);
  if (format === 'npy') {
    const array = await openNpy(input, memoryOptions(request));
    return joined({ predictions: arrayRows(array, 'npy'), ...lone(array) }, beside);
  }
  if (format === 'npz') {
    const { openNpz } = await import('./npz.js');
    const archive = await openNpz(seekable(input), memoryOptions(request));
    return archiveValues(archive, inside, beside);
  }
  const table = await openTable(input, format, request);
  const found =
    request.task === 'multilabel' ? labelColumns(table.names, inside, contextOf(table)) : inside;
  return tableValues(table, found, beside, await request.decimals?.());
}

async function archiveValues(
  archive: NpzArchive,
  names: NameOptions,
  beside: Beside,
): Promise<ValueReader> {
  const context: NameContext = { source: archive.name, unit: 'member' };
  const found = resolveValueNames(archive.members, names, context);
  const open = async (member: string | null | undefined) =>
    member == null ? undefined : arrayRows(await archive.open(member), 'npz');
  const array = await archive.open(found.predictions[0]!);
  return joined(
    { predictions: arrayRows(array, 'npz', archive), ...lone(array) },
    {
      targets: beside.targets ?? (await open(found.targets[0])),
      weights: beside.weights ?? (await open(found.weight)),
    },
  );
}

/** Targets and weights from elsewhere. */
interface Beside {
  readonly targets?: NumberRows | undefined;
  readonly weights?: NumberRows | undefined;
}

const lone = (array: NumberArray) => ({ outputs: array.columns, outputNames: null });

function joined(
  parts: Pick<ValueParts, 'predictions' | 'outputs' | 'outputNames'>,
  { targets, weights }: Beside,
): ValueReader {
  if (targets === undefined) throw noTargets(parts.predictions.name);
  return valueDump({ ...parts, targets, weights: weights ?? false });
}

function tableValues(
  table: TextTable,
  names: NameOptions,
  beside: Beside,
  decimals: DecimalParser | undefined,
): ValueReader {
  const found = resolveValueNames(table.names, names, contextOf(table));
  if (found.targets.length === 0 && beside.targets === undefined) throw noTargets(table.name);
  requireSameOrder(found, contextOf(table));
  const weight = found.weight === null ? [] : [found.weight];
  const columns = [...found.predictions, ...found.targets, ...weight];
  const { rows, widths } = tableRows(table, columns, decimals);
  const sum = (from: number, to: number) => widths.slice(from, to).reduce((a, b) => a + b, 0);
  const count = found.predictions.length;
  return valueDump({
    predictions: rows,
    outputs: sum(0, count),
    outputNames: table.unit === 'column' ? found.outputNames : null,
    targets: beside.targets ?? sum(count, count + found.targets.length),
    weights: beside.weights ?? found.weight !== null,
  });
}

export function contextOf(table: TextTable): NameContext {
  return { source: table.name, unit: table.unit, named: table.named };
}

export async function openTable(
  input: ByteSource | ByteStream,
  format: 'csv' | 'tsv' | 'jsonl' | 'txt',
  request: Pick<DumpRequest, 'delimiter' | 'header'>,
  soleHeaders?: readonly string[],
): Promise<TextTable> {
  if (format === 'jsonl') return (await import('./jsonl.js')).openJsonl(stream(input));
  const { openCsv } = await import('./csv.js');
  const { delimiter, header } = request;
  return openCsv(stream(input), {
    delimiter: format === 'txt' ? null : (delimiter ?? (format === 'tsv' ? 'tab' : undefined)),
    header,
    soleHeaders,
  });
}

/** Targets or weights from a file of their own. */
async function openNumbers(
  file: ByteSource | ByteStream,
  role: 'target' | 'weight',
  name: string | null | undefined,
  request: DumpRequest,
): Promise<NumberRows> {
  const { format, input } = await recogniseFormat(file, undefined);
  if (format === 'npy') return arrayRows(await openNpy(input, memoryOptions(request)), 'npy');
  // As predictions, whose names are looked for among those of the role.
  const among = (available: readonly string[], context: NameContext) => {
    const only = available.length === 1 ? available[0] : undefined;
    const known = available.find((one) => DEFAULT_NAMES[role].includes(one));
    const scores = name ?? known ?? only;
    if (scores === undefined) {
      throw new InputError('missing-column', {
        source: context.source,
        problem: `no ${context.unit} is known to hold the ${role === 'target' ? 'targets' : 'weights'}`,
        found: available.slice(0, 12).map(quote).join(', '),
        expected: `one of ${DEFAULT_NAMES[role].join(', ')}, or a single ${context.unit}`,
        advice: `Choose with ${role === 'target' ? '--target' : '--weights'}.`,
      });
    }
    const others = { target: null, weight: null };
    return resolveValueNames(available, { scores, ...others }, { ...context, named: true })
      .predictions;
  };
  if (format === 'npz') {
    const { openNpz } = await import('./npz.js');
    const archive = await openNpz(seekable(input), memoryOptions(request));
    const [member] = among(archive.members, { source: archive.name, unit: 'member' });
    return arrayRows(await archive.open(member!), 'npz', archive);
  }
  const sole = typeof name === 'string' ? [name] : DEFAULT_NAMES[role];
  const table = await openTable(input, format, {}, sole);
  return tableRows(table, among(table.names, contextOf(table)), undefined).rows;
}

/** Columns that are open already, as rows of numbers. */
function besideOf({ targets, weights }: Columns): Beside {
  return { targets: targets && columnRows(targets), weights: weights && columnRows(weights) };
}

/** What {@link valuesOfArrays} takes; `archive` is closed with the predictions. */
export interface ArrayValues {
  readonly predictions: NumberArray;
  readonly targets?: NumberArray;
  readonly weights?: NumberArray;
  readonly format: 'npy' | 'npz';
  readonly archive?: { close(): Promise<void> };
}

/** A reader of arrays that are open already. */
export function valuesOfArrays(arrays: ArrayValues, columns: Columns): ValueReader {
  const { predictions, targets, weights, format, archive } = arrays;
  const beside = besideOf(columns);
  return joined(
    { predictions: arrayRows(predictions, format, archive), ...lone(predictions) },
    {
      targets: beside.targets ?? (targets && arrayRows(targets, format)),
      weights: beside.weights ?? (weights && arrayRows(weights, format)),
    },
  );
}

/** A reader of an archive that is open already. */
export function valuesOfArchive(
  archive: NpzArchive,
  names: NameOptions,
  columns: Columns,
): Promise<ValueReader> {
  return archiveValues(archive, names, besideOf(columns));
}

/** A reader of a table that is open already. */
export async function valuesOfTable(
  table: TextTable,
  names: NameOptions,
  columns: Columns,
  decimals: DecimalParser | undefined,
): Promise<ValueReader> {
  return tableValues(table, names, besideOf(columns), decimals);
}

/** Complaints about what was never meant to be values. */
const NO_VALUES: readonly string[] = [
  'not-a-number',
  'not-an-integer',
  'missing-scores',
  'ambiguous-column',
  'unnamed-columns',
];

/**
 * What single numbers are for: with a fraction among them, against targets of
 * 0 and 1 alone, scores of two classes; against other targets, values of a regression.
 * @param refusal what to say where they look like neither
 */
export async function singlesOr(
  refusal: unknown,
  open: () => Promise<ValueReader>,
  classNames: readonly string[] | undefined,
): Promise<SingleDump | ValueDump> {
  let peeked: Awaited<ReturnType<typeof peekValues>>;
  try {
    peeked = await peekValues(await open(), HEAD_ROWS);
  } catch (error) {
    // Targets in words, or none: these are no values, and the first complaint says what they are.
    if (error instanceof InputError && !NO_VALUES.includes(error.code)) throw error;
    throw refusal;
  }
  const { reader, head, count } = peeked;
  const targets = head.targets.subarray(0, count);
  const predictions = head.predictions.subarray(0, count);
  const isFraction = (value: number) => Number.isFinite(value) && !Number.isInteger(value);
  const target = targets.find(isFraction);
  const prediction = predictions.find(isFraction);
  if (target === undefined && prediction === undefined) throw refusal;
  const known = targets.filter((value) => !Number.isNaN(value));
  if (known.every((value) => value === 0 || value === 1)) {
    if (known.length === 0 || reader.info.outputs !== 1) throw refusal;
    const reason = `There is one score per row, with values such as ${prediction}, and the targets are 0 and 1 alone.`;
    return { content: 'single', reader: singleOfValues(reader, classNames ?? null), reason };
  }
  const reason =
    target === undefined
      ? `There is one prediction per row, with values such as ${prediction}, and the targets are not 0 and 1 alone.`
      : `There is one prediction per row, and the targets are values such as ${target}.`;
  return { content: 'values', reader, task: 'regression', reason };
}

/** Whether the first rows of an array, which is closed then, hold numbers with a fraction. */
export async function hasFractions(array: NumberArray): Promise<boolean> {
  if (array.element.kind !== 'float' || array.columns !== 1) return false;
  const head = new Float64Array(HEAD_ROWS);
  const count = await array.readRows(head, HEAD_ROWS);
  await array.close();
  return head
    .subarray(0, count)
    .some((value) => Number.isFinite(value) && !Number.isInteger(value));
}

/** A row of texts that may be labels or numbers. */
interface HeadRow extends LabelPair {
  readonly line: number;
}

/**
 * Predicted labels, or predicted values? Numbers with fractions are no labels.
 * @throws InputError `single-score`, `not-a-number`
 */
export async function labelsOrValues(
  table: TextTable,
  selection: TableSelection,
  columns: Columns,
  decimals: DecimalParser | undefined,
  classNames: readonly string[] | undefined,
): Promise<SingleDump | ValueDump | { content: 'labels'; reader: LabelPairReader }> {
  const { prediction, target, weight } = selection;
  const names: NameOptions = {
    prediction: prediction!,
    target: columns.targets ? null : target,
    weight: columns.weights ? null : weight,
  };
  const labels = tableLabelPairs(table, selection);
  const head: HeadRow[] = [];
  await table.read(NO_SCORES, HEAD_ROWS, (_, row) => head.push({ ...row }));
  const example =
    fraction(head.map((row) => row.prediction)) ??
    (names.target === null
      ? null
      : fraction(
          head.map((row) => row.target),
          true,
        ));
  const numbers = head.every(
    (row) => row.prediction === '' || parseDecimal(row.prediction) !== null,
  );
  if (example === null || (!numbers && !example.most)) {
    const pairs = head.map(({ target, prediction, weight }) => ({
      target: canonicalLabel(target),
      prediction: canonicalLabel(prediction),
      weight,
    }));
    return { content: 'labels', reader: withHead(labels, pairs) };
  }
  const reader = valuesAfter(table, names, head, besideOf(columns), decimals);
  const refusal = singleScoreError(prediction!, contextOf(table));
  return singlesOr(refusal, async () => reader, classNames);
}

/** The first number with a fraction, and whether most texts are such numbers; null where there is none. */
function fraction(texts: readonly string[], alone = false): { readonly most: boolean } | null {
  const filled = texts.filter((text) => text !== '');
  const found = filled.filter((text) => {
    const value = parseDecimal(text);
    return (
      value !== null &&
      Number.isFinite(value) &&
      canonicalInteger(text.trim()) === null &&
      !Number.isInteger(value)
    );
  });
  if (found.length === 0) return null;
  const most = 2 * found.length >= filled.length;
  return alone && !most ? null : { most };
}

function withHead(labels: LabelPairReader, head: readonly LabelPair[]): LabelPairReader {
  let given = head.length === 0;
  return {
    ...labels,
    async read() {
      if (given) return labels.read();
      given = true;
      return head;
    },
  };
}

/** Values of a table whose first rows were read as texts. */
function valuesAfter(
  table: TextTable,
  names: NameOptions,
  head: readonly HeadRow[],
  beside: Beside,
  decimals: DecimalParser | undefined,
): ValueReader {
  const texts = (row: HeadRow): readonly [name: string, text: string][] => [
    [names.prediction!, row.prediction],
    ...(typeof names.target === 'string' ? [[names.target, row.target] as [string, string]] : []),
  ];
  const numbers = head.flatMap((row, index) => [
    ...texts(row).map(([column, text]) => numberIn(table, text, index, row.line, column)),
    ...(typeof names.weight === 'string' ? [row.weight] : []),
  ]);
  const columns = [names.prediction!, names.target, names.weight].filter(
    (name) => typeof name === 'string',
  );
  const { rows } = tableRows(table, columns, decimals);
  let given = 0;
  return valueDump({
    predictions: {
      ...rows,
      async readRows(into, count) {
        if (given === numbers.length) return rows.readRows(into, count);
        const end = Math.min(numbers.length, given + count * rows.columns);
        into.set(numbers.slice(given, end));
        const got = (end - given) / rows.columns;
        given = end;
        return got;
      },
    },
    outputs: 1,
    outputNames: [names.prediction!],
    targets: beside.targets ?? 1,
    weights: beside.weights ?? typeof names.weight === 'string',
  });
}

function numberIn(
  table: TextTable,
  text: string,
  row: number,
  line: number,
  column: string,
): number {
  if (text.trim() === '') return Number.NaN;
  const value = parseDecimal(text);
  if (value !== null) return value;
  throw new InputError('not-a-number', {
    source: table.name,
    row,
    line,
    column,
    problem: 'most values of this kind are numbers with a fraction, but this one is no number',
    found: quote(text),
    expected: 'a number such as 0.25, -1e-3, nan or inf',
    advice: 'Correct it; or say --task classification if these are labels.',
  });
}
