/** How many rows temperatures are fitted on: what callers may ask for. */

import type { OpenDump } from '../intake/dump-request.js';
import type { DumpInfo } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { RowTask } from '../types/report.js';

/** A number: so many are sampled. `all`: every row. */
export type FitRows = number | 'all';

/** Rows of a sample where the caller does not say, at least: they tell a temperature to about 3 %. */
const FEWEST_ROWS = 2048;
/** And at most: they tell it to about 0.5 %, and a fit of more would take longer than reading them. */
const MOST_ROWS = 65_536;
/** Bytes of scores of that sample: more rows where they are short, fewer where they are long. */
const SMALLEST_SAMPLE = 8 * 1024 * 1024;
const LARGEST_SAMPLE = 64 * 1024 * 1024;

const DEFAULT_MEMORY_BUDGET = 1024 ** 3;
/** A fit holds rows as they came, as logits and in order, and they may have grown just before. */
const COPIES = 4;

type RowShape = Pick<DumpInfo, 'classes' | 'dtype'>;

/** The numbers that a sample keeps of a row: scores, and where targets are more than a class index these, too. */
export function sampleShape(task: RowTask, { classes, dtype }: RowShape): RowShape {
  if (task === 'classification') return { classes, dtype };
  if (task === 'multilabel') return { classes: 2 * classes, dtype };
  return { classes: 2, dtype: 'f64' };
}

/** Bytes of a row in a sample; 16-bit scores are widened. */
function rowBytes({ classes, dtype }: RowShape): number {
  return classes * (dtype === 'f64' ? 8 : 4);
}

/** Bytes of scores that a sample may hold. */
export function sampleBytes(shape: RowShape, fitRows: number | undefined): number {
  if (fitRows !== undefined) return fitRows * rowBytes(shape);
  const usual = Math.min(SMALLEST_SAMPLE, MOST_ROWS * rowBytes(shape));
  return Math.min(LARGEST_SAMPLE, Math.max(usual, FEWEST_ROWS * rowBytes(shape)));
}

/** Rows whose scores take so many bytes. */
export function rowsWithin(shape: RowShape, bytes: number): number {
  return Math.max(1, Math.floor(bytes / rowBytes(shape)));
}

/** Bytes of scores that a sample keeps where dumps are compared and the caller does not say: tests of small changes need many. */
const COMPARED_SAMPLE = 24 * 1024 * 1024;
/** And so many rows at most: a fit of more would take longer than reading them. */
const MOST_COMPARED = 131_072;

/** Rows of the sample of a dump that is compared with others, where the caller does not say. */
export function comparedSample({ task, reader }: Pick<OpenDump, 'task' | 'reader'>): number {
  return Math.min(MOST_COMPARED, rowsWithin(sampleShape(task, reader.info), COMPARED_SAMPLE));
}

/** @throws UsageError `bad-fit-rows` */
export function checkFitRows(fitRows: FitRows | undefined): void {
  if (fitRows === undefined || fitRows === 'all') return;
  if (Number.isSafeInteger(fitRows) && fitRows >= 1) return;
  throw new UsageError(
    'bad-fit-rows',
    `fitRows must be "all" or a whole number from 1; found ${JSON.stringify(fitRows)}.`,
  );
}

/**
 * How large a sample is to be where no dump is read again: `all` is as many
 * rows as there is memory for.
 * @param dumps how many are held at once
 * @throws UsageError `bad-fit-rows`; `fit-rows-memory` for more rows than there is memory for
 */
export function sampledRows(
  fitRows: FitRows | undefined,
  { task, reader: { info } }: Pick<OpenDump, 'task' | 'reader'>,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
  dumps = 1,
): number | undefined {
  checkFitRows(fitRows);
  if (fitRows === undefined) return undefined;
  const most = rowsWithin(sampleShape(task, info), memoryBudget / (COPIES * dumps));
  if (fitRows === 'all') return most;
  if (fitRows <= most) return fitRows;
  throw new UsageError(
    'fit-rows-memory',
    `${fitRows} rows of ${info.name} to fit on are more than the memory budget of ${memoryBudget} bytes has room for: ${most}, with the copies that a fit takes. Raise it (--memory-budget), or fit on fewer.`,
  );
}

/** A sample as it is, and as it moves to another thread. */
const SENT_COPIES = 2;

/**
 * How many threads there is memory for, where each keeps a sample of so many
 * rows of each dump: how many rows a sample has must not depend on the threads.
 */
export function threadsWithin(
  dumps: readonly RowShape[],
  fitRows: number | undefined,
  memoryBudget = DEFAULT_MEMORY_BUDGET,
): number {
  if (fitRows === undefined) return Number.POSITIVE_INFINITY;
  const bytes = dumps.reduce((sum, shape) => sum + fitRows * rowBytes(shape), 0);
  return Math.floor(memoryBudget / (SENT_COPIES * bytes));
}
