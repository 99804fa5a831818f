/** Columns that hold one class each: which ones, and the class that each stands for. */

import { InputError, quote } from '../types/errors.js';
import type { Field, Fields } from '../types/fields.js';
import { type OpenFile, peekNumbers } from './files.js';
import { canonicalInteger, canonicalLabel } from './label-index.js';
import { ambiguous, listNames, requireField, requireOnce } from './name-lists.js';

/** Prefixes that need no other sign that the columns are scores. */
const KNOWN_PREFIXES: readonly string[] = ['p_', 'logit_'];

/** A column and the class that it stands for. */
export type ClassColumn = readonly [field: Field, className: string];

/** What holds the scores of the classes. */
export interface ClassColumns {
  readonly fields: readonly Field[];
  readonly classNames: readonly string[] | null;
  /** How it was known, where no name of the lists and no option says so. */
  readonly convention: string | null;
}

/** Columns by name, a comma-separated list of names, and prefixes with `*`, and the class of each. */
export function columnsByOption(
  file: Fields,
  text: string,
  option: string,
  free: (field: Field) => boolean = () => true,
): ClassColumn[] {
  // A name that holds a comma or a star can be given whole.
  const isName = (name: string) => file.fields.some((field) => field.name === name);
  const items = isName(text) ? [text] : text.split(',').map((item) => item.trim());
  const columns: ClassColumn[] = [];
  const listed: ClassColumn[] = [];
  for (const item of items) {
    if (item.endsWith('*') && !isName(item)) {
      const matches = withPrefix(file.fields.filter(free), item.slice(0, -1));
      if (matches.length === 0) requireField(file, item, option);
      requireOnce(
        file,
        matches.map(([field]) => field),
      );
      for (const match of matches) columns.push(match);
    } else {
      const column: ClassColumn = [requireField(file, item, option), item];
      listed.push(column);
      columns.push(column);
    }
  }
  const seen = new Set<Field>();
  const twice = columns.find(([field]) => seen.has(field) || !seen.add(field));
  if (twice !== undefined) throw twoColumns(file, [twice[0], twice[0]], twice[1]);
  const isLonger = (prefix: string) => listed.every(([, name]) => longer(name, prefix));
  const prefix = listed.length > 0 ? KNOWN_PREFIXES.find(isLonger) : undefined;
  if (prefix === undefined) return columns;
  return columns.map((column) => {
    return listed.includes(column) ? [column[0], column[1].slice(prefix.length)] : column;
  });
}

function withPrefix(fields: readonly Field[], prefix: string): ClassColumn[] {
  return fields
    .filter(({ name }) => name !== null && longer(name, prefix))
    .map((field) => [field, field.name!.slice(prefix.length)]);
}

function longer(name: string, prefix: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix);
}

/** @throws InputError `duplicate-class` */
export function distinctClasses(columns: readonly ClassColumn[], file: Fields): readonly string[] {
  const seen = new Map<string, Field>();
  for (const [field, className] of columns) {
    const before = seen.get(className);
    if (before !== undefined) throw twoColumns(file, [before, field], className);
    seen.set(className, field);
  }
  return columns.map(([, className]) => className);
}

function twoColumns(file: Fields, fields: readonly Field[], className: string): InputError {
  return new InputError('duplicate-class', {
    source: file.name,
    problem: `two ${file.unit}s stand for class ${quote(className)}`,
    found: listNames(fields.map(({ name }) => name)),
    expected: `one ${file.unit} per class`,
    advice: 'Name the score columns one by one with --scores.',
  });
}

/** Columns called 0 … C−1, in whatever order they stand; none unless the numbers are complete. */
function numbered(fields: readonly Field[]): ClassColumn[] {
  const columns = fields.flatMap((field): ClassColumn[] => {
    const integer = canonicalInteger(field.name ?? '');
    return integer !== null && /^\d{1,9}$/.test(integer) ? [[field, integer]] : [];
  });
  const names = columns.map(([, name]) => name);
  return names.every((name) => Number(name) < names.length) ? columns : [];
}

/** Columns that their names alone make scores: `p_…`, `logit_…`, 0 … C−1. */
export function knownColumns(fields: readonly Field[]): ClassColumn[][] {
  const groups = KNOWN_PREFIXES.map((prefix) => withPrefix(fields, prefix));
  groups.push(numbered(fields));
  return groups.filter((group) => group.length > 0);
}

/** What follows a prefix that ends in one of these, or stands before digits, may be a class. */
const PREFIX_END = /[_\-. :/]/;

