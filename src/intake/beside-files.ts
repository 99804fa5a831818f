/** Files for one role beside the predictions, and what is left of a file that no name tells the role of. */

import { looksLikeNumber } from '../formats/number-style.js';
import { type Field, widthOf } from '../types/fields.js';
import type { TextRole } from '../types/row-texts.js';
import { isTruthValue } from '../types/truth-values.js';
import { columnsByOption } from './class-columns.js';
import { type OpenFile, type Placed, peekTexts } from './files.js';
import { canonicalInteger } from './label-index.js';
import {
  ambiguous,
  isIndexName,
  isOneOf,
  KNOWN_NAMES,
  listFields,
  missingField,
  namesOf,
  ROLE_OPTION,
  requireField,
} from './name-lists.js';

/** A field and what its first rows hold. */
export interface LeftField {
  readonly field: Field;
  readonly isNumber: boolean;
  readonly isWhole: boolean;
}

/** The field of a file for one role: the only one, or that of a name of the list. */
export function onlyField(
  file: OpenFile,
  role: 'weight' | TextRole,
  option: string | null | undefined,
): Placed {
  const { fields } = file.fields;
  if (typeof option === 'string') {
    return { file, fields: [requireField(file.fields, option, ROLE_OPTION[role])] };
  }
  const known = fields.filter(({ name }) => isOneOf(name, namesOf(role)));
  if (known.length > 1) throw ambiguous(role, known, file.fields);
  const left = fields.filter(({ name }) => !isOneOf(name, KNOWN_NAMES.id) && !isIndexName(name));
  const only =
    known[0] ?? (fields.length === 1 ? fields[0] : left.length === 1 ? left[0] : undefined);
  const what = role === 'weight' ? 'the weights' : `what ${ROLE_OPTION[role]} needs`;
  if (only === undefined) throw missingField(file.fields, role, what);
  return { file, fields: [only] };
}

/**
 * The targets of a file for them.
 * @param claimed names that options give for other roles
 */
export async function targetIn(
  labels: OpenFile,
  target: string | null | undefined,
  claimed: ReadonlySet<string>,
  conventions: string[],
): Promise<Placed> {
  const file = labels.fields;
  const { fields } = file;
  if (fields.length === 1 && (file.unit === 'array' || typeof target !== 'string')) {
    return { file: labels, fields };
  }
  if (typeof target === 'string') {
    return {
      file: labels,
      fields: columnsByOption(file, target, '--target').map(([field]) => field),
    };
  }
  const known = fields.filter(({ name }) => file.named && isOneOf(name, KNOWN_NAMES.target));
  if (known.length > 1) throw ambiguous('target', known, file);
  if (known.length === 1) return { file: labels, fields: known };
  const left = await fieldsLeft(
    labels,
    ({ name }) => !isOneOf(name, KNOWN_NAMES.id) && !(name !== null && claimed.has(name)),
  );
  const numbers = left.filter(({ isNumber }) => isNumber).map(({ field }) => field);
  const found =
    left.length === 1 ? [left[0]!.field] : numbers.length === left.length ? numbers : [];
  // Without names and with several columns, only a one-hot row for each could be meant.
  if (found.length === 0) throw missingField(file, 'target', 'the labels');
  const what = found.length === 1 ? `the only other ${file.unit}` : `the ${file.unit}s`;
  if (file.named)
    conventions.push(`the targets from ${what} of ${file.name}, ${listFields(found)}`);
  return { file: labels, fields: found };
}

/** Fields that are neither taken nor an index, and whether they hold numbers. */
export async function fieldsLeft(
  file: OpenFile,
  isFree: (field: Field) => boolean,
): Promise<readonly LeftField[]> {
  const free = file.fields.fields.filter(
    (field) => isFree(field) && field.problem === undefined && !isIndexName(field.name),
  );
  const written = free.filter(({ content }) => content === 'written' || content === 'number');
  const single = written.filter((field) => widthOf(field) === 1);
  const texts = await peekTexts(file, single);
  const textsOf = new Map(single.map((field, i) => [field, texts[i]!]));
  return free.map((field) => {
    const own = textsOf.get(field);
    if (own === undefined) {
      const isNumber = field.content !== 'text';
      return { field, isNumber, isWhole: field.content === 'whole' };
    }
    const filled = own.filter((text) => text.trim() !== '');
    // pandas writes one-hot columns as True and False.
    const isNumber =
      filled.length > 0 && (filled.every(looksLikeNumber) || filled.every(isTruthValue));
    return {
      field,
      isNumber,
      isWhole: isNumber && filled.every((t) => canonicalInteger(t) !== null),
    };
  });
}
