/** Reads the dumps of a training run one after another and says how it went, whatever their task. */

import { bestEpochs } from '../diagnosis/best-epochs.js';
import {
  commonColumns,
  epochColumns,
  epochsChange,
  MOST_COLUMN_ROWS,
} from '../diagnosis/epoch-columns.js';
import { findStretches } from '../diagnosis/stretches.js';
import { sharedNotices } from '../report/audit.js';
import type { EpochReading, EpochsReport } from '../types/epochs.js';
import { UsageError } from '../types/errors.js';
import { VERSION } from '../version.js';
import {
  type DumpSource,
  type ReadDump,
  readDump,
  readDumps,
  requireRows,
  type SameRowsWords,
} from './read-dumps.js';

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
  const most = Math.floor(MOST_COLUMN_ROWS / validation.length);
  const { first, read, kept } = await readDumps(validation, WORDS, ({ part, fitted }) =>
    epochColumns(part.recalibration, part.sample(), fitted, most),
  );
  const columns = commonColumns(kept);
  const fitted = columns[0].index.length;
  requireRows(fitted, columns[0].losses !== null, 'epoch');
  const epochs = read.map((dump, i) => readingOf(validation[i], dump));
  const trained: ReadDump[] = [];
  for (const source of train) trained.push(readDump(source.name, await source.score()));
  const { facts, report, scorer } = first;
  const { math } = scorer;
  const { classes } = facts;
  const rows = report.rows.scored;
  const numbers = epochs.map(({ epoch }) => epoch);
  const audits = [...read, ...trained].map(({ audit }) => audit);
  return {
    schema: 'logitscope.epochs/1',
    version: VERSION,
    task: facts.task,
    kernel: report.kernel,
    ...(labels !== undefined && { labels }),
    ...(classes !== undefined && { classes }),
    rows,
    fitted,
    level,
    epochs,
    stretches: findStretches(columns, numbers, level, math),
    best: bestEpochs(epochs),
    ...(trained.length > 0 && { train: trained.map((dump, i) => readingOf(train[i], dump)) }),
    ...(withChange && { change: epochsChange(columns[0], columns[columns.length - 1], math) }),
    notices: [...sharedNotices(audits), ...epochNotices(fitted, rows)],
  };
}

function readingOf({ epoch }: EpochSource, { reading }: Pick<ReadDump, 'reading'>): EpochReading {
  return { epoch, ...reading };
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
