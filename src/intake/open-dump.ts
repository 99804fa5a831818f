/** Opens a dump: its files, their roles, what the predictions are for, and the reader of its rows. */

import type { Bytes } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Field, FormatName, FormatOptions } from '../types/fields.js';
import { type ByTextRole, TEXT_ROLES, type TextRole } from '../types/row-texts.js';
import { classScores, singleScores } from './class-scores.js';
import type { DumpRequest, NameOptions, OpenDump } from './dump-request.js';
import { sourceOf } from './dump-shapes.js';
import { type OpenFile, openAgainFile } from './files.js';
import { labelsOf } from './labels.js';
import {
  isOneOf,
  KNOWN_NAMES,
  listFields,
  namesOf,
  type Role,
  singleScoreError,
} from './name-lists.js';
import { Opening } from './opening.js';
import { type FilesByPurpose, findRoles } from './roles.js';
import { POSITION } from './sequences.js';
import { lookAtSingles } from './single-numbers.js';
import { valuesOf } from './values.js';

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
    const isByPosition = isPosition(request.names?.by, files);
    const names = {
      ...withOwnCluster(request, files.predictions),
      ...(isElsewhere && { target: null }),
      ...(isByPosition && { by: undefined }),
    };
    const { task = 'classification' } = request;
    const roles = await findRoles(files, names, task, request);
    const opening = new Opening(request, files, roles, close, isByPosition);
    if (request.filter !== undefined) requireChoices(files.predictions);
    const isClasses = task === 'auto' || task === 'classification';
    if (isClasses && roles.scores !== null && request.asLabels !== true) {
      return await classScores(opening);
    }
    requireClasses(opening);
    if (task === 'regression' || task === 'multilabel') return await valuesOf(opening, task, null);
    if (task === 'binary') return await singleScores(opening, null);
    return await whateverItIs(opening);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether slices are the places of steps in their sequences: asked for, and no column is called so. */
function isPosition(by: string | undefined, { predictions, labels }: FilesByPurpose): boolean {
  const has = (file: OpenFile | undefined) =>
    file?.fields.fields.some(({ name }) => name === POSITION) ?? false;
  return by === POSITION && !has(predictions) && !has(labels);
}

/** @throws UsageError `no-sequences` where what is asked for steps of sequences meets rows that are none */
function requireClasses({ request: { shift }, isByPosition }: Opening): void {
  if (!shift && !isByPosition) return;
  throw new UsageError(
    'no-sequences',
    `${shift ? '--shift' : '--by position'} is for scores of classes at the steps of sequences, in one array of shape (batch, time, classes).`,
  );
}

/** One number or word per row: a score of two classes, a value, or a label. */
async function whateverItIs(opening: Opening): Promise<OpenDump> {
  const { request, roles, files } = opening;
  const file = files.predictions;
  const prediction = roles.prediction ?? roles.singles.at(-1);
  if (prediction === undefined) {
    // Scores that are to be taken for labels.
    const [first] = roles.scores!.fields as [Field];
    throw new InputError('missing-prediction', {
      source: sourceOf(file, first),
      problem: `no ${file.fields.unit} holds predicted labels`,
      found: listFields(file.fields.fields),
      expected: `one of ${KNOWN_NAMES.prediction.slice(0, 4).join(', ')}`,
      advice: 'Name it with --prediction.',
    });
  }
  if (request.asLabels) return labelsOf(opening, prediction);
  const [field] = roles.singles as [Field];
  const isPrediction = field === roles.prediction;
  if (request.task !== 'auto') {
    if (isPrediction || field.content === 'whole' || file.fields.format === 'txt')
      return labelsOf(opening, field);
    throw singleScoreError(file.fields, field);
  }
  // Of rows of one number only scores have class indices that can be read before.
  if (request.targets !== undefined) return singleScores(opening, null);
  const target = opening.requireTarget();
  const options = { isPrediction, ...request };
  const found = await lookAtSingles({ file, fields: [field] }, target, options);
  if (found.is === 'labels') return labelsOf(opening, prediction);
  if (found.is === 'single') return singleScores(opening, found.reason);
  return valuesOf(opening, 'regression', found.reason);
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

/** Names as given; where answers come several to a question, that tells which rows belong together. */
function withOwnCluster({ names, texts }: DumpRequest, { fields }: OpenFile): NameOptions {
  const own = fields.outcomes?.cluster ?? null;
  const isGiven = names?.cluster !== undefined || texts?.cluster !== undefined;
  return { ...names, ...(own !== null && !isGiven && { cluster: own }) };
}

/** @throws UsageError `bad-filter` */
function requireChoices({ fields }: OpenFile): void {
  if (fields.choices !== undefined || fields.outcomes !== undefined) return;
  throw new UsageError(
    'bad-filter',
    `--filter chooses among the records of an evaluation (lm-evaluation-harness, --log_samples) or the scorers of a log; ${fields.name} holds none with log-likelihoods of choices, nor with scores.`,
  );
}

async function openFiles(request: DumpRequest): Promise<FilesByPurpose> {
  const { predictions, labels, weights, names = {}, targets, memoryBudget } = request;
  const { format, delimiter, header, bfloat16, filter } = request;
  const open = (
    bytes: Bytes,
    optionsOf: (format: FormatName) => FormatOptions,
    given?: FormatName | undefined,
  ): Promise<OpenFile> =>
    openAgainFile(bytes, given, (found) => ({ ...optionsOf(found), memoryBudget }));
  const beside = (bytes: Bytes, role: Role, name: string | null | undefined) =>
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
        ...{ delimiter, header, bfloat16, filter },
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
