/** Reads the dumps of a training run one after another and says how it went, whatever their task. */

import { bestEpochs } from '../diagnosis/best-epochs.js';
import type { ClassNames } from '../diagnosis/class-changes.js';
import { adviceOf } from '../diagnosis/epoch-advice.js';
import {
  commonColumns,
  type EpochColumns,
  epochColumns,
  epochsChange,
  MOST_COLUMN_ROWS,
  rememberedPairs,
  thinnedColumns,
} from '../diagnosis/epoch-columns.js';
import { patienceOf } from '../diagnosis/patience.js';
import { findPhases } from '../diagnosis/phases.js';
import { findStretches, Pairs } from '../diagnosis/stretches.js';
import { sharedNotices } from '../report/audit.js';
import type { EpochsReport } from '../types/epochs.js';
import { UsageError } from '../types/errors.js';
import type { Notice } from '../types/report.js';
import { textNumber } from '../types/text-number.js';
import { VERSION } from '../version.js';
import {
  type DumpFacts,
  type DumpSource,
  type ReadDump,
  readDump,
  requireRows,
  requireSameRows,
  type SameRowsWords,
  type ScoredDump,
} from './read-dumps.js';
import type { Scorer } from './scorer.js';

/** A dump that is to be read. */
export interface EpochSource extends DumpSource {
  readonly epoch: number;
}

/** What the series is made of. */
export interface EpochsInput {
  /** By number, the lowest first. */
  readonly validation: readonly EpochSource[];
  /** Of the training rows; none, or as many. */
  readonly train: readonly EpochSource[];
  readonly labels?: string | undefined;
  /** Level that the tests of all pairs of epochs keep together; default 0.05. */
  readonly level?: number | undefined;
  /** Whether the report has the change from the first epoch to the last; default false. */
  readonly withChange?: boolean | undefined;
}

const WORDS: SameRowsWords = {
  code: 'epochs-differ',
  advice: 'All dumps of a run must hold the same rows in the same order.',
};

/** What is kept of a dump. */
type ReadEpoch = Pick<ReadDump, 'reading' | 'audit' | 'facts'> &
  Pick<ReadDump['report'], 'kernel' | 'rows'>;

/** Of a dump whose rows are compared with those of others. */
interface ComparedEpoch extends ReadEpoch {
  readonly math: Scorer['math'];
  readonly columns: EpochColumns;
}

/**
 * Reads every dump once.
 * @throws InputError `epochs-differ`, `nothing-scored`, `nothing-paired`; UsageError `too-few-epochs`, `bad-level`; and what scoring throws
 */
export async function scoreEpochs(input: EpochsInput): Promise<EpochsReport> {
  const { validation, train, labels, level = 0.05, withChange = false } = input;
  if (validation.length < 2) {
    throw new UsageError(
      'too-few-epochs',
      `Name the dumps of two epochs or more; found ${validation[0]?.name ?? 'none'}${validation.length === 1 ? ' alone' : ''}.`,
    );
  }
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  const series = new EpochSeries(validation.length);
  for (const source of validation) series.put(source, await source.score());
  for (const source of train) series.putTrain(source, await source.score());
  return series.report({ validation, train, labels, level, withChange });
}

/** An epoch of a series: its dump was read, or will be. */
export type EpochName = Pick<EpochSource, 'epoch' | 'name'>;

/** What a report is made of, and what it has beside. */
export interface SeriesRequest extends Omit<EpochsInput, 'validation' | 'train'> {
  readonly validation: readonly EpochName[];
  readonly train: readonly EpochName[];
  readonly latest?: number | undefined;
  /** How many epochs without progress a run has; not asked where it is left out. */
  readonly patience?: number | undefined;
  /** Beside those of the dumps. */
  readonly notices?: readonly Notice[] | undefined;
}

/** Dumps of a run that were read, each once: their columns are kept, and what was compared. */
export class EpochSeries {
  readonly #read = new Map<string, ComparedEpoch>();
  readonly #train = new Map<string, ReadEpoch>();
  /** Columns without the rows that some epoch lacks, so that what was compared is found again. */
  readonly #common = new Map<string, EpochColumns>();
  readonly #compare = rememberedPairs();
  #most: number;

  /** @param expected number of epochs: the more, the fewer rows are kept of each; fewer are kept of all when more come */
  constructor(expected = 1) {
    this.#most = Math.floor(MOST_COLUMN_ROWS / Math.max(1, expected));
  }

