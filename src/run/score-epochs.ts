/** Reads the dumps of a training run one after another and says how it went, whatever their task. */

import { bestEpochs } from '../diagnosis/best-epochs.js';
import {
  commonColumns,
  type EpochColumns,
  epochColumns,
  epochsChange,
  MOST_COLUMN_ROWS,
} from '../diagnosis/epoch-columns.js';
import { recalibrated } from '../diagnosis/sampled-changes.js';
import { findStretches } from '../diagnosis/stretches.js';
import { type AuditedDump, sharedNotices } from '../report/audit.js';
import type { EpochReading, EpochsReport } from '../types/epochs.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { Recalibrated } from '../types/explain.js';
import type { Fitted } from '../types/fitted.js';
import type { MetricValue, Notice, RowTask, ScoreReport } from '../types/report.js';
import { isShare } from '../types/rows.js';
import { VERSION } from '../version.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import type { Scorer } from './scorer.js';

/** A dump of the series that was scored. */
export interface ScoredEpoch {
  readonly task: RowTask;
  /** With a diagnosis, to be compared with others. */
  readonly scorer: Scorer;
  /** What was found out while it was read. */
  readonly notices: readonly Notice[];
  /** Metrics of its report that were asked for by name; undefined where none were. */
  chosen(report: ScoreReport): Readonly<Record<string, MetricValue>> | undefined;
}

/** A dump that is to be read. */
export interface EpochSource {
  readonly epoch: number;
  readonly name: string;
  score(): Promise<ScoredEpoch>;
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

interface ReadEpoch {
  readonly reading: EpochReading;
  readonly audit: AuditedDump;
  readonly report: ScoreReport;
  readonly part: DiagnosisPart;
  readonly fitted: Fitted | null;
  readonly facts: Facts;
}

/** What does not change from epoch to epoch. */
interface Facts {
  readonly task: RowTask;
  readonly classes: number | undefined;
  readonly classNames: readonly string[] | undefined;
  /** Rows of the dump, scored or not. */
  readonly total: number;
  readonly weighted: boolean;
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
  const { read, columns } = await readAll(validation);
  const epochs = read.map(({ reading }) => reading);
  const trained: ReadEpoch[] = [];
  for (const source of train) trained.push(readEpoch(source, await source.score()));
  const [{ facts, report, math }] = read as [ReadEpoch & { math: Scorer['math'] }];
  const fitted = columns[0].index.length;
  if (fitted === 0) {
    const hasLoss = columns[0].losses !== null;
    throw new InputError('nothing-paired', {
      problem: `no row was scored${hasLoss ? ' with a finite loss' : ''} in every epoch`,
      expected: 'one row or more',
    });
  }
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
    ...(trained.length > 0 && { train: trained.map(({ reading }) => reading) }),
    ...(withChange && { change: epochsChange(columns[0], columns[columns.length - 1], math) }),
    notices: [...sharedNotices(audits), ...epochNotices(fitted, rows)],
  };
}

/** Reads the validation dumps, and keeps the columns of the rows that all of them have. */
async function readAll(validation: readonly EpochSource[]) {
  const most = Math.floor(MOST_COLUMN_ROWS / validation.length);
  const read: (ReadEpoch & { readonly math: Scorer['math'] })[] = [];
  const kept: EpochColumns[] = [];
  for (const source of validation) {
    const scored = await source.score();
    const epoch = readEpoch(source, scored);
    const { part, fitted, reading, facts } = epoch;
    const columns = epochColumns(part.recalibration, part.sample(), fitted, most);
    const [first] = read;
    if (first !== undefined) {
      requireSameShape(reading, facts, first.reading, first.facts);
      requireSameTargets(reading, columns, first.reading, kept[0]);
    }
    read.push({ ...epoch, math: scored.scorer.math });
    kept.push(columns);
  }
  return { read, columns: commonColumns(kept) };
}

function readEpoch(
  { epoch, name }: EpochSource,
  { task, scorer, notices, chosen }: ScoredEpoch,
): ReadEpoch {
  const report = scorer.report({ parts: ['ranking', 'slices'] });
  const part = scorer.part<DiagnosisPart>('diagnosis')!;
  const { readings } = scorer;
  const fitted = part.recalibration.fit(part.sample());
  const hasLoss = readings.loss !== null;
  if (hasLoss ? fitted === null : part.sample().count === 0) {
    throw new InputError('nothing-scored', {
      source: name,
      problem: `no row was scored${hasLoss ? ' with a finite loss' : ''}`,
      expected: 'one row or more',
    });
  }
  const loss = part.loss();
  const second = Number(report.metrics[readings.second]!.value);
  const gap = task === 'classification' ? report.metrics.calibration_gap : undefined;
  const metrics = chosen(report);
  return {
    reading: {
      epoch,
      source: name,
      ...(hasLoss && { loss }),
      ...(isShare(readings) ? { accuracy: second } : { absoluteError: second }),
      ...(fitted && partsFirst(recalibrated(fitted, loss))),
      ...(gap && { confidenceGap: Number(gap.value) }),
      ...(metrics && { metrics }),
      ...(report.slices && { slices: report.slices }),
    },
    audit: { name, notices: [...notices, ...report.notices] },
    report,
    part,
    fitted,
    facts: {
      task,
      classes: report.labels ?? report.classes,
      classNames: report.classNames,
      total: report.rows.total,
      weighted: report.options.weighted ?? false,
    },
  };
}

/** The parts of the loss stand before what was fitted. */
function partsFirst({ temperature, temperatures, line, ...parts }: Recalibrated): Recalibrated {
  return {
    ...parts,
    ...(temperature && { temperature }),
    ...(temperatures && { temperatures }),
    ...(line && { line }),
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
  same('it is scored as another task', found.task, facts.task);
  if (facts.task !== 'labels') {
    same('it has another number of classes', found.classes, facts.classes);
  }
  const order = ({ classNames }: Facts) => classNames?.map(quote).join(', ');
  if (facts.task !== 'labels' && found.classNames && facts.classNames) {
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
