/** Opens predictions of any format, with targets and weights from wherever they lie. */

import type { DecimalParser } from '../types/decimals.js';
import type {
  ByteSource,
  ByteStream,
  ColumnSource,
  DumpReader,
  LabelPairReader,
} from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import { arrayColumn, arrayDump } from './array-dump.js';
import { isByteSource, streamOf } from './bytes.js';
import { joinColumns, joinLabelColumns, labelPairsOfColumn } from './joined.js';
import type { NameOptions } from './names.js';
import { type NumberArray, openNpy } from './npy.js';
import { type Format, recogniseFormat } from './recognise.js';

// Loaded when there is such a file: most runs read npy alone, and start sooner for it.
const archives = async () => ({
  ...(await import('./npz.js')),
  ...(await import('./names.js')),
});
const texts = async () => ({
  ...(await import('./csv.js')),
  ...(await import('./jsonl.js')),
  ...(await import('./labels.js')),
  ...(await import('./table-dump.js')),
});

/** What to open, and how. */
export interface DumpRequest {
  readonly predictions: ByteSource | ByteStream;
  /** Targets in a file of their own, or read already. */
  readonly labels?: ByteSource | ByteStream | ColumnSource | undefined;
  /** Sample weights in a file of their own. */
  readonly weights?: ByteSource | ByteStream | undefined;
  /** Columns, fields or members by name. With a file of labels, `target` names the column in that file. */
  readonly names?: NameOptions | undefined;
  /** Format of the predictions; left out: by name, then by the first bytes. */
  readonly format?: Exclude<Format, 'txt'> | undefined;
  readonly classNames?: readonly string[] | undefined;
  /** Delimiter of CSV predictions. */
  readonly delimiter?: string | undefined;
  /** Whether CSV predictions begin with a header. */
  readonly header?: boolean | undefined;
  /** Most bytes held at once for what cannot be streamed; default 1 GiB. */
  readonly memoryBudget?: number | undefined;
  /** Whether two-byte npy scores that NumPy has no name for (`V2`), or `u2`, are bfloat16. */
  readonly bfloat16?: boolean | undefined;
  /** True where the predictions are to be taken for labels, not scores. */
  readonly asLabels?: boolean | undefined;
  /** Gets the parser for scores in text; left out: the sources' own scanner reads them. */
  readonly decimals?: (() => Promise<DecimalParser>) | undefined;
}

/** An open dump: rows of scores, or predicted labels alone. */
export type OpenDump =
  | { readonly content: 'scores'; readonly reader: DumpReader }
  | { readonly content: 'labels'; readonly reader: LabelPairReader };

type Columns = { targets?: ColumnSource | undefined; weights?: ColumnSource | undefined };

/**
 * Opens a dump.
 * @throws InputError where the input is refused, UsageError where options do not fit it.
 *   Everything that was opened on the way is closed then.
 */
export async function openDump(request: DumpRequest): Promise<OpenDump> {
  const { predictions, labels, weights, names = {} } = request;
  try {
    const columns: Columns = {};
    if (labels)
      columns.targets = 'readTargets' in labels ? labels : await openTargets(labels, request);
    if (weights) columns.weights = await openColumn(weights, 'weight', names.weight, request);
    const inside: NameOptions = {
      ...names,
      ...(labels && { target: null }),
      ...(weights && { weight: null }),
    };
    const { format, input } = await recogniseFormat(predictions, request.format);
    if (format === 'npy' || format === 'npz')
      return await openArrays(input, format, inside, columns, request);
    return await openTable(input, format, inside, columns, request);
  } catch (error) {
    for (const input of [predictions, labels, weights]) await input?.close();
    throw error;
  }
}

function stream(input: ByteSource | ByteStream): ByteStream {
  return isByteSource(input) ? streamOf(input) : input;
}

function seekable(input: ByteSource | ByteStream): ByteSource {
  if (isByteSource(input)) return input;
  throw new InputError('npz-from-stream', {
    source: input.name,
    problem: 'an npz archive has its directory at the end and cannot be read from a pipe',
    advice: 'Write it to a file and name that, or pipe npy, CSV or JSON Lines.',
  });
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

function memoryOptions({ memoryBudget }: Pick<DumpRequest, 'memoryBudget'>) {
  return memoryBudget === undefined ? {} : { memoryBudget };
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
    return scoresDump(arrayDump({ scores: array, format }), columns, request);
  }
  const { openNpz, resolveNames } = await archives();
  const archive = await openNpz(seekable(input), options);
  const resolved = resolveNames(archive.members, names, { source: archive.name, unit: 'member' });
  const open = async (member: string | null) =>
    member === null ? undefined : archive.open(member);
  const targets = await open(resolved.target);
  const weights = await open(resolved.weight);
  const member = resolved.scores?.[0] ?? resolved.prediction;
  const predictions = await archive.open(member!, bfloat16);
  if (resolved.scores === null || holdsLabels(predictions, request)) {
    const pairs = labelPairsOfColumn(arrayColumn(predictions, 'npz', archive), 'npz');
    return labelsDump(pairs, {
      targets: columns.targets ?? (targets && arrayColumn(targets, 'npz')),
      weights: columns.weights ?? (weights && arrayColumn(weights, 'npz')),
    });
  }
  const reader = arrayDump({
    scores: predictions,
    format,
    archive,
    ...(targets && { targets }),
    ...(weights && { weights }),
  });
  return scoresDump(reader, columns, request);
}

/** A single array has no members or columns to name. */
function refuseNames(
  source: string,
  { scores, prediction, weight, id, target }: NameOptions,
): void {
  const given = Object.entries({
    '--scores': scores,
    '--target': target,
    '--prediction': prediction,
    '--weights': weight,
    '--id': id,
  }).find(([, name]) => typeof name === 'string');
  if (given === undefined) return;
  const [option, name] = given;
  const advice =
    option === '--weights'
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
  const selection = selectFromTable(table, names);
  if (selection.scores === null || request.asLabels === true) {
    return labelsDump(tableLabelPairs(table, selection), columns, selection.target !== null);
  }
  const { classNames } = request;
  const decimals = await request.decimals?.();
  return scoresDump(tableDump(table, selection, { classNames, decimals }), columns, request);
}

function requireTargets(name: string, has: boolean): void {
  if (has) return;
  throw new UsageError(
    'no-targets',
    `${name} holds no targets. Give them with --labels FILE, or name their column, field or member with --target.`,
  );
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
