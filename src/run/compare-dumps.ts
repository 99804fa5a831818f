/** Reads dumps of the same rows one after another and sets the models beside each other, whatever their task. */

import { compareModels } from '../diagnosis/compare-models.js';
import {
  type MeasuredColumns,
  type MeasuredRows,
  measuredRows,
} from '../diagnosis/compare-rows.js';
import { type EpochColumns, epochColumns, MOST_COLUMN_ROWS } from '../diagnosis/epoch-columns.js';
import { FEW_ROWS, LOSS_RESOLUTION } from '../diagnosis/paired-tests.js';
import { plural, sharedNotices } from '../report/audit.js';
import type { ComparedModel, CompareMeasure, CompareReport, Comparison } from '../types/compare.js';
import { quote, UsageError } from '../types/errors.js';
import type { Notice } from '../types/report.js';
import { isShare } from '../types/rows.js';
import { VERSION } from '../version.js';
import type { ColumnsPart, RowColumns } from './parts/columns-part.js';
import {
  type DumpSource,
  type ReadDump,
  readDumps,
  requireRows,
  type SameRowsWords,
} from './read-dumps.js';

/** A model's dump. */
export interface ModelSource extends DumpSource {
  /** What the model is called in the report. */
  readonly model: string;
}

/** What is compared. */
export interface CompareInput {
  /** In an order that does not depend on how the caller named them. */
  readonly models: readonly ModelSource[];
  readonly labels?: string | undefined;
  /** Name of what tells which rows are not independent. */
  readonly cluster?: string | undefined;
  readonly level?: number | undefined;
  readonly difference?: number | undefined;
}

/** Models at most: there are a test for each pair of them and three measures. */
const MOST_MODELS = 200;

const WORDS: SameRowsWords = {
  code: 'dumps-differ',
  advice:
    'All dumps must hold the same rows, and in the same order unless a column names them (--id).',
};

/** What is kept of a dump. */
interface Kept extends RowColumns {
  /** Of the sampled rows; null where there are no scores. */
  readonly refinement: EpochColumns | null;
  readonly resolution: number;
  /** Whether the dump has more rows than were kept, and than were fitted on. */
  readonly isSampled: { readonly rows: boolean; readonly refinement: boolean };
}

/** Rows of each dump whose loss and second reading are kept, of some 40 bytes. */
export function comparedRows(models: number): number {
  return Math.floor(MOST_COLUMN_ROWS / models);
}

/**
 * Reads every dump once.
 * @throws InputError `dumps-differ`, `nothing-scored`, `nothing-paired`; UsageError `too-few-dumps`, `too-many-dumps`,
 *   `bad-level`, `bad-difference`; and what scoring throws
 */
export async function compareDumps(input: CompareInput): Promise<CompareReport> {
  const { models, labels, cluster, level = 0.05, difference } = input;
  checkInput(input);
  const most = comparedRows(models.length);
  const { first, read, kept } = await readDumps(models, WORDS, (dump) => keep(dump, most));
  const { facts, report, scorer } = first;
  const measured = measuresOf(kept, isShare(scorer.readings));
  for (const { index } of measured) {
    requireRows(index.length, scorer.readings.loss !== null, 'dump');
  }
  const infinite = rowsOf(kept, (loss) => loss === Number.POSITIVE_INFINITY);
  const readings = read.map(
    ({ reading }, i): ComparedModel => ({ name: models[i].model, ...reading }),
  );
  const order = bestFirst(readings, infinite > 0 ? measured[0] : null);
  const inOrder = <Value>(values: readonly Value[]) => order.map((i) => values[i]);
  const shown = inOrder(readings);
  const names = shown.map(({ name }) => name);
  const settings = { names, level, difference, math: scorer.math };
  const comparisons = measured.map((rows) =>
    compareModels(
      { ...rows, values: inOrder(rows.values), resolutions: inOrder(rows.resolutions) },
      settings,
    ),
  );
  const [{ groups }] = measured;
  return {
    schema: 'logitscope.compare/1',
    version: VERSION,
    task: facts.task,
    kernel: report.kernel,
    ...(labels !== undefined && { labels }),
    ...(facts.classes !== undefined && { classes: facts.classes }),
    ...(facts.classNames && { classNames: facts.classNames }),
    rows: report.rows.scored,
    level,
    ...(difference !== undefined && { difference }),
    ...(groups &&
      cluster !== undefined && {
        clusters: { by: cluster, count: new Set(groups).size },
      }),
    models: shown,
    comparisons,
    notices: [
      ...sharedNotices(read.map(({ audit }) => audit)),
      ...compareNotices(kept, comparisons, report.rows.scored, infinite),
    ],
  };
}

function checkInput({ models, level = 0.05, difference }: CompareInput): void {
  if (models.length < 2) {
    throw new UsageError(
      'too-few-dumps',
      `Name the dumps of two models or more, by their paths, a quoted pattern or a folder; found ${models[0] === undefined ? 'none' : `${models[0].name} alone`}.`,
    );
  }
  if (models.length > MOST_MODELS) {
    throw new UsageError(
      'too-many-dumps',
      `${models.length} dumps are more than are compared at once; expected at most ${MOST_MODELS}.`,
    );
  }
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  if (difference !== undefined && !(difference > 0 && difference < Number.POSITIVE_INFINITY)) {
    throw new UsageError(
      'bad-difference',
      `The difference to find must be a number above 0; found ${difference}.`,
    );
  }
}

