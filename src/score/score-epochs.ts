/** Reads the dumps of a training run one after another and says how it went. */

import { bestEpochs } from '../diagnosis/best-epochs.js';
import {
  COLUMN_BYTES,
  commonColumns,
  type EpochColumns,
  epochColumns,
} from '../diagnosis/epoch-columns.js';
import { findStretches } from '../diagnosis/stretches.js';
import { fitRefinement, type Refinement, temperatureReport } from '../diagnosis/temperature.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { type AuditedDump, sharedNotices } from '../report/audit.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { EpochReading, EpochsReport } from '../types/epochs.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Notice } from '../types/report.js';
import type { KernelName } from '../types/scores.js';
import type { TemperKernel } from '../types/temper.js';
import { VERSION } from '../version.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import type { Scorer } from './scorer.js';

/** Memory for the rows that tests between epochs are made on. */
const COLUMNS_BUDGET = 128 * 1024 * 1024;

/** A dump that is to be read. */
export interface EpochSource {
  readonly epoch: number;
  readonly name: string;
  /** Scores the whole dump with a diagnosis; and what was found out while it was read. */
  score(): Promise<{ readonly scorer: Scorer; readonly notices: readonly Notice[] }>;
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
}

interface ReadEpoch {
  readonly reading: EpochReading;
  readonly audit: AuditedDump;
  readonly found: Refinement;
  readonly sample: RowSample;
  readonly temper: TemperKernel;
  readonly classes: number;
  readonly classNames: readonly string[] | undefined;
  /** Rows of the dump, scored or not. */
  readonly total: number;
  readonly rows: number;
  readonly weighted: boolean;
  readonly kernel: KernelName;
  readonly math: ScalarMath;
}

/** What does not change from epoch to epoch. */
type Facts = Omit<ReadEpoch, 'reading' | 'audit' | 'found' | 'sample' | 'temper'>;

/**
 * Reads every dump once.
 * @throws InputError `epochs-differ`, `nothing-scored`, `nothing-paired`; UsageError `too-few-epochs`, `bad-level`; and what scoring throws
 */
export async function scoreEpochs(input: EpochsInput): Promise<EpochsReport> {
  const { validation, train, labels, level = 0.05 } = input;
  if (validation.length < 2) {
    throw new UsageError(
      'too-few-epochs',
      `Name the dumps of two epochs or more; found ${validation[0]?.name ?? 'none'}${validation.length === 1 ? ' alone' : ''}.`,
    );
  }
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  const most = Math.floor(COLUMNS_BUDGET / (COLUMN_BYTES * validation.length));
  const epochs: EpochReading[] = [];
  const audits: AuditedDump[] = [];
  const kept: EpochColumns[] = [];
  let facts: Facts | null = null;
  for (const source of validation) {
    const { reading, audit, found, sample, temper, ...shape } = readEpoch(
      source,
      await source.score(),
    );
    audits.push(audit);
    const columns = epochColumns(temper, sample, found, most);
    facts ??= shape;
    if (kept.length > 0) {
      requireSameShape(reading, shape, epochs[0], facts);
      requireSameTargets(reading, columns, epochs[0], kept[0]);
    }
    epochs.push(reading);
    kept.push(columns);
  }
  const trained: EpochReading[] = [];
  for (const source of train) {
    const { reading, audit } = readEpoch(source, await source.score());
    trained.push(reading);
    audits.push(audit);
  }
  const { classes, rows, kernel, math } = facts!;
  const columns = commonColumns(kept);
  if (columns[0].index.length === 0) {
    throw new InputError('nothing-paired', {
      problem: 'no row was scored with a finite loss in every epoch',
      expected: 'one row or more',
    });
  }
  const names = epochs.map(({ epoch }) => epoch);
  return {
    schema: 'logitscope.epochs/1',
    version: VERSION,
    kernel,
    ...(labels !== undefined && { labels }),
    classes,
    rows,
    fitted: columns[0].index.length,
    level,
    epochs,
    stretches: findStretches(columns, names, level, math),
    best: bestEpochs(epochs),
    ...(trained.length > 0 && { train: trained }),
    notices: [...sharedNotices(audits), ...epochNotices(columns[0].index.length, rows)],
  };
}

function readEpoch(
  { epoch, name }: EpochSource,
  { scorer, notices }: Awaited<ReturnType<EpochSource['score']>>,
): ReadEpoch {
  const report = scorer.report({ parts: false });
  const part = scorer.part<DiagnosisPart>('diagnosis');
  const { kernel: temper, math } = part;
  const [sample, loss] = [part.sample(), part.loss()];
  const found = fitRefinement(temper, sample, math);
  if (found === null) {
    throw new InputError('nothing-scored', {
      source: name,
      problem: 'no row was scored with a finite loss',
      expected: 'one row or more',
    });
  }
  const { fit, crossFittedLoss } = found;
  const calibration = {
    crossFitted: fit.lossAtOne - crossFittedLoss,
    inSample: fit.lossAtOne - fit.loss,
  };
  return {
    reading: {
      epoch,
      source: name,
      loss,
      accuracy: Number(report.metrics.accuracy.value),
      refinement: {
        crossFitted: loss - calibration.crossFitted,
        inSample: loss - calibration.inSample,
      },
      calibration,
      temperature: temperatureReport(fit, math),
      confidenceGap: Number(report.metrics.calibration_gap.value),
    },
    audit: { name, notices: [...notices, ...report.notices] },
    found,
    sample,
    temper,
    math,
    classes: report.classes,
    classNames: report.classNames,
    total: report.rows.total,
    rows: report.rows.scored,
    weighted: sample.options.weighted,
    kernel: report.kernel as KernelName,
  };
}

function requireSame(
  { source }: EpochReading,
  first: EpochReading,
  problem: string,
  found: unknown,
  expected: unknown,
): void {
  if (found === expected) return;
  throw new InputError('epochs-differ', {
    source,
    problem: `${problem} than ${first.source}`,
    found: String(found),
    expected: String(expected),
    advice: 'All dumps of a run must hold the same rows in the same order.',
  });
}

function requireSameShape(reading: EpochReading, found: Facts, first: EpochReading, facts: Facts) {
  const same = (problem: string, a: unknown, b: unknown) =>
    requireSame(reading, first, problem, a, b);
  same('it has another number of classes', found.classes, facts.classes);
  const order = ({ classNames }: Facts) => classNames?.map(quote).join(', ');
  if (found.classNames && facts.classNames) {
    same('its classes stand in another order', order(found), order(facts));
  }
  same('it has another number of rows', found.total, facts.total);
  const weights = ({ weighted }: Facts) => (weighted ? 'sample weights' : 'no sample weights');
  same('it has other sample weights', weights(found), weights(facts));
}

/** Holds the targets of the rows that were kept against each other. */
function requireSameTargets(
  reading: EpochReading,
  { index, targets }: EpochColumns,
  first: EpochReading,
  expected: EpochColumns,
): void {
  const targetOf = new Map<number, number>();
  expected.index.forEach((row, i) => {
    targetOf.set(row, expected.targets[i]);
  });
  index.forEach((row, i) => {
    const target = targetOf.get(row);
    if (target === undefined) return;
    requireSame(reading, first, `row ${row} has another target`, targets[i], target);
  });
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
