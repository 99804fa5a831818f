/** Opens predictions of any format, with targets, weights and text from wherever they lie. */

import type {
  ByteSource,
  ByteStream,
  ColumnSource,
  DumpReader,
  LabelPairReader,
  ValueReader,
} from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import { TEXT_ROLES, type TextRole, type TextSource } from '../types/row-texts.js';
import { arrayColumn, arrayDump } from './array-dump.js';
import { type DumpRequest, memoryOptions, noTargets, seekable, stream } from './dump-request.js';
import { type ColumnSources, joinColumns, joinLabelColumns, labelPairsOfColumn } from './joined.js';
import type { NameOptions, ResolvedNames } from './names.js';
import { type NumberArray, openNpy } from './npy.js';
import { openTextFiles, refuseTexts } from './open-texts.js';
import { recogniseFormat } from './recognise.js';
import type { TableSelection } from './table-dump.js';
import { TEXT_OPTION } from './table-names.js';

export type { DumpRequest } from './dump-request.js';

// Loaded when there is such a file: most runs read npy alone, and start sooner for it.
const archives = async () => ({
  ...(await import('./npz.js')),
  ...(await import('./names.js')),
});
const values = () => import('./open-values.js');
const texts = async () => ({
  ...(await import('./csv.js')),
  ...(await import('./jsonl.js')),
  ...(await import('./labels.js')),
  ...(await import('./table-dump.js')),
});

/** Values, and how it was found out what they are for. */
export interface ValueDump {
  readonly content: 'values';
  readonly reader: ValueReader;
  readonly task: 'regression' | 'multilabel';
  /** Why, where the data decided; null where an option did. */
  readonly reason: string | null;
}

/** Rows of one score each for two classes, and how it was found out that they are that. */
export interface SingleDump {
  readonly content: 'single';
  /** Of one column of scores, against targets 0 and 1. */
  readonly reader: DumpReader;
  /** Why, where the data decided; null where an option did. */
  readonly reason: string | null;
}

/** An open dump: rows of scores, of one score each, predicted labels alone, or values. */
export type OpenDump =
  | SingleDump
  | ValueDump
  | { readonly content: 'scores'; readonly reader: DumpReader }
  | { readonly content: 'labels'; readonly reader: LabelPairReader };

/** Targets, weights and text in files of their own. */
export type Columns = ColumnSources;

/**
 * Opens a dump.
 * @throws InputError where the input is refused, UsageError where options do not fit it.
 *   Everything that was opened on the way is closed then.
 */
export async function openDump(request: DumpRequest): Promise<OpenDump> {
  const { predictions, labels, weights, texts = {} } = request;
  try {
    const dump = await openAny(request);
    if (dump.content !== 'scores') refuseTexts(request, dump.content, nameOf(dump));
    return dump;
  } catch (error) {
    for (const input of [predictions, labels, weights, ...Object.values(texts)]) {
      await input?.close();
    }
    throw error;
  }
}

function nameOf({ reader }: OpenDump): string {
  return 'info' in reader ? reader.info.name : reader.name;
}

async function openAny(request: DumpRequest): Promise<OpenDump> {
  const { predictions, labels, weights, names = {} } = request;
  if (request.task === 'regression' || request.task === 'multilabel') {
    const { openValues } = await values();
    return {
      content: 'values',
      reader: await openValues(request),
      task: request.task,
      reason: null,
    };
  }
  const columns: Columns = {
    targets: labels && ('readTargets' in labels ? labels : await openTargets(labels, request)),
    weights: weights && (await openColumn(weights, 'weight', names.weight, request)),
    texts: await openTextFiles(request),
  };
  const inside: NameOptions = {
    ...names,
    ...(labels && { target: null }),
    ...(weights && { weight: null }),
  };
  const { format, input } = await recogniseFormat(predictions, request.format);
  if (request.task === 'binary') {
    const { openSingle } = await import('./open-single.js');
    const reader = await openSingle(input, format, inside, columns, request);
    return { content: 'single', reader, reason: null };
  }
  if (format === 'npy' || format === 'npz')
    return openArrays(input, format, inside, columns, request);
  return openTable(input, format, inside, columns, request);
}

/**
 * Opens a file of targets on its own.
 * @throws InputError as {@link openDump}. The file stays the caller's to close then.
 */
export function openTargets(
  file: ByteSource | ByteStream,
  request: Pick<DumpRequest, 'names' | 'memoryBudget'>,
): Promise<ColumnSource> {
  return openColumn(file, 'target', request.names?.target, request);
}

