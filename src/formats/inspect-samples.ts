/** Samples of an evaluation log of Inspect as rows: what a scorer said of each, right or wrong. */

import { InputError, quote } from '../types/errors.js';
import type { Field, Fields, FormatName } from '../types/fields.js';
import { fieldOf } from './json-nested.js';
import {
  isObject,
  type JsonObject,
  type JsonValue,
  own,
  scalarText,
  shown,
  valueAtPath,
} from './json-value.js';
import { type ObjectRow, ObjectRows } from './object-rows.js';

/** What is kept of a sample. */
export interface LogSample {
  readonly source: string;
  readonly id: string;
  readonly epoch: number;
  /** What fields are reached in: `metadata.subject`, `target`, `scores.choice.answer`. */
  readonly value: JsonObject;
}

/** A log whose samples were read. */
export interface SampleLog {
  readonly name: string;
  readonly format: FormatName;
  readonly size: number;
  readonly samples: readonly LogSample[];
  /** Of a log that says it: `success`, or why there may be samples missing. */
  readonly status: string | null;
}

const RIGHT = 'right';
const WRONG = 'wrong';

/** Parts of a sample that are kept: events and messages take the most of it, and are not. */
const KEPT = [
  'id',
  'epoch',
  'target',
  'choices',
  'metadata',
  'error',
  'total_time',
  'working_time',
];

/** What is kept of a sample. @throws InputError `no-sample` */
export function logSample(source: string, value: JsonValue): LogSample {
  const id = isObject(value) ? scalarText(own(value, 'id')) : null;
  if (!isObject(value) || id === null || id === '') {
    throw new InputError('no-sample', {
      source,
      problem: 'this is no sample of an evaluation',
      expected: 'an object with id, epoch and scores',
    });
  }
  const epoch = own(value, 'epoch');
  const scores = own(value, 'scores');
  const kept = KEPT.flatMap((name) => {
    const part = own(value, name);
    return part === undefined ? [] : [[name, part] as const];
  });
  return {
    source,
    id,
    epoch: typeof epoch === 'number' ? epoch : 1,
    value: { ...Object.fromEntries(kept), scores: isObject(scores) ? keptScores(scores) : {} },
  };
}

/** Value and answer of each score: explanations are long. */
function keptScores(scores: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(scores).map(([name, score]) => [
      name,
      isObject(score)
        ? { value: own(score, 'value') ?? null, answer: own(score, 'answer') ?? null }
        : { value: score, answer: null },
    ]),
  );
}

/**
 * The samples as rows.
 * @param asked the scorer that was asked for
 * @throws InputError `no-rows`, `scorers`, `partial-credit`, `duplicate-document`
 */
export function fieldsOfLog(log: SampleLog, asked: string | undefined): Fields {
  const { name, format, samples, size, status } = log;
  if (samples.length === 0) {
    throw new InputError('no-rows', {
      source: name,
      problem: 'the log holds no samples',
      expected: 'one or more, with their scores',
      advice: 'Was the evaluation run without logging samples (--no-log-samples)?',
    });
  }
  const scorers = [...new Set(samples.flatMap(({ value }) => Object.keys(value.scores as object)))];
  const scorer = chosenScorer(name, scorers, asked);
  const isRepeated = samples.some(({ epoch }) => epoch !== samples[0]!.epoch);
  const seen = new Set<string>();
  const rows = samples.map((sample): ObjectRow => {
    const { source, id, epoch, value } = sample;
    const rowName = isRepeated ? `${id}, epoch ${epoch}` : id;
    if (seen.has(rowName)) throw twice(source, rowName);
    seen.add(rowName);
    const outcome = outcomeOf(sample, scorer);
    const own = { prediction: outcome, label: RIGHT, id: rowName, sample: id, epoch };
    return { source, value: { ...value, ...own } };
  });
  const first = rows[0]!.value;
  const text = {
    stored: 'text',
    dtype: 'f64',
    rows: rows.length,
    inner: [],
    content: 'text',
  } as const;
  const fields: Field[] = ['prediction', 'label', 'id', 'sample', 'epoch'].map((field) => ({
    ...text,
    name: field,
  }));
  return {
    ...{ name, format, fields },
    unit: 'field',
    named: true,
    nested: (path) => nestedField(first, path),
    outcomes: {
      ...{ scorer, scorers, status },
      names: [RIGHT, WRONG],
      cluster: isRepeated ? 'sample' : null,
    },
    select: async (selection) => new ObjectRows(rows, size, selection),
  };
}

function nestedField(first: JsonObject, path: string): Field | undefined {
  const value = valueAtPath(first, path);
  if (value === undefined || scalarText(value) === null) return undefined;
  return fieldOf(path, value);
}

function chosenScorer(
  source: string,
  scorers: readonly string[],
  asked: string | undefined,
): string {
  const listed = scorers.map(quote).join(', ') || 'none';
  if (asked === undefined && scorers.length === 1) return scorers[0]!;
  if (asked !== undefined && scorers.includes(asked)) return asked;
  const isAsked = asked !== undefined;
  throw new InputError('scorers', {
    source,
    problem: isAsked
      ? `the log has no scores of ${quote(asked)}`
      : scorers.length === 0
        ? 'the samples have no scores'
        : 'the samples have scores of several scorers',
    found: listed,
    ...(scorers.length > 0 && { advice: 'Choose with --filter.' }),
  });
}

/** Whether the scorer found the sample right; '' where it did not score it. @throws InputError `partial-credit` */
function outcomeOf({ source, value }: LogSample, scorer: string): string {
  const score = own(value.scores as JsonObject, scorer);
  const found = isObject(score) ? own(score, 'value') : undefined;
  const number = creditOf(found);
  if (number === null || Number.isNaN(number)) return '';
  if (number === 1) return RIGHT;
  if (number === 0) return WRONG;
  throw new InputError('partial-credit', {
    source,
    column: `scores.${scorer}.value`,
    problem: 'the score is neither right nor wrong',
    found: shown(found),
    expected: 'C, I or N, 1 or 0, true or false in every sample',
    advice: 'Scores of partial credit have no accuracy here; choose another scorer with --filter.',
  });
}

/** The number that a score stands for, as Inspect takes it; null where it stands for none. */
function creditOf(value: JsonValue | undefined): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  // A list or an object of scores is no score: whatever it holds, it is not passed over.
  if (typeof value !== 'string') return 0.5;
  if (value === 'C') return 1;
  if (value === 'I' || value === 'N') return 0;
  if (value === 'P') return 0.5;
  const word = value.toLowerCase();
  if (word === 'yes' || word === 'true') return 1;
  if (word === 'no' || word === 'false') return 0;
  return word.trim() !== '' && Number.isFinite(Number(word)) ? Number(word) : 0.5;
}

function twice(source: string, name: string): InputError {
  return new InputError('duplicate-document', {
    source,
    column: 'id',
    problem: 'the log has two samples of one id and epoch',
    found: quote(name),
    expected: 'one',
  });
}