  /**
   * Takes a dump, in place of an earlier one of the name.
   * @throws InputError `epochs-differ`, `nothing-scored`; nothing is taken then
   */
  put({ name }: EpochName, scored: ScoredDump): void {
    const dump = readDump(name, scored);
    const { part, fitted } = dump;
    const columns = epochColumns(part.recalibration, part.sample(), fitted, this.#most);
    const first = [...this.#read].find(([other]) => other !== name)?.[1];
    if (first !== undefined) requireSameRows(dump, columns, first, first.columns, WORDS);
    // Rows that the epoch had not may be back.
    if (this.#read.has(name)) this.#common.clear();
    this.#read.set(name, { ...keptOf(dump), math: scored.scorer.math, columns });
    this.#thin(Math.floor(MOST_COLUMN_ROWS / this.#read.size));
  }

  /** Rows of each dump; null before the first. */
  get rows(): number | null {
    return [...this.#read.values()][0]?.facts.total ?? null;
  }

  #thin(most: number): void {
    if (most >= this.#most) return;
    this.#most = most;
    for (const [name, epoch] of this.#read) {
      const columns = thinnedColumns(epoch.columns, most);
      if (columns === epoch.columns) continue;
      this.#read.set(name, { ...epoch, columns });
      this.#common.clear();
    }
  }

  /** Takes a dump of the training rows. @throws InputError `nothing-scored` */
  putTrain({ name }: EpochName, scored: ScoredDump): void {
    this.#train.set(name, keptOf(readDump(name, scored)));
  }

  /** Columns of the rows that all these epochs have. */
  #columns(epochs: readonly EpochName[]): EpochColumns[] {
    const columns = commonColumns(
      epochs.map(({ name }) => this.#common.get(name) ?? this.#read.get(name)!.columns),
    );
    epochs.forEach(({ name }, i) => {
      this.#common.set(name, columns[i]);
    });
    return columns;
  }

  /**
   * @param request epochs that were taken, by number, one or more
   * @throws InputError `nothing-paired`
   */
  report(request: SeriesRequest): EpochsReport {
    const { validation, train, labels, level = 0.05, withChange = false } = request;
    const { latest, patience, notices = [] } = request;
    const named = ({ epoch }: EpochName, { reading }: ReadEpoch) => ({ epoch, ...reading });
    const read = validation.map(({ name }) => this.#read.get(name)!);
    const trained = train.map(({ name }) => this.#train.get(name)!);
    const epochs = validation.map((source, i) => named(source, read[i]));
    const columns = this.#columns(validation);
    const [{ facts, kernel, math, rows }] = read;
    const fitted = columns[0].index.length;
    requireRows(fitted, columns[0].losses !== null, 'epoch');
    const numbers = epochs.map(({ epoch }) => epoch);
    const pairs = new Pairs(columns, level, math, this.#compare);
    const phases = findPhases(pairs, columns, numbers, classNamesOf(read.map((one) => one.facts)));
    const { readings } = columns[0];
    const { classes, task } = facts;
    const audits = [...read, ...trained].map(({ audit }) => audit);
    return {
      schema: 'logitscope.epochs/1',
      version: VERSION,
      task,
      kernel,
      ...(labels !== undefined && { labels }),
      ...(classes !== undefined && { classes }),
      rows: rows.scored,
      fitted,
      level,
      epochs,
      stretches: findStretches(columns, numbers, level, math, pairs),
      phases,
      best: bestEpochs(epochs),
      advice: adviceOf({ epochs, pairs, phases, readings }),
      ...(latest !== undefined && { latest }),
      ...(patience !== undefined && {
        patience: patienceOf(patience, epochs, columns, pairs, this.#compare),
      }),
      ...(trained.length > 0 && { train: trained.map((one, i) => named(train[i], one)) }),
      ...(withChange && { change: epochsChange(columns[0], columns[columns.length - 1], math) }),
      notices: [...notices, ...sharedNotices(audits), ...epochNotices(fitted, rows.scored)],
    };
  }
}

function keptOf({ reading, audit, facts, report }: ReadDump): ReadEpoch {
  const { kernel, rows } = report;
  return { reading, audit, facts, kernel, rows };
}

/** What classes are called; undefined where targets are no classes. */
function classNamesOf(epochs: readonly DumpFacts[]): ClassNames | undefined {
  const [{ task, classNames }] = epochs;
  if (task === 'multilabel' || task === 'regression') return undefined;
  if (task !== 'labels') return (target) => classNames?.[target];
  const names = epochs.flatMap((facts) => facts.classNames ?? []);
  const byNumber = new Map(names.map((name) => [textNumber(name), name]));
  return (target) => byNumber.get(target);
}

function* epochNotices(fitted: number, rows: number) {
  if (fitted < rows) {
    yield {
      code: 'sampled-rows',
      message: `Tests between epochs were made on ${fitted} of ${rows} rows, sampled by a hash of their index.`,
      evidence: { rows: fitted, of: rows },
    };
  }
}
