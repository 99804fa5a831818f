/** Opens rows of one score each: the logit or the probability of the second of two classes. */

import type { ByteSource, ByteStream, DumpReader } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import { arrayDump } from './array-dump.js';
import { type DumpRequest, memoryOptions, noTargets, seekable } from './dump-request.js';
import { joinColumns } from './joined.js';
import type { NameOptions } from './names.js';
import { openNpy } from './npy.js';
import type { Columns } from './open-dump.js';
import { contextOf, openTable } from './open-values.js';
import type { Format } from './recognise.js';
import { tableDump, watchedNames } from './table-dump.js';
import { listNames, type NameContext, severalScores } from './table-names.js';
import { resolveValueNames, type ValueNames } from './value-names.js';

/**
 * Opens predictions whose format is known. Targets are 0 and 1, or the two
 * class names, whose second is positive.
 * @param names where what is not in `columns` lies
 * @throws InputError `several-scores`, `missing-scores`, and what files are refused for
 * @throws UsageError `no-targets`, `class-names`
 */
export async function openSingle(
  input: ByteSource | ByteStream,
  format: Format,
  names: NameOptions,
  columns: Columns,
  request: DumpRequest,
): Promise<DumpReader> {
  const { classNames } = request;
  if (classNames !== undefined && (classNames.length !== 2 || classNames[0] === classNames[1])) {
    throw new UsageError(
      'class-names',
      `--task binary has two classes: give two distinct class names, the positive one second; found ${classNames.length === 2 ? 'one name twice' : `${classNames.length}`}.`,
    );
  }
  const reader = await openScores(input, format, names, request);
  if (!reader.info.hasTargets && columns.targets === undefined) throw noTargets(reader.info.name);
  const named = { ...reader, info: { ...reader.info, classNames: classNames ?? null } };
  return joinColumns(named, columns);
}

async function openScores(
  input: ByteSource | ByteStream,
  format: Format,
  names: NameOptions,
  request: DumpRequest,
): Promise<DumpReader> {
  const options = { ...memoryOptions(request), bfloat16: request.bfloat16 ?? false };
  if (format === 'npy') {
    return arrayDump({ scores: await openNpy(input, options), format, single: true });
  }
  if (format === 'npz') {
    const { openNpz } = await import('./npz.js');
    const archive = await openNpz(seekable(input), memoryOptions(request));
    const found = singleNames(archive.members, names, { source: archive.name, unit: 'member' });
    const open = async (member: string | null | undefined) =>
      member == null ? undefined : archive.open(member);
    const targets = await open(found.targets[0]);
    const weights = await open(found.weight);
    return arrayDump({
      scores: await archive.open(found.predictions[0]!, options.bfloat16),
      ...(targets && { targets }),
      ...(weights && { weights }),
      format,
      single: true,
      archive,
    });
  }
  const table = await openTable(input, format, request);
  const { predictions, targets, weight } = singleNames(table.names, names, contextOf(table));
  const target = targets[0] ?? null;
  const selection = {
    scores: predictions,
    classNames: null,
    target,
    prediction: null,
    singleScore: null,
    weight,
    texts: {},
    watched: watchedNames(names, { target, weight }),
  };
  const { classNames } = request;
  const decimals = await request.decimals?.();
  return tableDump(table, selection, { classNames, decimals, single: true });
}

/** @throws InputError `missing-scores`, `several-scores`, `several-targets`, and as {@link resolveValueNames} */
function singleNames(
  available: readonly string[],
  names: NameOptions,
  context: NameContext,
): ValueNames {
  let found: ValueNames;
  try {
    found = resolveValueNames(available, names, context);
  } catch (error) {
    if (!(error instanceof InputError && error.code === 'missing-scores')) throw error;
    throw new InputError('missing-scores', {
      source: context.source,
      problem: `no ${context.unit} is known to hold one score per row`,
      found: listNames(available),
      expected: `a ${context.unit} such as y_score`,
      advice: 'Name it with --scores. For scores of every class leave out --task binary.',
    });
  }
  if (found.predictions.length !== 1) {
    throw severalScores(context.source, found.predictions.join(', '));
  }
  if (found.targets.length > 1) {
    throw new InputError('several-targets', {
      source: context.source,
      problem: 'there is one target per row, and --target names several columns',
      found: found.targets.join(', '),
      expected: 'one column',
      advice: 'For several labels per row say --task multilabel.',
    });
  }
  return found;
}