/**
 * Columns of numbers that a prefix which two or more share makes scores, or that are
 * named as the labels that occur.
 * @param fields that have no other role
 * @param labels of the first rows; null where they are not known
 * @throws InputError `ambiguous-column`
 */
export async function columnsByLabels(
  { fields: file, ...open }: OpenFile,
  single: readonly Field[],
  labels: ReadonlySet<string> | null,
): Promise<ClassColumns | null> {
  const byPrefix = new Map<string, ClassColumn[]>();
  for (const field of single) {
    const name = field.name!;
    if (canonicalInteger(name) !== null) continue;
    for (const end of prefixEnds(name)) {
      const prefix = name.slice(0, end);
      const columns = byPrefix.get(prefix) ?? [];
      byPrefix.set(prefix, columns);
      columns.push([field, name.slice(end)]);
    }
  }
  const found = new Map([...byPrefix].filter(([, columns]) => areClasses(columns, labels)));
  const groups = [...found];
  if (groups.length > 1) {
    const fields = groups.flatMap(([, columns]) => columns.map(([field]) => field));
    throw ambiguous('scores', fields, file);
  }
  const [group] = groups;
  if (group !== undefined) {
    const [prefix, columns] = group;
    const what = `the scores from the ${columns.length} ${file.unit}s that begin with ${quote(prefix)}`;
    return { ...columnsOf(columns), convention: what };
  }
  const named = single.map((field): ClassColumn => [field, canonicalLabel(field.name!)]);
  if (labels === null || labels.size < 2 || !areClasses(named, labels)) return null;
  const exact = named.filter(([, name]) => labels.has(name));
  const columns =
    exact.length === named.length || (await addUp({ fields: file, ...open }, named))
      ? named
      : (await addUp({ fields: file, ...open }, exact))
        ? exact
        : null;
  if (columns === null) return null;
  const names = listNames(
    columns.map(([, name]) => name),
    6,
  );
  const what = `the scores from the ${columns.length} ${file.unit}s named as the labels are (${names})`;
  return { ...columnsOf(columns), convention: what };
}

/** Most prefixes of one name that are tried. */
const MOST_PREFIXES = 16;

/** Where a class may begin in a name, from its end. */
function prefixEnds(name: string): number[] {
  const ends: number[] = [];
  const digits = /\d*$/.exec(name.slice(-9))![0].length;
  if (digits > 0 && digits < name.length) ends.push(name.length - digits);
  for (let end = name.length - 1; end > 0 && ends.length < MOST_PREFIXES; end--) {
    if (PREFIX_END.test(name[end - 1]!) && end !== ends[0]) ends.push(end);
  }
  return ends;
}

/** Whether what follows a prefix is 0 … C−1, 1 … C, or holds every label. */
function areClasses(columns: readonly ClassColumn[], labels: ReadonlySet<string> | null): boolean {
  if (columns.length < 2) return false;
  const names = new Set(columns.map(([, name]) => canonicalLabel(name)));
  if (names.size < columns.length) return false;
  const isNumbered = [0, 1].some((first) =>
    Array.from(names.keys()).every((_, i) => names.has(String(first + i))),
  );
  if (labels === null) return isNumbered;
  const isIndex = (label: string) => /^\d+$/.test(label) && Number(label) < columns.length;
  const isOfTwo = (label: string) => /^(?:-?1|true|false)$/i.test(label);
  if (isNumbered && columns.length === 2 && [...labels].every(isOfTwo)) return true;
  // One label is no sign of how the others are named.
  if (labels.size < 2 && !isNumbered) return false;
  return [...labels].every((label) => names.has(label) || (isNumbered && isIndex(label)));
}

/** Whether the columns of the first rows are probabilities: then those of classes that do not occur are among them. */
export async function addUp(file: OpenFile, columns: readonly ClassColumn[]): Promise<boolean> {
  const width = columns.length;
  const { numbers, rows } = await peekNumbers(
    file,
    columns.map(([field]) => field),
    width,
  );
  let known = 0;
  for (let row = 0; row < rows; row++) {
    const values = numbers.subarray(row * width, (row + 1) * width);
    if (values.some(Number.isNaN)) continue;
    known++;
    const sum = values.reduce((total, value) => total + value, 0);
    if (values.some((value) => value < 0) || Math.abs(sum - 1) > 1e-3) return false;
  }
  return known > 0;
}

function columnsOf(columns: readonly ClassColumn[]) {
  return { fields: columns.map(([field]) => field), classNames: columns.map(([, name]) => name) };
}
