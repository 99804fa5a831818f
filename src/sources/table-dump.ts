/** From an open table to what the scorer reads: scores, pairs of labels, or one column. */

import type { DecimalParser } from '../types/decimals.js';
import type {
  ColumnSource,
  DumpInfo,
  DumpReader,
  LabelPair,
  LabelPairReader,
} from '../types/dump.js';
import { InputError, type InputPlace, UsageError } from '../types/errors.js';
import type { ByTextRole, RowTexts, TextRole, TextSource } from '../types/row-texts.js';
import type { RowBuffers } from '../types/scores.js';
import { type NameOptions, type ResolvedNames, resolveName, resolveNames } from './names.js';
import { NO_SCORES, type TableRow, type TextTable } from './table.js';
import { canonicalLabel, type LabelIndex, labelIndex } from './table-labels.js';
import {
  DEFAULT_NAMES,
  listNames,
  type NameContext,
  severalScores,
  singleScoreError,
  TEXT_HEADERS,
  TEXT_OPTION,
} from './table-names.js';

/** Machine epsilon of numbers written as text and read as f64. */
const TEXT_EPSILON = 2 ** -52;

/** Most classes that the kernels take. */
const MAX_CLASSES = 262_144;

/** Rows of labels that are handed over at once. */
const LABEL_BATCH = 4096;

/** What a table's columns or fields are for. */
export interface TableSelection extends ResolvedNames {
  /** Default names of roles that nothing fills; see {@link TablePlan.watched}. */
  readonly watched: readonly string[];
}

/** Options of {@link tableDump}. */
export interface TableDumpOptions {
  /** Names of the classes in the order of the scores, instead of those in the file. */
  readonly classNames?: readonly string[] | undefined;
  /** Whether there is to be one score per row, NaN where it is missing, and not one per class. */
  readonly single?: boolean | undefined;
  /** Reads plain numbers faster than the table's own scanner. */
  readonly decimals?: DecimalParser | undefined;
}

function context(table: TextTable): NameContext {
  return { source: table.name, unit: table.unit, named: table.named };
}

/**
 * Chooses columns or fields by option or default name; see {@link resolveNames}.
 * Where `scores` is null the table holds predicted labels: {@link tableLabelPairs}.
 */
export function selectFromTable(table: TextTable, options: NameOptions = {}): TableSelection {
  const names = resolveNames(table.names, options, context(table));
  return { ...names, watched: watchedNames(options, names) };
}

/** Default names of roles that nothing fills. */
export function watchedNames(
  options: NameOptions,
  { target, weight }: Pick<ResolvedNames, 'target' | 'weight'>,
): string[] {
  const watched: string[] = [];
  if (options.target === undefined && target === null) watched.push(...DEFAULT_NAMES.target);
  if (options.weight === undefined && weight === null) watched.push(...DEFAULT_NAMES.weight);
  return watched;
}

/**
 * Rows of scores, with targets and weights where the selection has them.
 * Labels become class indices as {@link labelIndex} says.
 * @throws InputError `missing-scores`, `single-score`, `several-scores`, `too-many-classes`, and when
 *   read what a cell or label can be refused for.
 * @throws UsageError `class-names` when there is not one distinct name per class.
 */
