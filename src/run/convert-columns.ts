/** Which fields of a file become which columns of another. */

import { type ClassColumn, columnsByOption, knownColumns } from '../intake/class-columns.js';
import { type OpenFile, peekNumbers } from '../intake/files.js';
import { isOneOf, KNOWN_NAMES, listFields, listNames, requireField } from '../intake/name-lists.js';
import { InputError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import type { Notice } from '../types/notice.js';
import type { Dtype } from '../types/scores.js';
import type { ColumnType } from '../types/table-output.js';

/** What is to be read: all fields where nothing is chosen. */
export interface ConvertFields {
  /** Of columns a comma-separated list, or a prefix with `*`. */
  readonly scores?: string | undefined;
  readonly target?: string | undefined;
  readonly prediction?: string | undefined;
  readonly id?: string | undefined;
  readonly weights?: string | undefined;
  /** Any fields, likewise a list. */
  readonly fields?: string | undefined;
}

/** What the output can hold. */
export interface TargetForm {
  /** Whether it is one array without a name. */
  readonly isOneArray: boolean;
  /** Whether a column holds arrays of any axes, so that columns of classes can be one. */
  readonly hasArrays: boolean;
  /** Whether the numbers of an array can have names. */
  readonly hasKeys: boolean;
  /** Whether it has bfloat16. */
  readonly hasBrain: boolean;
  /** Whether text has one width, that of the longest. */
  readonly hasWidths: boolean;
  /** Whether integers can be missing. */
  readonly hasGaps: boolean;
}

/**
 * How a column is read. `digits`: integers as text, of any length; `guess`: the same, unless a row
 * is none, of what is written as text alone.
 */
export type ReadAs = 'numbers' | 'integers' | 'digits' | 'text';

/** A column on its way: fields side by side, of one value or of arrays. */
export interface ConvertColumn {
  name: string;
  readonly fields: readonly Field[];
  /** Of all its fields together; [] for one value. */
  readonly inner: readonly number[];
  readonly keys: readonly string[] | undefined;
  /** Number format in memory. */
  readonly dtype: Dtype;
  /** Whether it holds scores of classes, which are columns in a table. */
  readonly isScores: boolean;
  readAs: ReadAs;
  /** Whether what it is read as is a guess, which a row can prove wrong. */
  readonly isGuess: boolean;
  /** Of text: most code points of a row. */
  longest: number;
}

/** What an array of such columns is called. */
const ARRAYS: Readonly<Record<string, string>> = { logit_: 'logits', p_: 'probs' };

const SCORE_NAMES = [
  ...KNOWN_NAMES.scores,
  ...KNOWN_NAMES.prediction,
  ...KNOWN_NAMES['single score'],
];

/** Prefix of the columns that an array of scores becomes. */
export const prefixOf = (name: string) => (/^(?!log).*prob/i.test(name) ? 'p_' : 'logit_');

/** Columns, and what is to be said of them. */
export interface ChosenColumns {
  readonly columns: readonly ConvertColumn[];
  readonly notices: readonly Notice[];
}

/**
 * The columns, in the order of the file.
 * @throws InputError `unknown-column`, `several-fields`, and what the chosen fields cannot be read for
 */
export async function chooseColumns(
  file: OpenFile,
  chosen: ConvertFields,
  form: TargetForm,
): Promise<ChosenColumns> {
  const scores = scoresOf(file, chosen);
  const wanted = fieldsOf(file, chosen, scores);
  const isAll = wanted === file.fields.fields;
  const fields = wanted.filter(({ problem }) => problem === undefined);
  for (const { problem } of wanted) {
    if (problem !== undefined && (!isAll || fields.length === 0)) throw problem;
  }
  const notices = wanted.length > fields.length ? [leftOut(wanted)] : [];
  const groups = form.hasArrays && !form.hasKeys ? groupsOf(file, fields, scores, form) : [];
  const [group] = groups;
  if (form.isOneArray) {
    if (group === undefined && fields.length > 1) throw severalFields(file);
    return oneArray(file, group ?? [[fields[0]!, '']], notices);
  }
  const columns: ConvertColumn[] = [];
  for (const field of fields) {
    const own = groups.find((one) => one.some(([other]) => other === field));
    if (own === undefined) columns.push(await single(file, field));
    else if (own[0]![0] === field) columns.push(joined(own));
  }
  requireDistinct(columns);
  return { columns, notices };
}

async function oneArray(
  file: OpenFile,
  group: readonly ClassColumn[],
  notices: readonly Notice[],
): Promise<ChosenColumns> {
  const names = group.map(([, name]) => name);
  const isOne = group.length === 1;
  const column = isOne ? await single(file, group[0]![0]) : joined(group);
  const lost = isOne ? column.keys : isNumbered(names) ? undefined : names;
  return { columns: [column], notices: lost ? [...notices, namesLost(lost)] : notices };
}

function severalFields({ fields: file }: OpenFile): InputError {
  return new InputError('several-fields', {
    source: file.name,
    problem: 'npy holds one array, and no field is known to hold the scores',
    found: `${file.fields.length} ${file.unit}s`,
    expected: 'one, or columns of scores such as p_0 and p_1',
    advice: 'Choose with --scores or --fields, or write an npz file, which holds several arrays.',
  });
}

function leftOut(fields: readonly Field[]): Notice {
  const left = fields.filter(({ problem }) => problem !== undefined);
  const why = left.map(({ problem }) => problem!.message).join(' ');
  return {
    code: 'left-out',
    message: `${listFields(left)} ${left.length === 1 ? 'is' : 'are'} not copied. ${why}`,
    evidence: { fields: left.length },
  };
}

function namesLost(names: readonly string[]): Notice {
  return {
    code: 'names-lost',
    message: `npy has no names for the classes. They stand in this order: ${listNames(names)}. Give it with --class-names where the targets are names.`,
    evidence: { classes: names.length },
  };
}

/** Whether names are the numbers 0 … C−1, which arrays have without saying. */
export const isNumbered = (names: readonly string[]) =>
  names.every((name, k) => name === String(k));

/** Fields that an option says are the scores. */
function scoresOf({ fields: file }: OpenFile, { scores }: ConvertFields): readonly ClassColumn[] {
  return scores === undefined ? [] : columnsByOption(file, scores, '--scores');
}

function fieldsOf(
  { fields: file }: OpenFile,
  { target, prediction, id, weights, fields }: ConvertFields,
  scores: readonly ClassColumn[],
): readonly Field[] {
  const names = {
    '--target': target,
    '--prediction': prediction,
    '--id': id,
    '--weights': weights,
  };
  const chosen = new Set(scores.map(([field]) => field));
  for (const [option, name] of Object.entries(names)) {
    if (name !== undefined) chosen.add(requireField(file, name, option));
  }
  if (fields !== undefined) {
    for (const [field] of columnsByOption(file, fields, '--fields')) chosen.add(field);
  }
  if (chosen.size === 0) return file.fields;
  return [...chosen].sort((a, b) => file.fields.indexOf(a) - file.fields.indexOf(b));
}

/** Columns of one value that become one array: those of the option, or of the classes 0 … C−1. */
function groupsOf(
  { fields: file }: OpenFile,
  fields: readonly Field[],
  scores: readonly ClassColumn[],
  { isOneArray }: TargetForm,
): readonly (readonly ClassColumn[])[] {
  if (isOneArray && scores.length === 1) return [scores];
  if (isOneArray && fields.length === 1) return [];
  const isNumber = (field: Field) => widthOf(field) === 1 && field.content !== 'text';
  const canJoin = (group: readonly ClassColumn[]) =>
    group.length > 1 && (isOneArray || isNumbered(group.map(([, name]) => name)));
  if (scores.every(([field]) => isNumber(field)) && canJoin(scores)) return [scores];
  if (!file.named) return [];
  return knownColumns(fields.filter(isNumber)).filter(canJoin);
}

const WIDER: readonly Dtype[] = ['f32', 'f64'];

function joined(group: readonly ClassColumn[]): ConvertColumn {
  const fields = group.map(([field]) => field);
  const [first] = fields as [Field];
  const alike = fields.every(({ dtype }) => dtype === first.dtype);
  const most = WIDER[Math.max(...fields.map(({ dtype }) => WIDER.indexOf(dtype)))] ?? 'f32';
  const prefix = Object.keys(ARRAYS).find((start) =>
    fields.every(({ name }) => name?.startsWith(start)),
  );
  return {
    name: ARRAYS[prefix ?? ''] ?? 'scores',
    fields,
    inner: [fields.length],
    keys: undefined,
    dtype: alike ? first.dtype : most,
    isScores: true,
    readAs: 'numbers',
    isGuess: false,
    longest: 0,
  };
}

/** Integers that can be longer than a double's. */
const isLong = ({ stored }: Field) => /[iu]8$|64$/i.test(stored);

async function single(file: OpenFile, field: Field): Promise<ConvertColumn> {
  const { content, inner, keys, dtype } = field;
  const isOne = inner.length === 0;
  const isWritten = isOne && (content === 'written' || content === 'number');
  const readAs: ReadAs =
    content === 'text'
      ? 'text'
      : isWritten || (content === 'whole' && isOne && isLong(field))
        ? 'digits'
        : content === 'whole'
          ? 'integers'
          : 'numbers';
  const name = field.name ?? (await unnamed(file, field));
  const isScores =
    content !== 'whole' && !isOne && (field.name === null || isOneOf(name, SCORE_NAMES));
  return {
    ...{ name, fields: [field], inner, dtype, readAs, isScores, isGuess: isWritten, longest: 0 },
    keys: keys === undefined || isNumbered(keys) ? undefined : keys,
  };
}

/** A name for the array of a file without names. */
async function unnamed(file: OpenFile, field: Field): Promise<string> {
  if (field.content === 'whole' || field.content === 'text') return 'labels';
  const width = widthOf(field);
  if (width < 2) return 'scores';
  const { numbers, rows } = await peekNumbers(file, [field], width);
  for (let r = 0; r < rows; r++) {
    const row = numbers.subarray(r * width, (r + 1) * width);
    const sum = row.reduce((total, p) => total + p, 0);
    if (!row.every((p) => p >= 0 && p <= 1) || !(Math.abs(sum - 1) <= 1e-3)) return 'logits';
  }
  return rows === 0 ? 'logits' : 'probs';
}

/** Names are keys in archives and objects. A second one of a table is called as no other is. */
function requireDistinct(columns: readonly ConvertColumn[]): void {
  const taken = new Set<string>();
  for (const column of columns) {
    const { name } = column;
    for (let k = 2; taken.has(column.name); k++) column.name = `${name}_${k}`;
    taken.add(column.name);
  }
}

/** What the values of a column are in the output. */
export function typeOf({ readAs, dtype }: ConvertColumn, { hasBrain }: TargetForm): ColumnType {
  if (readAs === 'text') return 'text';
  if (readAs !== 'numbers') return 'i64';
  return dtype === 'bf16' && !hasBrain ? 'f32' : dtype;
}
