/**
 * Records of an evaluation by log-likelihoods of choices (lm-evaluation-harness, `--log_samples`).
 * All of them are looked at first: how many choices they have, which filters, which tasks.
 */

import type { ChoiceMetric } from '../types/choices.js';
import { CHOICE_METRICS } from '../types/choices.js';
import { InputError, quote } from '../types/errors.js';
import type { Field, Fields, FormatOptions } from '../types/fields.js';
import { isByteSource, streamOf } from './bytes.js';
import { answersOf, choiceRecord, isLikelihood, RecordFault } from './choice-record.js';
import { ChoiceRows } from './choice-rows.js';
import type { Input } from './input.js';
import { fieldOf } from './json-nested.js';
import { JsonRecords } from './json-records.js';
import {
  isObject,
  type JsonObject,
  own,
  recordValue,
  scalarText,
  valueAtPath,
} from './json-value.js';
import { ByteWindow } from './text-window.js';

/** Names of fields that may say of which task a record is. */
const TASK_NAMES = ['task', 'task_name'];
/** Names of fields that say of which document a record is, the surest first. */
const DOCUMENT_NAMES = ['doc_id', 'doc_hash'];

/** What is known of the records of one filter. */
interface FilterFacts {
  rows: number;
  fewest: number;
  most: number;
  readonly metrics: Set<ChoiceMetric>;
  /** Documents by task and name. */
  readonly documents: Set<string>;
  /** What is wrong with the first record that is not sound. */
  fault: unknown;
}

/** What is known of all records. */
interface Survey {
  readonly first: JsonObject;
  readonly filters: ReadonlyMap<string, FilterFacts>;
  readonly taskField: string | null;
  readonly tasks: ReadonlySet<string>;
}

/** Surveys of inputs that are opened more than once. */
const surveys = new WeakMap<Input, Survey>();

/** Whether a first record is of this kind: by its fields, whatever the file is called. */
export function isChoiceRecord(value: unknown): boolean {
  const record = value as JsonObject;
  if (!isObject(record) || own(record, 'target') === undefined) return false;
  const answers = answersOf(record);
  return answers !== null && answers.length > 1 && answers.some(isLikelihood);
}

/** @throws InputError `filters`, `several-tasks`, `duplicate-document`, `memory-budget`; of records as {@link choiceRecord} */
export async function openChoices(
  input: Input,
  isArray: boolean,
  options: FormatOptions,
): Promise<Fields> {
  const survey = surveys.get(input) ?? (await surveyOf(input, isArray, options));
  surveys.set(input, survey);
  const filter = chosenFilter(survey, options.filter, input.name);
  const facts = survey.filters.get(filter)!;
  if (facts.fault !== null) throw facts.fault;
  const scores = {
    ...COMMON,
    name: 'log_likelihoods',
    content: 'real',
    inner: [facts.most],
  } as const;
  const beside = { ...COMMON, name: 'choices', content: 'text', inner: [] } as const;
  const target = { ...COMMON, name: 'target', content: 'written', inner: [] } as const;
  const fields: Field[] = [scores, target, ...otherFields(survey.first)];
  const { taskField, tasks, filters } = survey;
  return {
    name: input.name,
    format: isArray ? 'json' : 'jsonl',
    unit: 'field',
    named: true,
    fields,
    nested: (path) => fieldAt(survey.first, path),
    choices: {
      ...{ scores, beside, filter, filters: [...filters.keys()], taskField, tasks: [...tasks] },
      fewest: facts.fewest,
      most: facts.most,
      metrics: CHOICE_METRICS.filter((name) => facts.metrics.has(name)),
    },
    select: async (selection) => {
      const records = await recordsOf(input, isArray);
      return new ChoiceRows(records, filterOf, { filter, scores, target, beside }, selection);
    },
  };
}

/** Most bytes of standard input that are held, for it is read twice. */
const DEFAULT_MEMORY_BUDGET = 1024 ** 3;

const COMMON = { stored: 'text', dtype: 'f64', rows: null } as const;

async function recordsOf(input: Input, isArray: boolean): Promise<JsonRecords> {
  const bytes = input.open();
  const window = new ByteWindow(isByteSource(bytes) ? streamOf(bytes) : bytes);
  await window.open();
  return new JsonRecords(window, isArray);
}

/** The filter of a record; '' where it names none. */
function filterOf(record: JsonObject): string {
  return scalarText(own(record, 'filter')) ?? '';
}

