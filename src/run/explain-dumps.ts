/** Reads two dumps of the same rows side by side and says what changed, whatever their task. */

import { explain } from '../diagnosis/explain.js';
import { FEW_ROWS } from '../diagnosis/paired-tests.js';
import type { JoinHow, OpenDump } from '../intake/dump-request.js';
import { sharedNotices } from '../report/audit.js';
import type { Like } from '../report/like.js';
import type { PairedTally } from '../tallies/paired-tally.js';
import { TASK_WORDS } from '../tasks/option-scope.js';
import { refuseSoftTargets } from '../tasks/soft-targets.js';
import type { DumpInfo, DumpReader } from '../types/dump.js';
import { InputError, quote, UsageError } from '../types/errors.js';
import type { ExplainReport, Reading } from '../types/explain.js';
import type { ScoreReport } from '../types/report.js';
import { VERSION } from '../version.js';
import { type Choices, choicesOf } from './choices.js';
import type { CoreLoader } from './create-scorer.js';
import type { DumpOptions, StartedDump } from './dump-options.js';
import { comparedSample, type FitRows, sampledRows } from './fit-rows.js';
import { PairedScorer, Side } from './paired-scorer.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import { RowQueue } from './row-queue.js';
import { startDump, told } from './score-dump.js';

/** Rows that are listed of those whose loss rose most, and fell most. */
const LISTED = 10;

/** Options of an explanation beside those of the dumps. */
export interface ExplainOptions
  extends Omit<
    DumpOptions,
    'metrics' | 'diagnose' | 'worst' | 'only' | 'like' | 'fitRows' | 'compared'
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
  /** Names of metrics that the report holds for both dumps; default none. */
  readonly only?: readonly string[] | undefined;
  /** Library whose conventions these metrics follow where they differ. */
  readonly like?: Like | undefined;
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
 * @throws InputError `rows-differ`, `targets-differ`, `nothing-paired`; UsageError `bad-level`, `tasks-differ`,
 *   `classes-differ`, `weights-differ`, `soft-targets`; and what scoring throws
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
    requireComparable(before, after);
    return await explainOpen([before, after], options, loadCore, labelsName, explainElsewhere);
  } finally {
    await before.reader.close();
    await after.reader.close();
  }
}

async function explainOpen(
  dumps: readonly [OpenDump, OpenDump],
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
  explainElsewhere: ExplainElsewhere | undefined,
): Promise<ExplainReport> {
  const { level = 0.05, worst: listed = LISTED, onProgress, fitRows } = options;
  const { join: _, level: __, by, ...dumpOptions } = options;
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  const start = async (dump: OpenDump) => {
    const { reader } = dump;
    const sampled = sampledRows(fitRows, dump, options.memoryBudget, dumps.length);
    const choices = choicesOf(dump, dumpOptions);
    const { ranking = false, worst, ...chosen } = choices.options;
    const queue = new RowQueue();
    const started = await startDump(
      dump,
      {
        ...chosen,
        diagnose: true,
        compared: true,
        ranking,
        // Without scores there are no rows of high loss: who asks for them is told.
        worst: dump.task === 'labels' ? worst : 0,
        fitRows: sampled ?? comparedSample(dump),
      },
      loadCore,
      labelsName,
      queue.push.bind(queue),
    );
    return { dump, choices, started, side: new Side(reader, started.scorer, queue, started) };
  };
  const [before, after] = dumps;
  const [was, is] = [await start(before), await start(after)];
  const { info } = before.reader;
  const pair = new PairedScorer(was.side, is.side, {
    readings: was.started.scorer.readings,
    classes: targetClasses(before),
    weighted: info.hasWeights,
    listed,
    by,
    cluster: options.cluster ?? info.cluster,
  });
  pair.pairRows();
  const isRead = was.started.isAtEnd || is.started.isAtEnd;
  const started = { pair, sides: [was.started, is.started] } as const;
  if (isRead || !(await explainElsewhere?.(started))) {
    await pair.readOn(() => {
      const [a, b] = [before.reader.progress(), after.reader.progress()];
      const total = a.total === null || b.total === null ? null : a.total + b.total;
      onProgress?.({ rows: was.side.queue.firstRow, done: a.done + b.done, total });
    });
  }
  return report(pair, [was, is], level, labelsName);
}

