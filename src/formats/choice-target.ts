/** Which choice of a record is right, however its target is written. */

import { quote } from '../types/errors.js';
import { type ChoiceRecord, RecordFault } from './choice-record.js';
import { isList, isObject, type JsonObject, type JsonValue, own } from './json-value.js';

/**
 * Index of the right choice, as text: a number, `[2]`, the text of a choice, a label that the document
 * lists, or a capital letter. '' where there is no target.
 * @throws RecordFault `target-out-of-range`, `several-targets`, `unknown-label`
 */
export function choiceTarget(record: JsonObject, { choices, texts }: ChoiceRecord): string {
  const { count } = choices;
  const given = own(record, 'target');
  if (given === undefined || given === null) return '';
  const found = isList(given) ? JSON.stringify(given) : String(given);
  const text = found.trim();
  if (/^-?\d{1,15}$/.test(text) && inRange(Number(text), count))
    return text.replace(/^0+(?=\d)/, '');
  const exact = texts?.indexOf(found) ?? -1;
  if (exact >= 0) return String(exact);
  const whole = /^\[\s*(-?\d{1,15}(?:\s*,\s*-?\d{1,15})*)\s*,?\s*\]$/.exec(text);
  if (whole !== null) return String(onlyOne(whole[1]!.split(','), count, text));
  if (/^-?\d+$/.test(text)) throw outOfRange(text, count);
  const trimmed = texts?.findIndex((choice) => choice.trim() === text) ?? -1;
  if (trimmed >= 0 && text !== '') return String(trimmed);
  const labelled = labelsIn(own(record, 'doc'), count).indexOf(text);
  if (labelled >= 0) return String(labelled);
  if (/^[A-Z]$/.test(text)) {
    const letter = text.charCodeAt(0) - 65;
    if (inRange(letter, count)) return String(letter);
    throw outOfRange(quote(text), count);
  }
  throw new RecordFault(
    'unknown-label',
    'target',
    texts === null && own(record, 'arguments') !== undefined
      ? 'the choices of the record stand in its contexts, and its target is none of them'
      : 'the target is neither the index nor the text of a choice',
    quote(found),
    `an index from 0 to ${count - 1}, or the text of a choice`,
    'Name the field of the document that holds it, as in --target doc.answer (with --labels-from 1 where it counts from 1).',
  );
}

const inRange = (index: number, count: number) => index >= 0 && index < count;

function outOfRange(found: string, count: number): RecordFault {
  return new RecordFault(
    'target-out-of-range',
    'target',
    'the target is none of the choices of the record',
    found,
    `an index from 0 to ${count - 1}, for it has ${count} choices`,
    'Rows without a right choice have no loss: leave them out of the file.',
  );
}

/** The one index of a list. */
function onlyOne(indices: readonly string[], count: number, found: string): number {
  const distinct = [...new Set(indices.map(Number))];
  const [index] = distinct as [number];
  if (distinct.length > 1) {
    throw new RecordFault(
      'several-targets',
      'target',
      'several choices of the record are right',
      quote(found),
      'one right choice',
      'The log loss is of one true class; score such records by a number of their own, or leave them out.',
    );
  }
  if (!inRange(index, count)) throw outOfRange(quote(found), count);
  return index;
}

/** The labels of the choices (`choices.label` beside `choices.text`), where the document has them. */
function labelsIn(doc: JsonValue | undefined, count: number): readonly JsonValue[] {
  const choices = isObject(doc) ? own(doc, 'choices') : undefined;
  const labels = isObject(choices) ? own(choices, 'label') : undefined;
  return isList(labels) && labels.length === count ? labels : [];
}