/** One value per row from a file of its own. */
async function openColumn(
  file: ByteSource | ByteStream,
  role: 'target' | 'weight',
  name: string | null | undefined,
  request: Pick<DumpRequest, 'memoryBudget'>,
): Promise<ColumnSource> {
  const { format, input } = await recogniseFormat(file, undefined);
  const options = memoryOptions(request);
  if (format === 'npy') return arrayColumn(await openNpy(input, options), 'npy');
  if (format === 'npz') {
    const { openNpz, resolveName } = await archives();
    const archive = await openNpz(seekable(input), options);
    const context = { source: archive.name, unit: 'member' as const };
    const only = archive.members.length === 1 ? archive.members[0] : undefined;
    const member = resolveName(archive.members, role, name ?? only, context);
    if (member === null) {
      throw new InputError('missing-column', {
        source: archive.name,
        problem: `no member is known to hold the ${role === 'target' ? 'labels' : 'weights'}`,
        found: archive.members.slice(0, 12).join(', '),
        advice: `Choose with ${role === 'target' ? '--target' : '--weights'}.`,
      });
    }
    return arrayColumn(await archive.open(member), 'npz', archive);
  }
  const { openTextColumn } = await texts();
  return openTextColumn(stream(input), { role, column: name ?? undefined, format });
}

async function openArrays(
  input: ByteSource | ByteStream,
  format: 'npy' | 'npz',
  names: NameOptions,
  columns: Columns,
  request: DumpRequest,
): Promise<OpenDump> {
  const options = memoryOptions(request);
  const { bfloat16 = false } = request;
  if (format === 'npy') {
    refuseNames(input.name, names);
    const array = await openNpy(input, { ...options, bfloat16 });
    if (holdsLabels(array, request)) {
      return labelsDump(labelPairsOfColumn(arrayColumn(array, 'npy'), 'npy'), columns);
    }
    return scoresOrValues(
      () => scoresDump(arrayDump({ scores: array, format }), columns, request),
      async ({ valuesOfArrays }) => valuesOfArrays({ predictions: array, format }, columns),
      request,
    );
  }
  const { openNpz, resolveNames } = await archives();
  const archive = await openNpz(seekable(input), options);
  let resolved: ResolvedNames;
  try {
    resolved = resolveNames(archive.members, names, { source: archive.name, unit: 'member' });
  } catch (error) {
    return scoresOrValues(
      () => {
        throw error;
      },
      (from) => from.valuesOfArchive(archive, names, columns),
      request,
    );
  }
  const open = async (member: string | null) =>
    member === null ? undefined : archive.open(member);
  const targets = await open(resolved.target);
  const weights = await open(resolved.weight);
  const texts: { [role in TextRole]?: TextSource } = {};
  for (const role of TEXT_ROLES) {
    const member = resolved.texts[role];
    if (member !== undefined) texts[role] = await archive.openTexts(member);
  }
  const columnsWithTexts = { ...columns, texts: { ...texts, ...columns.texts } };
  const member = (resolved.scores?.[0] ?? resolved.prediction)!;
  const predictions = await archive.open(member, bfloat16);
  const single = resolved.scores === null || holdsLabels(predictions, request);
  const parts = { format, archive, ...(targets && { targets }), ...(weights && { weights }) };
  if (single && request.task === 'auto' && request.asLabels !== true) {
    const { hasFractions, singlesOr, valuesOfArrays } = await values();
    if (await hasFractions(await archive.open(member))) {
      const refusal = new InputError('single-score', {
        source: predictions.name,
        problem: 'one score per row, against targets that do not tell what it is for',
        expected: 'scores of every class',
        advice:
          'If they are scores of two classes, say --task binary; if predicted values, --task regression.',
      });
      return singlesOr(
        refusal,
        async () => valuesOfArrays({ ...parts, predictions }, columns),
        request.classNames,
      );
    }
  }
  if (single) {
    const pairs = labelPairsOfColumn(arrayColumn(predictions, 'npz', archive), 'npz');
    return labelsDump(pairs, {
      targets: columns.targets ?? (targets && arrayColumn(targets, 'npz')),
      weights: columns.weights ?? (weights && arrayColumn(weights, 'npz')),
    });
  }
  return scoresOrValues(
    () => scoresDump(arrayDump({ ...parts, scores: predictions }), columnsWithTexts, request),
    async ({ valuesOfArrays }) => valuesOfArrays({ ...parts, predictions }, columns),
    request,
  );
}

/**
 * Opens scores of classes; under task `auto`, what turns out to be one number
 * per row is taken for a score of two classes or a value, whichever it looks like.
 */