/** Classes that targets are an index of; 0 where they are none. */
function targetClasses({ task, reader }: OpenDump): number {
  if (task === 'classification') return reader.info.classes;
  return task === 'binary' ? 2 : 0;
}

/**
 * Refuses dumps that are not two readings of the same rows.
 * @throws UsageError `tasks-differ`, `soft-targets`, `classes-differ`, `weights-differ`
 */
export function requireComparable(before: OpenDump, after: OpenDump): void {
  const [a, b] = [before.reader.info, after.reader.info];
  if (before.task !== after.task) {
    throw new UsageError(
      'tasks-differ',
      `${a.name} holds ${TASK_WORDS[before.task]} and ${b.name} ${TASK_WORDS[after.task]}: they are not two readings of the same rows. If they are, say what both are with --task.`,
    );
  }
  for (const info of [a, b]) refuseSoftTargets(info, 'explain');
  requireSameClasses(before.reader, after.reader);
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

/** A dump that was scored, with what was chosen of its metrics. */
interface ScoredSide {
  readonly dump: OpenDump;
  readonly choices: Choices;
  readonly started: StartedDump;
}

/** Numbers of one dump by name, where any were asked for. */
function chosenMetrics(
  all: ScoreReport,
  { choices, dump, started }: ScoredSide,
): Pick<Reading, 'metrics'> {
  const { only, like } = choices.asked;
  if (only === undefined && like === undefined) return {};
  const { weight } = started.scorer;
  return { metrics: choices.finish(told(dump, all, choices.options), weight).metrics };
}

function report(
  { tally: paired }: PairedScorer,
  sides: readonly [ScoredSide, ScoredSide],
  level: number,
  labels: string | undefined,
): ExplainReport {
  const reports = sides.map(({ started: { scorer } }) => scorer.report({ parts: ['ranking'] }));
  const [before, after] = reports as [ScoreReport, ScoreReport];
  const [was, is] = sides.map(({ started }) => started.scorer.part<DiagnosisPart>('diagnosis'));
  const { task } = sides[0].dump;
  const hasLoss = paired.options.readings.loss !== null;
  const found = explain({
    paired,
    before: hasLoss ? was!.sample() : null,
    after: hasLoss ? is!.sample() : null,
    recalibration: hasLoss ? was!.recalibration : null,
    math: sides[0].started.scorer.math,
    level,
  });
  if (found === null) {
    throw new InputError('nothing-paired', {
      source: after.source.name,
      problem: hasLoss
        ? 'no row was scored with a finite loss both times'
        : 'no row was scored both times',
      expected: 'one row or more',
    });
  }
  const { readings, fitted, byClass, slices, clusters, notices, ...changes } = found;
  const { rows } = paired;
  const { paired: count, onlyBefore, onlyAfter, neither, infinite } = rows;
  const classes = before.labels ?? before.classes;
  const audited = sides.map(({ dump, started }, i) => ({
    name: started.reader.info.name,
    notices: [...dump.notices(), ...reports[i]!.notices],
  }));
  return {
    schema: 'logitscope.explain/1',
    version: VERSION,
    task,
    kernel: before.kernel,
    ...(labels !== undefined && { labels }),
    ...(classes !== undefined && { classes }),
    ...(before.classNames && { classNames: before.classNames }),
    before: { source: before.source, ...readings[0], ...chosenMetrics(before, sides[0]) },
    after: { source: after.source, ...readings[1], ...chosenMetrics(after, sides[1]) },
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
    ...(slices && { slices }),
    ...(clusters && { clusters }),
    rose: paired.rose.rows(),
    fell: paired.fell.rows(),
    notices: [
      ...sharedNotices(audited),
      ...explainNotices(rows, hasLoss ? fitted : count),
      ...notices,
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
