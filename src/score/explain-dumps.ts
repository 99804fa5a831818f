/** Reads two dumps of the same rows side by side and says what changed. */

import { explain } from '../diagnosis/explain.js';
import { FEW_ROWS } from '../diagnosis/paired-tests.js';
import type { JoinHow, OpenDump } from '../intake/dump-request.js';
import { sharedNotices } from '../report/audit.js';
import type { PairedTally } from '../tallies/paired-tally.js';
import type { DumpInfo, DumpReader } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { ExplainReport } from '../types/explain.js';
import type { Notice } from '../types/report.js';
import { VERSION } from '../version.js';
import type { CoreLoader } from './create-scorer.js';
import { type FitRows, rowsWithin, sampledRows } from './fit-rows.js';
import { PairedScorer, Side } from './paired-scorer.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import { RowQueue } from './row-queue.js';
import {
  type DumpOptions,
  type SampledDumpOptions,
  type StartedDump,
  startDump,
} from './score-dump.js';
import { refuseSoftTargets } from './soft-targets.js';

/** Rows that are listed of those whose loss rose most, and fell most. */
const LISTED = 10;

/** Bytes of scores that each side keeps as a sample of rows where the caller does not say: tests of small changes need many. */
const SAMPLE_BUDGET = 24 * 1024 * 1024;
/** And so many rows at most: a fit of more would take longer than reading them. */
const MOST_SAMPLED = 131_072;

/** Options of an explanation beside those of the dumps. */
export interface ExplainOptions
  extends Omit<
    DumpOptions,
    'metrics' | 'diagnose' | 'worst' | 'only' | 'like' | 'fitRows' | 'by' | 'cluster'
  > {
  /**
   * Rows of each dump that temperature, refinement and calibration are fitted on and tested with:
   * so many are sampled at most, and about half as many at least. `all`: as many as there is memory for
   * (`memoryBudget`). Default: 24 MiB of scores.
   */
  readonly fitRows?: FitRows | undefined;
  /** Level that all tests of the verdict keep together; default 0.05. */
  readonly level?: number | undefined;
  /** What becomes of rows that only one dump has: `inner` leaves them out, otherwise they are refused. */
  readonly join?: JoinHow | undefined;
  /** How many rows are listed of those whose loss rose most, and fell most; default 10. */
  readonly worst?: number | undefined;
}

/** Two dumps whose first rows are scored and paired. */
export interface StartedPair {
  readonly pair: PairedScorer;
  /** What the dumps were started as, before and after. */
  readonly sides: readonly [StartedDump, StartedDump];
}

/**
 * Scores and pairs the rest on other threads, and merges it.
 * @returns false where it leaves that to the caller
 */
export type ExplainElsewhere = (started: StartedPair) => Promise<boolean>;

/**
 * Explains what changed from one dump to the other, and closes both. Rows are
 * matched by their place.
 * @param labelsName name of the file of targets, for the report
 * @throws InputError `rows-differ`, `targets-differ`, `nothing-paired`; UsageError `bad-level`,
 *   `classes-differ`, `needs-scores`, `soft-targets`; and what scoring throws
 */
export async function explainDumps(
  before: OpenDump,
  after: OpenDump,
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName?: string,
  explainElsewhere?: ExplainElsewhere,
): Promise<ExplainReport> {
  try {
    const readers = requireComparable(before, after);
    const found = await explainReaders(readers, options, loadCore, labelsName, explainElsewhere);
    return { ...found, notices: [...told([before, after]), ...found.notices] };
  } finally {
    await before.reader.close();
    await after.reader.close();
  }
}

async function explainReaders(
  readers: readonly [DumpReader, DumpReader],
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  explainElsewhere: ExplainElsewhere | undefined,
): Promise<ExplainReport> {
  const { level = 0.05, worst: listed = LISTED, onProgress, fitRows, ...dumpOptions } = options;
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  const [before, after] = readers;
  const start = async (reader: DumpReader) => {
    const sampled = sampledRows(fitRows, reader.info, options.memoryBudget, readers.length);
    const sideOptions: SampledDumpOptions = {
      ...dumpOptions,
      diagnose: true,
      ranking: false,
      worst: 0,
      fitRows: sampled ?? Math.min(MOST_SAMPLED, rowsWithin(reader.info, SAMPLE_BUDGET)),
    };
    const queue = new RowQueue();
    const observe = queue.push.bind(queue);
    const started = await startDump(reader, sideOptions, loadCore, labelsName, observe);
    return { started, side: new Side(reader, started.scorer, queue, started) };
  };
  const [was, is] = [await start(before), await start(after)];
  const { classes, hasWeights } = before.info;
  const pair = new PairedScorer(was.side, is.side, { classes, weighted: hasWeights, listed });
  pair.pairRows();
  const isRead = was.started.isAtEnd || is.started.isAtEnd;
  const started = { pair, sides: [was.started, is.started] } as const;
  if (isRead || !(await explainElsewhere?.(started))) {
    await pair.readOn(() => {
      const [a, b] = [before.progress(), after.progress()];
      const total = a.total === null || b.total === null ? null : a.total + b.total;
      onProgress?.({ rows: was.side.queue.firstRow, done: a.done + b.done, total });
    });
  }
  return report(pair, level, labelsName);
}