export function tableDump(
  table: TextTable,
  selection: TableSelection,
  options: TableDumpOptions = {},
): DumpReader {
  const { scores, target, weight, watched } = selection;
  if (scores === null) {
    throw new InputError('missing-scores', {
      source: table.name,
      problem: 'the table holds no scores',
      found: listNames(table.names),
      expected: 'scores of every class',
    });
  }
  const { single = false } = options;
  const texts = keptTexts(selection.texts);
  const plan = {
    scores,
    target,
    weight,
    prediction: null,
    texts: texts.columns,
    watched,
    values: single,
  };
  const classes = table.plan(plan, options.decimals).reduce((sum, width) => sum + width, 0);
  if (single && classes !== 1) throw severalScores(table.name, `${classes}`);
  if (!single && classes < 2) throw singleScoreError(scores[0]!, context(table));
  if (classes > MAX_CLASSES) {
    throw new InputError('too-many-classes', {
      source: table.name,
      problem: 'there are too many classes',
      found: `${classes}`,
      expected: `at most ${MAX_CLASSES}`,
    });
  }
  if (options.classNames !== undefined) checkClassNames(options.classNames, single ? 2 : classes);
  const classNames = options.classNames ?? selection.classNames;
  const info: DumpInfo = {
    name: table.name,
    format: table.format === 'txt' ? 'csv' : table.format,
    stored: 'text',
    dtype: 'f64',
    epsilon: TEXT_EPSILON,
    classes,
    classNames,
    rows: null,
    hasTargets: target !== null,
    hasWeights: weight !== null,
  };
  const toTarget = target === null ? null : targets(table, target, classNames);
  return {
    info,
    ...(texts.columns.length > 0 && { texts: texts.of }),
    read(into: RowBuffers) {
      texts.clear();
      return table.read(into.scores as Float64Array, into.capacity, (index, row) => {
        if (toTarget !== null) into.targets[index] = toTarget(row);
        if (weight !== null) into.weights[index] = row.weight;
        texts.keep(row);
      });
    },
    progress: () => table.progress(),
    close: () => table.close(),
  };
}

/** Keeps the text of the rows of a batch, column by column. */
function keptTexts(names: ByTextRole<string>) {
  const roles = Object.entries(names) as [TextRole, string][];
  const columns = [...new Set(roles.map(([, name]) => name))];
  let kept: string[][] = [];
  return {
    columns,
    clear() {
      kept = columns.map(() => []);
    },
    keep({ texts }: TableRow) {
      for (let i = 0; i < kept.length; i++) kept[i]!.push(texts[i]!);
    },
    of: (): RowTexts =>
      Object.fromEntries(roles.map(([role, name]) => [role, kept[columns.indexOf(name)]])),
  };
}

/**
 * Rows of a predicted and a true label; without a target column every target is ''.
 * @throws InputError `missing-prediction`.
 */
export function tableLabelPairs(table: TextTable, selection: TableSelection): LabelPairReader {
  const { prediction, target, weight, watched } = selection;
  if (prediction === null) {
    throw new InputError('missing-prediction', {
      source: table.name,
      problem: `no ${table.unit} holds predicted labels`,
      found: listNames(table.names),
      expected: `one of ${DEFAULT_NAMES.prediction.join(', ')}`,
      advice: 'Name it with --prediction.',
    });
  }
  table.plan({ scores: [], target, prediction, weight, watched });
  return {
    name: table.name,
    format: table.format === 'txt' ? 'csv' : table.format,
    hasWeights: weight !== null,
    async read() {
      const pairs: LabelPair[] = [];
      await table.read(NO_SCORES, LABEL_BATCH, (_, row) => {
        pairs.push({
          target: canonicalLabel(row.target),
          prediction: canonicalLabel(row.prediction),
          weight: row.weight,
        });
      });
      return pairs;
    },
    progress: () => table.progress(),
    close: () => table.close(),
  };
}

/** Which column of a table is read, and as what. */
export interface TableColumnOptions {
  readonly role: 'target' | 'weight';
  /** Name of the column or field. Left out: the default name, or the only column. */
  readonly column?: string | undefined;
}

/**
 * One column of a table as targets or numbers.
 * @throws InputError `missing-column` where neither option nor default name nor being
 *   the only one tells which; `unknown-column`, `ambiguous-column`.
 */
