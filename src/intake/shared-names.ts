/** The column that names the rows of two files alike, and what their names have in common. */

import { InputError, type InputPlace, quote } from '../types/errors.js';
import { type Field, type Fields, widthOf } from '../types/fields.js';
import { type OpenFile, peekTexts, readTexts } from './files.js';
import { canonicalInteger } from './label-index.js';
import {
  isIndexName,
  isOneOf,
  KNOWN_NAMES,
  listFields,
  plainName,
  requireField,
} from './name-lists.js';

/** Names of rows in the predictions and in another file. */
export interface SharedNames {
  readonly files: readonly [predictions: OpenFile, other: OpenFile];
  readonly mine: Field;
  readonly theirs: Field;
  /** Whether an option said so; otherwise the files just happen to share a column. */
  readonly isAsked: boolean;
}

/** Columns that never name rows, whatever they hold. */
const OTHER_ROLES = [
  ...KNOWN_NAMES.scores,
  ...KNOWN_NAMES.prediction,
  ...KNOWN_NAMES['single score'],
  ...KNOWN_NAMES.target,
  ...KNOWN_NAMES.weight,
];

/** Whether a field could name rows, by what it is and what it is called. */
const isNameLike = (field: Field) =>
  field.problem === undefined &&
  widthOf(field) === 1 &&
  field.content !== 'real' &&
  !isOneOf(field.name, OTHER_ROLES);

/** Whether a name says that a column names rows: such are compared whatever they hold. */
const isKnownName = ({ name }: Field) => isOneOf(name, KNOWN_NAMES.id) || isIndexName(name);

/**
 * Finds the names that two files share: the column that an option names; else one
 * of the same header. Names that are known to be of rows come first; those of any other column
 * must all be different in the first rows of both.
 * @param taken fields that are for something else
 * @throws InputError `duplicate-column`, and `missing-id-column` where one of the files names its rows by another column
 */
export async function sharedNames(
  predictions: OpenFile,
  other: OpenFile,
  asked: string | undefined,
  taken: ReadonlySet<Field>,
): Promise<SharedNames | null> {
  const files = [predictions, other] as const;
  if (!predictions.fields.named || !other.fields.named) return null;
  if (asked !== undefined) {
    const mine = askedField(predictions.fields, asked);
    const theirs = askedField(other.fields, asked);
    if (mine && theirs) return { files, mine, theirs, isAsked: true };
    if (mine) await refuseOtherName(other, asked, taken);
    return null;
  }
  const candidates = predictions.fields.fields
    .filter(isNameLike)
    .flatMap((mine) => {
      const theirs = other.fields.fields.find((field) => isSameName(field.name, mine.name));
      return theirs && isNameLike(theirs) ? [{ mine, theirs }] : [];
    })
    .sort((a, b) => Number(isKnownName(b.mine)) - Number(isKnownName(a.mine)));
  if (candidates.length === 0) return null;
  const [first] = candidates as [(typeof candidates)[0]];
  if (isKnownName(first.mine)) return { files, ...first, isAsked: false };
  const texts = await peekTexts(
    predictions,
    candidates.map(({ mine }) => mine),
  );
  const others = await peekTexts(
    other,
    candidates.map(({ theirs }) => theirs),
  );
  const found = candidates.find((_, i) => areNames(texts[i]!) && areNames(others[i]!));
  return found ? { files, ...found, isAsked: false } : null;
}

/** A column that is known to name rows, to compare dumps by. */
export function rowNamesIn({ fields, named }: Fields): Field | null {
  const free = fields.filter(
    (field) => named && field.problem === undefined && widthOf(field) === 1,
  );
  return (
    free.find(({ name }) => isOneOf(name, KNOWN_NAMES.id)) ??
    free.find(({ name }) => isIndexName(name)) ??
    null
  );
}

function isSameName(one: string | null, two: string | null): boolean {
  return one === two || (isIndexName(one) && isIndexName(two));
}

