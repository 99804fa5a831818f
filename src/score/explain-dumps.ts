/** Reads two dumps of the same rows side by side and says what changed. */

import { explain } from '../diagnosis/explain.js';
import type { OpenDump } from '../sources/open-dump.js';
import { PairedTally } from '../tallies/paired-tally.js';
import type { DumpReader } from '../types/dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { ExplainReport } from '../types/explain.js';
import { VERSION } from '../version.js';
import type { CoreLoader } from './create-scorer.js';
import { type FitRows, rowsWithin, sampledRows } from './fit-rows.js';
import type { DiagnosisPart } from './parts/diagnosis-part.js';
import { RowQueue } from './row-queue.js';
import { type DumpOptions, type SampledDumpOptions, scoreBatch, startDump } from './score-dump.js';
import type { Scorer } from './scorer.js';

/** Rows that are listed of those whose loss rose most, and fell most. */
const LISTED = 10;

/** Bytes of scores that each side keeps as a sample of rows where the caller does not say: tests of small changes need many. */
const SAMPLE_BUDGET = 24 * 1024 * 1024;

/** Means of fewer rows are not close to normal. */
const FEW_ROWS = 30;

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
  /** How many rows are listed of those whose loss rose most, and fell most; default 10. */
  readonly worst?: number | undefined;
}

/** One of the dumps on its way. */
class Side {
  readonly queue = new RowQueue();
  readonly reader: DumpReader;
  #scorer: Scorer | null = null;
  #nextRow = 0;
  isAtEnd = false;

  constructor(reader: DumpReader) {
    this.reader = reader;
  }

  get scorer(): Scorer {
    return this.#scorer!;
  }

  async start(options: SampledDumpOptions, loadCore: CoreLoader, labels: string | undefined) {
    const observe = this.queue.push.bind(this.queue);
    const started = await startDump(this.reader, options, loadCore, labels, observe);
    this.#scorer = started.scorer;
    this.#nextRow = started.nextRow;
    this.isAtEnd = started.isAtEnd;
  }

  async advance(): Promise<void> {
    const rows = await scoreBatch(this.reader, this.scorer, this.#nextRow);
    this.#nextRow += rows;
    this.isAtEnd = rows === 0;
  }
}

/**
 * Explains what changed from one dump to the other, and closes both. Rows are
 * matched by their place.
 * @param labelsName name of the file of targets, for the report
 * @throws InputError `rows-differ`, `targets-differ`, `nothing-paired`; UsageError `bad-level`,
 *   `classes-differ`, `needs-scores`; and what scoring throws
 */
export async function explainDumps(
  before: OpenDump,
  after: OpenDump,
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName?: string,
): Promise<ExplainReport> {
  try {
    if (before.content !== 'scores' || after.content !== 'scores') {
      throw new UsageError(
        'needs-scores',
        'Explaining a change of the loss needs scores of classes; one of the dumps holds predicted labels or values alone.',
      );
    }
    return await explainReaders(before.reader, after.reader, options, loadCore, labelsName);
  } finally {
    await before.reader.close();
    await after.reader.close();
  }
}

async function explainReaders(
  before: DumpReader,
  after: DumpReader,
  options: ExplainOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
): Promise<ExplainReport> {
  const { level = 0.05, worst: listed = LISTED, onProgress, fitRows, ...dumpOptions } = options;
  if (!(level > 0 && level < 1)) {
    throw new UsageError('bad-level', `The level must lie between 0 and 1; found ${level}.`);
  }
  requireSameClasses(before, after);
  const sides = [new Side(before), new Side(after)] as const;
  for (const side of sides) {
    const { info } = side.reader;
    const sampled = sampledRows(fitRows, info, options.memoryBudget, sides.length);
    const sideOptions: SampledDumpOptions = {
      ...dumpOptions,
      diagnose: true,
      ranking: false,
      worst: 0,
      fitRows: sampled ?? rowsWithin(info, SAMPLE_BUDGET),
    };
    await side.start(sideOptions, loadCore, labelsName);
  }
  const { classes, hasWeights } = before.info;
  const paired = new PairedTally({ classes, weighted: hasWeights, listed });
  const [was, is] = sides;
  for (;;) {
    pairRows(paired, was, is);
    // The one that lies behind goes on, so that few rows wait for the other.
    const side = was.isAtEnd || (!is.isAtEnd && is.queue.length < was.queue.length) ? is : was;
    if (side.isAtEnd) break;
    await side.advance();
    const [a, b] = [before.progress(), after.progress()];
    const total = a.total === null || b.total === null ? null : a.total + b.total;
    onProgress?.({ rows: was.queue.firstRow, done: a.done + b.done, total });
  }
  requireSameLength(was, is);
  return report(paired, was.scorer, is.scorer, level, labelsName);
}

function requireSameClasses({ info: a }: DumpReader, { info: b }: DumpReader): void {
  if (a.classes !== b.classes) {
    throw new UsageError(
      'classes-differ',
      `${a.name} has ${a.classes} classes and ${b.name} has ${b.classes}: they are not two readings of the same rows.`,
    );
  }
  if (a.hasWeights !== b.hasWeights) {
    throw new UsageError(
      'weights-differ',
      `${(a.hasWeights ? a : b).name} has sample weights and ${(a.hasWeights ? b : a).name} has none. Give them for both with --weights FILE.`,
    );
  }
}

/** Tallies the rows that both sides have, and drops them. */
function pairRows(paired: PairedTally, was: Side, is: Side): void {
  const [a, b] = [was.queue, is.queue];
  const count = Math.min(a.length, b.length);
  for (let r = 0; r < count; r++) {
    if (a.targets[r] === b.targets[r]) continue;
    throw new InputError('targets-differ', {
      source: is.reader.info.name,
      row: a.firstRow + r,
      problem: `its target is another than in ${was.reader.info.name}`,
      found: String(b.targets[r]),
      expected: String(a.targets[r]),
      advice: 'Both dumps must hold the same rows in the same order.',
    });
  }
  const weights = paired.options.weighted ? a.weights : null;
  paired.add(a.firstRow, count, a.targets, weights, a, b);
  a.shift(count);
  b.shift(count);
}

function requireSameLength(was: Side, is: Side): void {
  const rows = ({ queue }: Side) => queue.firstRow + queue.length;
  if (rows(was) === rows(is)) return;
  throw new InputError('rows-differ', {
    source: is.reader.info.name,
    problem: `it has another number of rows than ${was.reader.info.name}`,
    found: String(rows(is)),
    expected: String(rows(was)),
    advice: 'Rows are matched by their place: dump the same rows both times.',
  });
}

function report(
  paired: PairedTally,
  was: Scorer,
  is: Scorer,
  level: number,
  labels: string | undefined,
): ExplainReport {
  const [before, after] = [was, is].map((scorer) => scorer.report({ parts: false }));
  const [partBefore, partAfter] = [was, is].map((scorer) =>
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
    notices: [...explainNotices(rows, fitted)],
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
      code: 'infinite-loss',
      message: `${rows.infinite} rows have infinite loss in one of the dumps: they count for accuracy and are left out of differences of the loss.`,
      evidence: { rows: rows.infinite },
    };
  }
  if (rows.paired < FEW_ROWS) {
    yield {
      code: 'few-rows',
      message: `Intervals and p-values go by the normal distribution, and ${rows.paired} rows are too few for it: take them for hints.`,
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