async function surveyOf(
  input: Input,
  isArray: boolean,
  { memoryBudget = DEFAULT_MEMORY_BUDGET }: FormatOptions,
): Promise<Survey> {
  const records = await recordsOf(input, isArray);
  const filters = new Map<string, FilterFacts>();
  const tasks = new Set<string>();
  let first: JsonObject | null = null;
  let taskField: string | null = null;
  for (let record = await records.next(); record !== null; record = await records.next()) {
    const value = recordValue(records, record);
    if (!isObject(value)) throw notAnObject(records);
    first ??= value;
    taskField ??= TASK_NAMES.find((name) => typeof own(value, name) === 'string') ?? null;
    const task = taskField === null ? '' : (scalarText(own(value, taskField)) ?? '');
    if (taskField !== null) tasks.add(task);
    const filter = filterOf(value);
    let facts = filters.get(filter);
    if (facts === undefined) {
      facts = emptyFacts();
      filters.set(filter, facts);
    }
    try {
      look(facts, value, task);
    } catch (fault) {
      const place = { ...records.place(), row: facts.rows };
      facts.fault ??= fault instanceof RecordFault ? faultAt(fault, place) : fault;
    }
    facts.rows++;
    records.pass(record);
    const { done } = records.window.progress();
    if (!input.seeks && done > memoryBudget) {
      throw new InputError('memory-budget', {
        source: input.name,
        problem: 'records that cannot be read twice do not fit into the memory budget',
        found: `more than ${memoryBudget} bytes`,
        expected: `at most ${memoryBudget} bytes`,
        advice: 'Give the file by its path, or more with --memory-budget.',
      });
    }
  }
  return { first: first!, filters, taskField, tasks };
}

const emptyFacts = (): FilterFacts => ({
  rows: 0,
  fewest: Number.POSITIVE_INFINITY,
  most: 0,
  metrics: new Set(CHOICE_METRICS),
  documents: new Set(),
  fault: null,
});

/** @throws RecordFault */
function look(facts: FilterFacts, value: JsonObject, task: string): void {
  const { choices } = choiceRecord(value);
  facts.fewest = Math.min(facts.fewest, choices.count);
  facts.most = Math.max(facts.most, choices.count);
  for (const name of facts.metrics) {
    if (choices.picks[name] === undefined) facts.metrics.delete(name);
  }
  const column = DOCUMENT_NAMES.find((name) => own(value, name) !== undefined);
  const document = column === undefined ? null : scalarText(own(value, column));
  if (column === undefined || document === null || document === '') return;
  const key = `${task}\n${document}`;
  if (facts.documents.has(key)) {
    throw new RecordFault(
      'duplicate-document',
      column,
      'the file has two records of one document',
      quote(document),
      'one for each document and filter',
      'Were the samples of several tasks, or of several runs, written to one file? Score each by itself.',
    );
  }
  facts.documents.add(key);
}

/** A fault with its place. */
export function faultAt(
  { code, column, problem, found, expected, advice }: RecordFault,
  place: { readonly source: string; readonly row: number; readonly line: number },
): InputError {
  return new InputError(code, { ...place, column, problem, found, expected, advice });
}

function notAnObject(records: JsonRecords): InputError {
  return new InputError('bad-json', {
    ...records.place(),
    problem: 'the record is no object',
    expected: 'an object, as the first record is',
  });
}

/**
 * The filter whose records are rows: each document has a record for each filter, and counts once.
 * @throws InputError `filters`
 */
function chosenFilter({ filters }: Survey, asked: string | undefined, source: string): string {
  const names = [...filters.keys()];
  const listed = names.map(quote).join(', ');
  if (asked !== undefined) {
    if (filters.has(asked)) return asked;
    throw new InputError('filters', {
      source,
      problem: `there are no records of the filter ${quote(asked)}`,
      found: listed,
      advice: 'Give --filter one of these names.',
    });
  }
  if (names.length === 1) return names[0]!;
  if (filters.has('none')) return 'none';
  throw new InputError('filters', {
    source,
    problem:
      'the file has records of several filters, so that documents would count more than once',
    found: listed,
    expected: 'one, or one that is called "none"',
    advice: 'Choose with --filter.',
  });
}

/** The other scalars of the first record. */
function otherFields(first: JsonObject): Field[] {
  return Object.keys(first).flatMap((name) => {
    if (name === 'target' || name === 'log_likelihoods') return [];
    return fieldAt(first, name) ?? [];
  });
}

/** A scalar of the first record by its path; undefined where there is none. */
function fieldAt(first: JsonObject, path: string): Field | undefined {
  const value = valueAtPath(first, path);
  if (value === undefined || scalarText(value) === null) return undefined;
  return fieldOf(path, value);
}