/** The column of names that an option asks for: spelled so, in another case, or the only one that is known to name rows. */
function askedField(file: Fields, asked: string): Field | undefined {
  if (file.fields.some(({ name }) => isSameName(name, asked))) {
    return requireField(file, asked, '--id');
  }
  const alike = file.fields.filter(({ name }) => isOneOf(name, [plainName(asked)]));
  if (alike.length === 1) return alike[0];
  const known = file.fields.filter((field) => isNameLike(field) && isKnownName(field));
  return known.length === 1 ? known[0] : undefined;
}

/** Rows of a file without names are matched by place; but not of one that may have them under another name. */
async function refuseOtherName(
  other: OpenFile,
  asked: string,
  taken: ReadonlySet<Field>,
): Promise<void> {
  const { name, unit, fields } = other.fields;
  const free = fields.filter((field) => isNameLike(field) && !taken.has(field));
  const texts = await peekTexts(other, free);
  const possible = free.filter((_, i) => areNames(texts[i]!));
  if (possible.length === 0) return;
  throw new InputError('missing-id-column', {
    source: name,
    problem: `rows are to be matched by ${quote(asked)}, and there is no such ${unit}`,
    found: listFields(fields),
    expected: `a ${unit} ${quote(asked)} that names the rows in both files`,
    advice: 'Rename the one that does, or match rows by their place with --join place.',
  });
}

/** Whether all are there and different; numbers with fractions are measurements. */
function areNames(list: readonly string[]): boolean {
  const isFraction = (text: string) =>
    /^[+-]?\d*\.\d+(?:e[+-]?\d+)?$/i.test(text.trim()) && canonicalInteger(text) === null;
  return new Set(list).size === list.length && !list.includes('') && !list.every(isFraction);
}

/** A name of a row as it is compared: `1`, `1.0` and ` 1` are one. */
export function rowName(text: string): string {
  return canonicalInteger(text) ?? text.trim();
}

/** Names of one kind: how many, and the first. */
interface NameCount {
  count: number;
  first: string;
}

/** What the names of two files have in common. Both are held in memory. */
export async function compareNames(
  files: SharedNames['files'],
  mine: Field,
  theirs: Field,
): Promise<{
  readonly shared: number;
  readonly twice: readonly [NameCount, NameCount];
  readonly only: readonly [NameCount, NameCount];
}> {
  const count = (): NameCount => ({ count: 0, first: '' });
  const add = (to: NameCount, name: string) => {
    if (to.count++ === 0) to.first = name;
  };
  const twice = [count(), count()] as const;
  const only = [count(), count()] as const;
  const sets: Set<string>[] = [];
  for (const [i, field] of [mine, theirs].entries()) {
    const names = new Set<string>();
    await readTexts(files[i]!, field, (texts) => {
      for (const text of texts) {
        const name = rowName(text);
        if (names.has(name)) add(twice[i]!, name);
        names.add(name);
      }
      return true;
    });
    sets.push(names);
  }
  const [a, b] = sets as [Set<string>, Set<string>];
  for (const name of a) if (!b.has(name)) add(only[0], name);
  for (const name of b) if (!a.has(name)) add(only[1], name);
  return { shared: a.size - only[0].count, twice, only };
}

/** Two files share names of rows, and nobody said what to do with them. */
export function otherOrder(
  { files }: SharedNames,
  place: InputPlace,
  column: string | null,
  expected: string,
  found: string,
): InputError {
  const [a, b] = files.map(({ fields }) => fields.name);
  const { row, line } = place;
  const name = isIndexName(column) ? 'Unnamed: 0' : (column ?? '');
  return new InputError('other-order', {
    source: b!,
    ...(row !== undefined && { row }),
    ...(line !== undefined && { line }),
    column: name,
    problem: `the column names the rows of ${a} and of ${b}, and they stand in another order`,
    found: quote(found),
    expected: `${quote(expected)}, as in ${a}`,
    advice: `Match the rows by name with --id ${/^[\w.-]+$/.test(name) ? name : `'${name}'`}; or by place, whatever their names, with --join place.`,
  });
}