function keep({ scorer, part, fitted }: ReadDump, most: number): Kept {
  const rows = scorer.part<ColumnsPart>('columns')!;
  const sample = part.sample().atMost(most);
  return {
    ...rows.columns(),
    refinement: fitted && epochColumns(part.recalibration, sample, fitted, most),
    isSampled: { rows: rows.isSampled, refinement: sample.level > 0 },
    resolution: fitted === null ? 0 : LOSS_RESOLUTION * fitted.lossAsIs,
  };
}

/** The measures that the task has, each over the rows that all models have. */
function measuresOf(kept: readonly Kept[], hasShares: boolean): MeasuredRows[] {
  const over = (by: CompareMeasure, of: (dump: Kept) => MeasuredColumns) =>
    measuredRows(by, kept.map(of));
  const second = over(hasShares ? 'accuracy' : 'absoluteError', (dump) => ({
    ...dump,
    values: dump.second,
    resolution: 0,
  }));
  if (kept[0].refinement === null) return [second];
  return [
    over('loss', (dump) => ({ ...dump, values: dump.loss })),
    second,
    over('refinement', ({ refinement }) => ({
      ...refinement!,
      values: refinement!.losses!.refined,
    })),
  ];
}

/** Kept rows whose loss `isWanted` in one of the dumps. */
function rowsOf(kept: readonly Kept[], isWanted: (loss: number) => boolean): number {
  const rows = new Set<number>();
  for (const { index, loss } of kept) {
    loss.forEach((value, i) => {
      if (isWanted(value)) rows.add(index[i]);
    });
  }
  return rows.size;
}

/**
 * Places of the models by their loss, without scores by their accuracy; of equal ones as they came.
 * @param losses of the rows where all are finite, where some are not: those that can be compared
 */
function bestFirst(models: readonly ComparedModel[], losses: MeasuredRows | null): number[] {
  const sums = losses?.values.map((values) =>
    values.reduce((sum, value, i) => sum + (losses.weights?.[i] ?? 1) * value, 0),
  );
  const costs = models.map(({ loss, accuracy = 0 }, m) => sums?.[m] ?? loss ?? -accuracy);
  return costs.map((_, m) => m).sort((a, b) => costs[a] - costs[b] || a - b);
}

function* compareNotices(
  kept: readonly Kept[],
  comparisons: readonly Comparison[],
  rows: number,
  infinite: number,
): Generator<Notice> {
  const isSampled = kept.some((dump) => dump.isSampled.rows);
  const all = rowsOf(kept, () => true);
  const common = Math.max(...comparisons.map((comparison) => comparison.rows));
  if (!isSampled && common < all) {
    yield {
      code: 'rows-not-paired',
      message: `${plural(all - common, 'row was', 'rows were')} scored in some of the dumps only: each model's means have its own, and they are in no comparison.`,
      evidence: { rows: all - common },
    };
  }
  if (infinite > 0) {
    yield {
      code: 'infinite-rows-not-compared',
      message: `${plural(infinite, 'row has', 'rows have')} infinite loss in one of the dumps: they count for accuracy and are left out of differences of the loss, and each model's loss is of its own finite rows.`,
      evidence: { rows: infinite },
    };
  }
  if (common < FEW_ROWS) {
    yield {
      code: 'few-rows',
      message: `${plural(common, 'row is', 'rows are')} few: intervals and p-values go by Student's t, as if differences were normal, and losses seldom are. Take them for hints.`,
      evidence: { rows: common },
    };
  }
  for (const { by, rows: count } of comparisons) {
    const isFewer =
      by === 'refinement' ? kept.some((dump) => dump.isSampled.refinement) : isSampled;
    if (!isFewer) continue;
    yield {
      code: 'sampled-rows',
      message: `Models were compared by ${WORDS_OF[by]} on ${count} of ${rows} rows, sampled by a hash of their index.`,
      evidence: { rows: count, of: rows },
    };
  }
  for (const { a, b } of identical(comparisons)) {
    yield {
      code: 'identical-dumps',
      message: `${quote(a)} and ${quote(b)} do not differ in a single row. Is one of them a copy?`,
      evidence: { a, b },
    };
  }
}

const WORDS_OF: Readonly<Record<CompareMeasure, string>> = {
  loss: 'loss',
  accuracy: 'accuracy',
  absoluteError: 'absolute error',
  refinement: 'refinement',
};

/** Pairs that differ in no measure; each model is named with the first that it is like. */
function identical(comparisons: readonly Comparison[]) {
  const [{ pairs, rows }] = comparisons;
  if (rows < 2) return [];
  const named = new Set<string>();
  return pairs.filter(({ a, b }, i) => {
    const isAlike = comparisons.every(({ pairs: of }) => {
      const { delta, low, high } = of[i];
      return delta === 0 && low === 0 && high === 0;
    });
    if (!isAlike || named.has(a) || named.has(b)) return false;
    named.add(b);
    return true;
  });
}