/** What was found out while the dumps were read, the same for both once. */
function told(dumps: readonly OpenDump[]): Notice[] {
  return sharedNotices(dumps.map((dump) => ({ name: nameOf(dump), notices: dump.notices() })));
}

function nameOf({ reader }: OpenDump): string {
  return 'info' in reader ? reader.info.name : reader.name;
}

/**
 * The readers of two dumps that can be compared.
 * @throws UsageError `needs-scores`, `soft-targets`, `classes-differ`, `weights-differ`
 */
export function requireComparable(before: OpenDump, after: OpenDump): [DumpReader, DumpReader] {
  if (before.content !== 'scores' || after.content !== 'scores') {
    throw new UsageError(
      'needs-scores',
      'Explaining a change of the loss needs scores of classes; one of the dumps holds predicted labels or values alone.',
    );
  }
  for (const { reader } of [before, after]) refuseSoftTargets(reader.info, 'explain');
  requireSameClasses(before.reader, after.reader);
  return [before.reader, after.reader];
}

function requireSameClasses({ info: a }: DumpReader, { info: b }: DumpReader): void {
  if (a.classes !== b.classes) {
    throw new UsageError(
      'classes-differ',
      `${a.name} has ${a.classes} classes and ${b.name} has ${b.classes}: they are not two readings of the same rows.`,
    );
  }
  const other =
    a.classNames?.findIndex((name, c) => b.classNames && name !== b.classNames[c]) ?? -1;
  if (other >= 0) {
    const nameIn = ({ classNames }: DumpInfo) => quote(classNames![other]);
    throw new UsageError(
      'classes-differ',
      `Class ${other} is ${nameIn(a)} in ${a.name} and ${nameIn(b)} in ${b.name}: write the columns of both in one order, or give it with --scores.`,
    );
  }
  if (a.hasWeights !== b.hasWeights) {
    throw new UsageError(
      'weights-differ',
      `${(a.hasWeights ? a : b).name} has sample weights and ${(a.hasWeights ? b : a).name} has none. Give them for both with --weights FILE.`,
    );
  }
}

function report(
  { before: was, after: is, tally: paired }: PairedScorer,
  level: number,
  labels: string | undefined,
): ExplainReport {
  const [before, after] = [was, is].map(({ scorer }) => scorer.report({ parts: false }));
  const [partBefore, partAfter] = [was, is].map(({ scorer }) =>
    scorer.part<DiagnosisPart>('diagnosis'),
  );
  const found = explain({
    paired,
    before: partBefore.sample(),
    after: partAfter.sample(),
    kernel: partBefore.kernel,
    math: partBefore.math,
    level,
  });
  if (found === null) {
    throw new InputError('nothing-paired', {
      source: after.source.name,
      problem: 'no row was scored with a finite loss both times',
      expected: 'one row or more',
    });
  }
  const { readings, fitted, byClass, ...changes } = found;
  const { rows } = paired;
  const { paired: count, onlyBefore, onlyAfter, neither, infinite } = rows;
  return {
    schema: 'logitscope.explain/1',
    version: VERSION,
    kernel: before.kernel as ExplainReport['kernel'],
    ...(labels !== undefined && { labels }),
    classes: before.classes,
    ...(before.classNames && { classNames: before.classNames }),
    before: { source: before.source, ...readings[0] },
    after: { source: after.source, ...readings[1] },
    rows: {
      total: count + onlyBefore + onlyAfter + neither,
      paired: count,
      onlyBefore,
      onlyAfter,
      neither,
      infinite,
      fitted,
    },
    ...changes,
    ...(byClass && { byClass }),
    rose: paired.rose.rows(),
    fell: paired.fell.rows(),
    notices: [
      ...sharedNotices(
        [before, after].map(({ source, notices }) => ({ name: source.name, notices })),
      ),
      ...explainNotices(rows, fitted),
    ],
  };
}

function* explainNotices(rows: PairedTally['rows'], fitted: number) {
  const oneSided = rows.onlyBefore + rows.onlyAfter;
  if (oneSided > 0) {
    yield {
      code: 'rows-not-paired',
      message: `${oneSided} rows were scored in one of the dumps only and are in no comparison.`,
      evidence: { onlyBefore: rows.onlyBefore, onlyAfter: rows.onlyAfter },
    };
  }
  if (rows.infinite > 0) {
    yield {
      code: 'infinite-rows-not-compared',
      message: `${rows.infinite} rows have infinite loss in one of the dumps: they count for accuracy and are left out of differences of the loss.`,
      evidence: { rows: rows.infinite },
    };
  }
  if (rows.paired < FEW_ROWS) {
    yield {
      code: 'few-rows',
      message: `${rows.paired} rows are few: intervals and p-values go by Student's t, as if differences were normal, and losses seldom are. Take them for hints.`,
      evidence: { rows: rows.paired },
    };
  }
  if (fitted < rows.paired - rows.infinite) {
    yield {
      code: 'sampled-rows',
      message: `Temperature, refinement and calibration come from ${fitted} of ${rows.paired} rows, sampled by a hash of their index.`,
      evidence: { rows: fitted, of: rows.paired },
    };
  }
}
