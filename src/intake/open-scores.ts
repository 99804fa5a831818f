/** Opens the scores of a dump without their targets, beside the columns that are to be kept. */

import type { Bytes } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { type Field, type FormatName, holdsArrays, widthOf } from '../types/fields.js';
import type { RealArray } from '../types/gradients.js';
import type { RowTask } from '../types/report.js';
import type { OutputColumn } from '../types/score-output.js';
import type { DumpRequest } from './dump-request.js';
import { commonDtype, scoreShape, sourceOf } from './dump-shapes.js';
import { type OpenFile, openAgainFile } from './files.js';
import { JoinedRows, type RowPart, SCORES } from './joined-rows.js';
import { findRoles, type Roles } from './roles.js';

const SLICES = 'slices';

/** What to open. */
export interface ScoresRequest
  extends Pick<
    DumpRequest,
    | 'predictions'
    | 'names'
    | 'format'
    | 'delimiter'
    | 'header'
    | 'bfloat16'
    | 'memoryBudget'
    | 'decimals'
  > {
  readonly task: Exclude<RowTask, 'labels'>;
  /** Slices in a file of their own. */
  readonly by?: Bytes | undefined;
  /** Whether the other columns of a table are read, too. */
  readonly keep: boolean;
}

/** Rows of scores in order, and what stands beside them. */
export interface OpenScores {
  readonly name: string;
  readonly format: FormatName;
  /** Scores per row. */
  readonly classes: number;
  readonly classNames: readonly string[] | null;
  /** 16-bit scores are widened. */
  readonly dtype: 'f32' | 'f64';
  readonly epsilon: number;
  /** Lengths of the axes, of an array. */
  readonly shape: readonly number[] | null;
  /** The array of an archive. */
  readonly member: string | null;
  /** Of a table that is kept, in the order of the file; null where there are none. */
  readonly columns: readonly OutputColumn[] | null;
  readonly hasHeader: boolean;
  /** Reads up to `count` rows. @returns how many; 0 only at the end */
  read(into: RealArray, count: number): Promise<number>;
  /** Slices of the rows of the last read. */
  slices(): readonly string[];
  /** Texts of the columns that are kept, of the last read. */
  texts(): readonly (readonly string[])[];
  progress(): { readonly done: number; readonly total: number | null };
  close(): Promise<void>;
}

/** @throws InputError where the scores are not of the task, and what opening a dump throws */
export async function openScores(request: ScoresRequest): Promise<OpenScores> {
  const { predictions, by } = request;
  const close = async () => {
    await predictions.close();
    await by?.close();
  };
  try {
    return await open(request, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(request: ScoresRequest, close: () => Promise<void>): Promise<OpenScores> {
  const { predictions, by, format, task, memoryBudget, delimiter, header, bfloat16, decimals } =
    request;
  const file = await openAgainFile(predictions, format, (found) => ({
    ...{ delimiter, header, bfloat16, memoryBudget },
    ...(found === 'txt' && { isSoleHeader: () => false }),
  }));
  const slices = by && (await openAgainFile(by, undefined, () => ({ memoryBudget })));
  const { named, unit } = file.fields;
  // Without names nothing can be told to be a target, and nothing is looked for.
  const isBare = unit === 'array' || !named;
  const target = request.names?.target ?? (isBare ? null : undefined);
  const roles = await findRoles(
    { predictions: file, texts: slices ? { by: slices } : {} },
    { ...request.names, target },
    task,
  );
  const fields = fieldsOf(roles, file, task);
  const [first] = fields as [Field];
  const { classes, isArray } = scoreShape(file, fields);
  const dtype =
    commonDtype(fields) === 'f64' || (task === 'regression' && first.content !== 'real')
      ? 'f64'
      : 'f32';
  const others =
    request.keep && unit !== 'array' && !holdsArrays(file.fields) ? keptFields(file, fields) : [];
  const placed = roles.texts.by;
  const parts: RowPart[] = [
    { key: SCORES, noun: 'scores', file, numbers: { fields, width: classes, required: true } },
    ...(placed
      ? [{ key: SLICES, noun: 'slices', file: placed.file, text: placed.fields[0]! }]
      : []),
    ...others.map((text, i) => ({ key: `column ${i}`, noun: 'columns', file, text })),
  ];
  const rows = await JoinedRows.open({
    ...{ predictions: file, parts, how: 'place', watched: [], memoryBudget },
    names: new Map(),
    decimals: first.stored === 'text' ? await decimals?.() : undefined,
  });
  const columns = request.keep ? columnsOf(file, fields, others) : null;
  return {
    name: sourceOf(file, first),
    format: file.fields.format,
    ...{ classes, dtype, columns },
    classNames: isArray && first.keys === undefined ? null : (roles.scores?.classNames ?? null),
    epsilon: dtype === 'f64' ? 2 ** -52 : 2 ** -23,
    shape: isArray ? [first.rows!, ...first.inner] : null,
    member: holdsArrays(file.fields) ? first.name : null,
    hasHeader: named,
    read: (into, count) => rows.read({ [SCORES]: into }, count),
    slices: () => (placed ? rows.texts(SLICES) : []),
    texts: () => others.map((_, i) => rows.texts(`column ${i}`)),
    progress: () => rows.progress(),
    async close() {
      await rows.close();
      await close();
    },
  };
}

/** The scores of a task. @throws InputError `other-task` */
function fieldsOf(
  { scores, singles }: Roles,
  { fields: { name } }: OpenFile,
  task: ScoresRequest['task'],
): readonly Field[] {
  const isOne = task === 'binary' || task === 'regression';
  const several = scores?.fields;
  const isOther = isOne ? several !== undefined && task === 'binary' : several === undefined;
  // Of one label there is one column.
  if (!isOther || task === 'multilabel') return several ?? singles.slice(0, 1);
  throw new InputError('other-task', {
    source: name,
    problem: 'the scores are not of the task that the recalibration is of',
    found: isOne ? 'several scores per row' : 'one score per row',
    expected: isOne ? 'one score per row' : 'a score for every class',
    advice: 'Choose other columns with --scores, or fit on a dump like this one.',
  });
}

/** Columns in the order of the file; null where the scores are not columns of a table. */
function columnsOf(
  { fields: file }: OpenFile,
  scores: readonly Field[],
  kept: readonly Field[],
): OutputColumn[] | null {
  const { unit, fields } = file;
  if (unit === 'array' || holdsArrays(file)) return null;
  // A list of numbers in one field becomes columns of their own.
  const isList = scores.some((field) => widthOf(field) > 1);
  const columns = fields.flatMap((field): OutputColumn[] => {
    const name = field.name ?? '';
    const score = scores.indexOf(field);
    if (score >= 0) return isList ? [] : [{ name, score }];
    const text = kept.indexOf(field);
    return text >= 0 ? [{ name, text }] : [];
  });
  return columns;
}

/** Fields of one value beside the scores. */
function keptFields({ fields: { fields } }: OpenFile, scores: readonly Field[]): Field[] {
  return fields.filter(
    (field) => !scores.includes(field) && widthOf(field) === 1 && field.problem === undefined,
  );
}
