/**
 * One record of an evaluation by log-likelihoods of choices, as lm-evaluation-harness writes
 * them: `filtered_resps` with a log-likelihood and whether greedy decoding gives the choice,
 * `arguments` with context and continuation of each, `target`, `doc`.
 */

import type { ChoiceMetric, RowChoices } from '../types/choices.js';
import { isList, isObject, type JsonObject, type JsonValue, own, shown } from './json-value.js';

/** What a record of choices holds. */
export interface ChoiceRecord {
  /** Of each choice; NaN where it is missing. */
  readonly logLikelihoods: readonly number[];
  readonly choices: RowChoices;
  /** Texts of the choices; null where the record does not have them. */
  readonly texts: readonly string[] | null;
}

/** Why a record is not what it should be; the reader adds the place. */
export class RecordFault extends Error {
  constructor(
    readonly code: string,
    readonly column: string,
    readonly problem: string,
    readonly found: string,
    readonly expected: string,
    readonly advice?: string,
  ) {
    super(problem);
  }
}

/** Contexts and continuations of the choices, as one list each. */
interface Requests {
  readonly contexts: readonly string[];
  readonly continuations: readonly string[];
}

/** The answers of a record: those that a filter left, else the first of each request. */
export function answersOf(record: JsonObject): readonly JsonValue[] | null {
  const filtered = own(record, 'filtered_resps');
  if (isList(filtered)) return filtered;
  const raw = own(record, 'resps');
  return isList(raw) ? raw.map((one) => (isList(one) ? (one[0] ?? null) : one)) : null;
}

/** Whether an answer is a log-likelihood and whether greedy decoding gives it. */
export function isLikelihood(answer: JsonValue | undefined): boolean {
  if (!isList(answer) || answer.length !== 2) return false;
  const [likelihood, greedy] = answer;
  return numberOf(likelihood) !== null && /^(?:true|false|[01](?:\.0)?)$/i.test(String(greedy));
}

/** A number as JSON or Python's `str` writes it, NaN for what is missing; null for all else. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (value === null || value === undefined) return Number.NaN;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?inf(?:inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^(?:nan|none)$/i.test(text) ? Number.NaN : null;
}

/** @throws RecordFault */
export function choiceRecord(record: JsonObject): ChoiceRecord {
  const answers = answersOf(record);
  if (answers === null || answers.length === 0) {
    throw new RecordFault(
      'missing-field',
      'filtered_resps',
      'the record has no answers',
      answers === null ? 'no list' : 'an empty list',
      'a list with [log-likelihood, is_greedy] for each choice',
    );
  }
  const all = answers.map(likelihoodOf);
  const requests = requestsOf(record, all.length);
  const isDouble = requests !== null && hasUnconditional(requests);
  const count = isDouble ? all.length / 2 : all.length;
  if (count < 2) {
    throw new RecordFault(
      'choice-count',
      'filtered_resps',
      'the record has no choices',
      `${count} log-likelihood`,
      'two or more, one for each choice',
    );
  }
  const logLikelihoods = all.slice(0, count);
  const texts = requests && textsOf(requests, count, own(record, 'doc'));
  const picks: { [name in ChoiceMetric]?: number } = {};
  if (texts) {
    const perUnit = (lengthOf: (text: string) => number) =>
      highest(logLikelihoods.map((value, i) => value / lengthOf(texts[i]!)));
    picks.acc_norm = perUnit((text) => Array.from(text).length);
    picks.acc_bytes = perUnit((text) => new TextEncoder().encode(text).length);
  }
  if (isDouble) {
    picks.acc_mutual_info = highest(logLikelihoods.map((value, i) => value - all[count + i]!));
  }
  return { logLikelihoods, texts, choices: { count, picks, recorded: recordedOf(record) } };
}

/** @throws RecordFault */
function likelihoodOf(answer: JsonValue): number {
  const value = numberOf(isList(answer) ? answer[0] : answer);
  if (value !== null) return value;
  throw new RecordFault(
    'not-a-number',
    'filtered_resps',
    'the log-likelihood of a choice is not a number',
    shown(isList(answer) ? answer[0] : answer),
    'a number, or its text',
  );
}