async function scoresOrValues(
  openScores: () => OpenDump,
  openReader: (from: Awaited<ReturnType<typeof values>>) => Promise<ValueReader>,
  request: DumpRequest,
): Promise<OpenDump> {
  try {
    return openScores();
  } catch (error) {
    const single =
      error instanceof InputError && ['single-score', 'one-score-per-row'].includes(error.code);
    if (!single || request.task !== 'auto') throw error;
    const from = await values();
    return from.singlesOr(error, () => openReader(from), request.classNames);
  }
}

/** A single array has no members or columns to name. */
function refuseNames(
  source: string,
  { scores, prediction, weight, id, by, cluster, target }: NameOptions,
): void {
  const given = Object.entries({
    '--scores': scores,
    '--target': target,
    '--prediction': prediction,
    '--weights': weight,
    '--id': id,
    '--by': by,
    '--cluster': cluster,
  }).find(([, name]) => typeof name === 'string');
  if (given === undefined) return;
  const [option, name] = given;
  const advice =
    option === '--weights' || Object.values(TEXT_OPTION).includes(option)
      ? `There is no file ${quote(name!)}, either.`
      : 'Leave it out, or give targets with --labels FILE.';
  throw new UsageError(
    'names-without-members',
    `${option} names a member of an npz or a column of a table, but ${source} is a single array. ${advice}`,
  );
}

/** One integer per row is a predicted label; one float per row is a score, which is refused elsewhere. */
function holdsLabels(array: NumberArray, request: DumpRequest): boolean {
  return array.columns === 1 && (request.asLabels === true || array.element.kind !== 'float');
}

async function openTable(
  input: ByteSource | ByteStream,
  format: 'csv' | 'tsv' | 'jsonl' | 'txt',
  names: NameOptions,
  columns: Columns,
  request: DumpRequest,
): Promise<OpenDump> {
  const { openCsv, openJsonl, openTextColumn, selectFromTable, tableDump, tableLabelPairs } =
    await texts();
  if (format === 'txt') {
    // Plain text has one word per line: labels.
    const predictions = await openTextColumn(stream(input), { role: 'target', format });
    return labelsDump(labelPairsOfColumn(predictions, 'csv'), columns);
  }
  const table =
    format === 'jsonl'
      ? await openJsonl(stream(input))
      : await openCsv(stream(input), {
          delimiter: request.delimiter ?? (format === 'tsv' ? 'tab' : undefined),
          header: request.header,
        });
  const decimals = await request.decimals?.();
  const single = (from: Awaited<ReturnType<typeof values>>) =>
    from.valuesOfTable(table, names, columns, decimals);
  let selection: TableSelection;
  try {
    selection = selectFromTable(table, names);
  } catch (error) {
    return scoresOrValues(
      () => {
        throw error;
      },
      single,
      request,
    );
  }
  if (selection.scores === null || request.asLabels === true) {
    const hasTargets = selection.target !== null;
    if (request.task !== 'auto' || request.asLabels === true) {
      return labelsDump(tableLabelPairs(table, selection), columns, hasTargets);
    }
    const { labelsOrValues } = await values();
    requireTargets(table.name, hasTargets || columns.targets !== undefined);
    const found = await labelsOrValues(table, selection, columns, decimals, request.classNames);
    return found.content === 'labels' ? labelsDump(found.reader, columns, hasTargets) : found;
  }
  const { classNames } = request;
  return scoresOrValues(
    () => scoresDump(tableDump(table, selection, { classNames, decimals }), columns, request),
    single,
    request,
  );
}

function requireTargets(name: string, has: boolean): void {
  if (!has) throw noTargets(name);
}

function scoresDump(reader: DumpReader, columns: Columns, request: DumpRequest): OpenDump {
  requireTargets(reader.info.name, reader.info.hasTargets || columns.targets !== undefined);
  const { classNames } = request;
  const named = classNames === undefined ? reader : withClassNames(reader, classNames);
  return { content: 'scores', reader: joinColumns(named, columns) };
}

function labelsDump(pairs: LabelPairReader, columns: Columns, hasTargets = false): OpenDump {
  requireTargets(pairs.name, hasTargets || columns.targets !== undefined);
  return { content: 'labels', reader: joinLabelColumns(pairs, columns) };
}

function withClassNames(reader: DumpReader, classNames: readonly string[]): DumpReader {
  const { classes, name } = reader.info;
  if (classNames.length !== classes || new Set(classNames).size !== classes) {
    throw new UsageError(
      'class-names',
      `${classNames.length} class names were given, but ${name} has ${classes} classes. Give one distinct name per class, in the order of the scores.`,
    );
  }
  return { ...reader, info: { ...reader.info, classNames } };
}
