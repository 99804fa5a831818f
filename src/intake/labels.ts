/** Predicted and true labels without scores. */

import { shapeOf } from '../formats/npy-fields.js';
import { InputError } from '../types/errors.js';
import { type Field, widthOf } from '../types/fields.js';
import type { OpenDump } from './dump-request.js';
import { targetsPerRow } from './dump-shapes.js';
import { type JoinedRows, SCORES, TARGETS } from './joined-rows.js';
import { canonicalInteger, canonicalLabel } from './label-index.js';
import { listFields } from './name-lists.js';
import type { Opening } from './opening.js';
import { outcomesOf } from './outcomes.js';

/** Spellings that are remembered. */
const MOST_KNOWN = 65_536;

/** @param field of the predicted labels; theirs are counted from 0 @throws InputError `shape-mismatch` */
export async function labelsOf(opening: Opening, field: Field): Promise<OpenDump> {
  const { files, request } = opening;
  const { labelsFrom: from = 0, ignoreIndex, classNames = [] } = request;
  const target = opening.requireTarget();
  const [own] = target.fields as [Field];
  const isOne = target.fields.length === 1 && (own.rows !== null || widthOf(own) === 1);
  if (!isOne || (own.rows !== null && targetsPerRow(target, field.rows, 1) !== 1)) {
    throw new InputError('shape-mismatch', {
      source: target.file.fields.name,
      problem: 'predicted labels need one target per row',
      found: own.rows === null ? listFields(target.fields) : `shape ${shapeOf(own)}`,
      expected: '(rows,)',
      advice: 'For several labels per row give scores and say --task multilabel.',
    });
  }
  const canonical = canonicalForms(classNames);
  const shifted = (label: string) =>
    from === 0 || !/^-?\d+$/.test(label) ? label : String(Number(label) - from);
  const read = (rows: JoinedRows, key: string, { content }: Field) => {
    const texts = rows.texts(key);
    if (content === 'real') requireWhole(rows, key, texts);
    return texts.map(canonical);
  };
  const outcomes = outcomesOf(opening, field);
  let texts: { readonly target: readonly string[]; readonly prediction: readonly string[] };
  return opening.open({
    ...{ task: 'labels', field, rows: field.rows },
    parts: [
      { key: SCORES, noun: 'predictions', file: files.predictions, text: field },
      { key: TARGETS, noun: 'targets', file: target.file, text: own },
    ],
    info: {
      ...{ stored: 'labels', dtype: 'f64', classes: 0, classNames: null },
      ...outcomes?.info,
      ...(from !== 0 && ignoreIndex != null && { ignoreIndex: ignoreIndex - from }),
    },
    targetsIn: ({ targets }) => targets,
    decode(rows) {
      const prediction = read(rows, SCORES, field);
      texts = { prediction, target: read(rows, TARGETS, own).map(shifted) };
    },
    texts: () => texts,
    ...(outcomes && { notices: outcomes.notices }),
  });
}

/** Labels repeat: each is put in canonical form once. What is the name of a class is no missing label. */
function canonicalForms(classNames: readonly string[]): (text: string) => string {
  const known = new Map(classNames.map((name) => [name, name]));
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const label = canonicalLabel(text);
    if (known.size < MOST_KNOWN) known.set(text, label);
    return label;
  };
}

/** Numbers of a type with fractions have to be whole. @throws InputError `not-an-integer` */
function requireWhole(rows: JoinedRows, key: string, texts: readonly string[]): void {
  const index = texts.findIndex((text) => text !== '' && canonicalInteger(text) === null);
  if (index < 0) return;
  throw new InputError('not-an-integer', {
    ...rows.place(key, index),
    problem: 'this is no class index',
    found: texts[index],
    expected: 'an integer',
    advice: 'If they are values, say --task regression.',
  });
}