/** Index of the first of the highest values, and of the first NaN where there is one: NumPy's argmax. */
function highest(values: readonly number[]): number {
  let best = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) return i;
    if (values[i]! > values[best]!) best = i;
  }
  return best;
}

function recordedOf(record: JsonObject): RowChoices['recorded'] {
  const recorded: { [name in ChoiceMetric | 'acc']?: number } = {};
  for (const name of ['acc', 'acc_norm', 'acc_bytes', 'acc_mutual_info'] as const) {
    const value = own(record, name);
    const number = value === undefined ? null : numberOf(value);
    if (number !== null && !Number.isNaN(number)) recorded[name] = number;
  }
  return recorded;
}

/**
 * What was asked: lists in memory, objects `gen_args_<i>` with `arg_<j>` in files.
 * @returns null where the record does not say, or not in this form
 * @throws RecordFault `choice-count`
 */
function requestsOf(record: JsonObject, count: number): Requests | null {
  const given = own(record, 'arguments');
  const items = isList(given) ? given : isObject(given) ? numbered(given, 'gen_args_') : null;
  if (items === null || items.length === 0) return null;
  if (items.length !== count) {
    throw new RecordFault(
      'choice-count',
      'arguments',
      'the record has another number of requests than of answers',
      `${items.length} in arguments, ${count} in filtered_resps`,
      'one log-likelihood for each choice',
      'Was the file changed after it was written?',
    );
  }
  const parts = items.map((item) => (isObject(item) ? numbered(item, 'arg_') : item));
  const contexts: string[] = [];
  const continuations: string[] = [];
  for (const part of parts) {
    if (!isList(part)) return null;
    const [context, continuation] = part;
    if (typeof context !== 'string' || typeof continuation !== 'string') return null;
    contexts.push(context);
    continuations.push(continuation);
  }
  return { contexts, continuations };
}

/** Values of `<prefix>0`, `<prefix>1`, … in this order. */
function numbered(object: JsonObject, prefix: string): JsonValue[] {
  const values: JsonValue[] = [];
  for (;;) {
    const value = own(object, `${prefix}${values.length}`);
    if (value === undefined) return values;
    values.push(value);
  }
}

/** Whether the second half asks for the choices of the first without a context, for their mutual information. */
function hasUnconditional({ contexts, continuations }: Requests): boolean {
  const half = contexts.length / 2;
  if (!Number.isInteger(half) || half < 1) return false;
  return (
    contexts.every((context, i) => (i < half ? context !== '' : context === '')) &&
    continuations.every((text, i) => text === continuations[i % half])
  );
}

/**
 * Texts of the choices without what stands between context and choice: as a list in the
 * document has them; else without one blank, where all begin with one.
 */
function textsOf(
  { contexts, continuations }: Requests,
  count: number,
  doc: JsonValue | undefined,
): readonly string[] | null {
  const asked = continuations.slice(0, count);
  // Where the contexts differ the choices stand in them, and all go on alike.
  const areInContext = asked.every((text) => text === asked[0]);
  if (areInContext && contexts.slice(0, count).some((context) => context !== contexts[0]))
    return null;
  for (const list of listsIn(doc, count)) {
    const delimiter = asked[0]!.slice(0, Math.max(0, asked[0]!.length - list[0]!.length));
    if (asked.every((text, i) => text === `${delimiter}${list[i]}`)) return list;
  }
  return asked.every((text) => text.startsWith(' ')) ? asked.map((text) => text.slice(1)) : asked;
}

/** Lists of so many texts in a document, at most one level down. */
function listsIn(doc: JsonValue | undefined, count: number): (readonly string[])[] {
  if (!isObject(doc)) return [];
  const values = Object.values(doc);
  const inner = values.flatMap((value) => (isObject(value) ? Object.values(value) : []));
  return [...values, ...inner].filter(
    (value): value is readonly string[] =>
      isList(value) && value.length === count && value.every((item) => typeof item === 'string'),
  );
}
