/** Opens a dump: its files, their roles, what the predictions are for, and the reader of its rows. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { FormatName, FormatOptions } from '../types/fields.js';
import { type ByTextRole, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { DumpBuilder } from './dump-builder.js';
import type { DumpRequest, OpenDump } from './dump-request.js';
import { type OpenFile, openAgainFile } from './files.js';
import { isOneOf, namesOf, type Role } from './name-lists.js';
import { type FilesByPurpose, findRoles } from './roles.js';

/**
 * Opens a dump.
 * @throws InputError where the input is refused, UsageError where options do not fit it.
 *   Everything that was opened on the way is closed then.
 */
export async function openDump(request: DumpRequest): Promise<OpenDump> {
  const { predictions, labels, weights, texts = {}, targets } = request;
  const inputs = [predictions, labels, weights, ...Object.values(texts)];
  const close = async () => {
    for (const input of inputs) await input?.close();
  };
  try {
    checkOptions(request);
    const files = await openFiles(request);
    const isElsewhere = files.labels === undefined && targets !== undefined;
    const names = { ...request.names, ...(isElsewhere && { target: null }) };
    const { task = 'classification' } = request;
    const roles = await findRoles(files, names, task, request);
    const builder = new DumpBuilder(request, files, roles, close);
    if (task === 'regression' || task === 'multilabel') return await builder.values(task, null);
    if (task === 'binary') return await builder.single(null);
    if (roles.scores !== null && request.asLabels !== true) return await builder.scores();
    return await builder.whateverItIs();
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws UsageError `bad-labels-from`, `bad-join` */
function checkOptions({ labelsFrom = 0, join = 'all' }: DumpRequest): void {
  if (!Number.isSafeInteger(labelsFrom)) {
    throw new UsageError(
      'bad-labels-from',
      `labelsFrom must be a whole number, that of the first class; found ${labelsFrom}.`,
    );
  }
  if (['all', 'inner', 'place'].includes(join)) return;
  throw new UsageError(
    'bad-join',
    `join must be "all", "inner" or "place"; found ${JSON.stringify(join)}.`,
  );
}

async function openFiles(request: DumpRequest): Promise<FilesByPurpose> {
  const { predictions, labels, weights, names = {}, targets, memoryBudget } = request;
  const { format, delimiter, header, bfloat16 } = request;
  const open = (
    bytes: ByteSource | ByteStream,
    optionsOf: (format: FormatName) => FormatOptions,
    given?: FormatName | undefined,
  ): Promise<OpenFile> =>
    openAgainFile(bytes, given, (found) => ({ ...optionsOf(found), memoryBudget }));
  const beside = (bytes: ByteSource | ByteStream, role: Role, name: string | null | undefined) =>
    open(bytes, () => ({
      isSoleHeader: (cell) => cell === name || isOneOf(cell, namesOf(role)),
    }));
  const isPrediction = (cell: string) =>
    (['prediction', 'single score'] as const).some((role) => isOneOf(cell, namesOf(role)));
  const texts: { [role in TextRole]?: OpenFile } = {};
  for (const role of TEXT_ROLES) {
    const file = request.texts?.[role];
    if (file) texts[role] = await beside(file, role, undefined);
  }
  return {
    predictions: await open(
      predictions,
      (found) => ({
        ...{ delimiter, header, bfloat16 },
        // In plain text words are rows, too.
        ...(found === 'txt' && { isSoleHeader: isPrediction }),
      }),
      format,
    ),
    labels:
      labels && targets === undefined ? await beside(labels, 'target', names.target) : undefined,
    weights: weights && (await beside(weights, 'weight', names.weight)),
    texts: texts as ByTextRole<OpenFile>,
  };
}
