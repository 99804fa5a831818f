/** Reads dumps of the same rows one after another, whatever their task, and holds them against the first. */

import { recalibrated } from '../diagnosis/recalibrated.js';
import type { AuditedDump } from '../report/audit.js';
import { InputError, quote } from '../types/errors.js';
import type { Recalibrated } from '../types/explain.js';
import type { Fitted } from '../types/fitted.js';
import type { MetricValue, Notice, RowTask, ScoreReport, Slices } from '../types/report.js';
import { isShare } from '../types/rows.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import type { Scorer } from './scorer.js';

/** A dump of several that was scored. */
export interface ScoredDump {
  readonly task: RowTask;
  /** With a diagnosis, to be compared with others. */
  readonly scorer: Scorer;
  /** What was found out while it was read. */
  readonly notices: readonly Notice[];
  /** Metrics of its report that were asked for by name; undefined where none were. */
  chosen(report: ScoreReport): Readonly<Record<string, MetricValue>> | undefined;
}

/** A dump that is to be read. */
export interface DumpSource {
  /** In messages: the path of a file. */
  readonly name: string;
  score(): Promise<ScoredDump>;
}

/** One dump by its numbers; what its task does not have is left out. */
export interface DumpReading extends Recalibrated {
  readonly source: string;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly absoluteError?: number;
  readonly confidenceGap?: number;
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  readonly slices?: Slices;
}

/** A dump that was read. */
export interface ReadDump {
  readonly reading: DumpReading;
  readonly audit: AuditedDump;
  readonly report: ScoreReport;
  readonly scorer: Scorer;
  readonly part: DiagnosisPart;
  readonly fitted: Fitted | null;
  readonly facts: DumpFacts;
}

/** What does not change from dump to dump. */
export interface DumpFacts {
  readonly task: RowTask;
  readonly classes: number | undefined;
  readonly classNames: readonly string[] | undefined;
  /** Rows of the dump, scored or not. */
  readonly total: number;
  readonly weighted: boolean;
}

type Described = Pick<ReadDump, 'reading' | 'facts'>;

/** How messages about dumps that are not of the same rows are worded. */
export interface SameRowsWords {
  /** Code of the error. */
  readonly code: string;
  readonly advice: string;
}

/** Rows of a dump by index, with a number of each one's target that all dumps share. */
export interface TargetedColumns {
  readonly index: Float64Array;
  readonly targets: Float64Array;
}

/** Dumps of the same rows. */
export interface ReadDumps<Kept> {
  readonly first: ReadDump;
  /** Of each dump; nothing else of it stays in memory. */
  readonly read: readonly Pick<ReadDump, 'reading' | 'audit'>[];
  readonly kept: readonly Kept[];
}

/**
 * Reads every dump once.
 * @param keep what of a dump is to be compared with the others
 * @throws InputError `nothing-scored`, the code of `words`; and what scoring throws
 */
export async function readDumps<Kept extends TargetedColumns>(
  sources: readonly DumpSource[],
  words: SameRowsWords,
  keep: (dump: ReadDump) => Kept,
): Promise<ReadDumps<Kept>> {
  let first: ReadDump | null = null;
  const read: Pick<ReadDump, 'reading' | 'audit'>[] = [];
  const kept: Kept[] = [];
  for (const source of sources) {
    const dump = readDump(source.name, await source.score());
    const columns = keep(dump);
    if (first === null) first = dump;
    else requireSameRows(dump, columns, first, kept[0], words);
    const { reading, audit } = dump;
    read.push({ reading, audit });
    kept.push(columns);
  }
  return { first: first!, read, kept };
}

/**
 * Refuses dumps that have no row in common.
 * @throws InputError `nothing-paired`
 */
export function requireRows(rows: number, hasLoss: boolean, everywhere: string): void {
  if (rows > 0) return;
  throw new InputError('nothing-paired', {
    problem: `no row was scored${hasLoss ? ' with a finite loss' : ''} in every ${everywhere}`,
    expected: 'one row or more',
  });
}

/**
 * What a scored dump says by itself.
 * @throws InputError `nothing-scored`; and what a report throws
 */
export function readDump(name: string, { task, scorer, notices, chosen }: ScoredDump): ReadDump {
  const report = scorer.report({ parts: ['ranking', 'slices'] });
  const part = scorer.part<DiagnosisPart>('diagnosis')!;
  const { readings } = scorer;
  const fitted = part.recalibration.fit(part.sample(), true);
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
    scorer,
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
function partsFirst({
  temperature,
  temperatures,
  line,
  offsets,
  threshold,
  ...parts
}: Recalibrated): Recalibrated {
  return {
    ...parts,
    ...(temperature && { temperature }),
    ...(temperatures && { temperatures }),
    ...(line && { line }),
    ...(offsets && { offsets }),
    ...(threshold && { threshold }),
  };
}

/**
 * Holds a dump against the first.
 * @param columns rows that were kept of the dump
 * @param expected those of the first
 * @throws InputError the code of `words`
 */
export function requireSameRows(
  dump: Described,
  columns: TargetedColumns,
  first: Described,
  expected: TargetedColumns,
  words: SameRowsWords,
): void {
  requireSameShape(dump, first, words);
  requireSameTargets(dump.reading, columns, first.reading, expected, words);
}

function requireSame(
  { code, advice }: SameRowsWords,
  { source }: DumpReading,
  first: DumpReading,
  problem: string,
  found: unknown,
  expected: unknown,
): void {
  if (found === expected) return;
  throw new InputError(code, {
    source,
    problem: `${problem} than ${first.source}`,
    found: String(found),
    expected: String(expected),
    advice,
  });
}

function requireSameShape(dump: Described, first: Described, words: SameRowsWords): void {
  const [found, facts] = [dump.facts, first.facts];
  const same = (problem: string, a: unknown, b: unknown) =>
    requireSame(words, dump.reading, first.reading, problem, a, b);
  same('it is scored as another task', found.task, facts.task);
  if (facts.task !== 'labels') {
    same('it has another number of classes', found.classes, facts.classes);
  }
  const order = ({ classNames }: DumpFacts) => classNames?.map(quote).join(', ');
  if (facts.task !== 'labels' && found.classNames && facts.classNames) {
    same('its classes stand in another order', order(found), order(facts));
  }
  same('it has another number of rows', found.total, facts.total);
  const weights = ({ weighted }: DumpFacts) => (weighted ? 'sample weights' : 'no sample weights');
  same('it has other sample weights', weights(found), weights(facts));
}

/** Holds the targets of the rows that were kept against each other. */
function requireSameTargets(
  reading: DumpReading,
  { index, targets }: TargetedColumns,
  first: DumpReading,
  expected: TargetedColumns,
  words: SameRowsWords,
): void {
  const targetOf = new Map<number, number>();
  expected.index.forEach((row, i) => {
    targetOf.set(row, expected.targets[i]);
  });
  index.forEach((row, i) => {
    const target = targetOf.get(row);
    if (target === undefined) return;
    requireSame(words, reading, first, `row ${row} has another target`, targets[i], target);
  });
}