export function tableColumn(table: TextTable, options: TableColumnOptions): ColumnSource {
  const column = chooseColumn(table, options);
  let mode: 'text' | 'numbers' | null = null;
  const start = (wanted: 'text' | 'numbers') => {
    if (mode === wanted) return;
    if (mode !== null) {
      throw new UsageError(
        'mixed-reads',
        'A column is read either as labels or as numbers, from first row to last. Open it again to read it otherwise.',
      );
    }
    mode = wanted;
    const plan = { scores: [], target: null, prediction: null, weight: null, watched: [] };
    if (wanted === 'text') table.plan({ ...plan, target: column });
    else if (options.role === 'weight') table.plan({ ...plan, weight: column });
    else requireSingle(table.plan({ ...plan, scores: [column], values: true }));
  };
  const requireSingle = ([width]: readonly number[]) => {
    if (width === 1) return;
    throw new InputError('shape-mismatch', {
      source: table.name,
      column,
      problem: 'there are several values per row, where one is needed',
      found: `an array of ${width}`,
      expected: 'a number',
    });
  };
  let mapping: {
    classNames: readonly string[] | null;
    toTarget: (row: TableRow) => number;
  } | null = null;
  return {
    name: table.name,
    format: table.format,
    rows: null,
    async readTargets(into, count, classNames) {
      start('text');
      if (mapping === null || mapping.classNames !== classNames) {
        mapping = { classNames, toTarget: targets(table, column, classNames) };
      }
      const { toTarget } = mapping;
      return table.read(NO_SCORES, count, (index, row) => {
        into[index] = toTarget(row);
      });
    },
    async readNumbers(into, count) {
      start('numbers');
      if (options.role === 'target') return table.read(into, count, () => {});
      return table.read(NO_SCORES, count, (index, row) => {
        into[index] = row.weight;
      });
    },
    async readLabels(count) {
      start('text');
      const labels: string[] = [];
      await table.read(NO_SCORES, count, (_, row) => labels.push(canonicalLabel(row.target)));
      return labels;
    },
    close: () => table.close(),
  };
}

function chooseColumn(table: TextTable, { role, column }: TableColumnOptions): string {
  const chosen = resolveName(table.names, role, column, context(table));
  if (chosen !== null) return chosen;
  if (table.unit === 'column' && table.names.length === 1) return table.names[0]!;
  throw new InputError('missing-column', {
    source: table.name,
    problem: `no ${table.unit} is known to hold the ${role === 'target' ? 'labels' : 'weights'}`,
    found: table.named ? listNames(table.names) : `${table.names.length} columns without names`,
    expected: `one of ${DEFAULT_NAMES[role].join(', ')}, or a single column`,
    advice: `Choose with ${role === 'target' ? '--target' : '--weights'}.`,
  });
}

/**
 * The only column of a table, or that of a default name, as text.
 * @throws InputError `missing-column`, `ambiguous-column`
 */
export function tableTexts(table: TextTable, role: TextRole): TextSource {
  const known = table.names.filter((name) => TEXT_HEADERS[role].includes(name));
  const chosen = table.names.length === 1 ? table.names[0] : known[0];
  if (chosen === undefined || known.length > 1) {
    throw new InputError(chosen === undefined ? 'missing-column' : 'ambiguous-column', {
      source: table.name,
      problem: `${chosen === undefined ? 'no' : 'more than one'} ${table.unit} is known to hold what ${TEXT_OPTION[role]} needs`,
      found: table.named ? listNames(table.names) : `${table.names.length} columns without names`,
      expected: `a single ${table.unit}, or one called ${TEXT_HEADERS[role].join(' or ')}`,
      advice: `Rename the ${table.unit}, or write it to a file of its own.`,
    });
  }
  const plan = { scores: [], target: null, prediction: null, weight: null, watched: [] };
  table.plan({ ...plan, texts: [chosen] });
  return {
    name: table.name,
    rows: null,
    async readTexts(count) {
      const texts: string[] = [];
      await table.read(NO_SCORES, count, (_, row) => texts.push(row.texts[0]!));
      return texts;
    },
    close: () => table.close(),
  };
}

/** Mapping from rows of the table to class indices. */
function targets(
  table: TextTable,
  column: string,
  classNames: readonly string[] | null,
): (row: TableRow) => number {
  const index: LabelIndex = labelIndex(classNames);
  let at: TableRow | null = null;
  const place = (): InputPlace => ({
    source: table.name,
    ...(at !== null && { row: at.row, line: at.line }),
    column,
  });
  return (row) => {
    at = row;
    return index(row.target, place);
  };
}

function checkClassNames(names: readonly string[], classes: number): void {
  const distinct = new Set(names).size;
  if (names.length === classes && distinct === classes) return;
  throw new UsageError(
    'class-names',
    `--class-names gives ${names.length} names, ${distinct} of them distinct, for ${classes} classes. Give one distinct name per class, in the order of the scores.`,
  );
}
