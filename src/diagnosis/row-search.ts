/**
 * Searches that do not touch rows: they hand out readers, and go on when these
 * have seen all rows, in memory or from a dump that is read again.
 */

import type { FoldedRows, TemperKernel } from '../types/temper.js';
import { FoldSums } from './fold-moments.js';
import type { Search } from './temperature.js';

/** Takes in rows in order, however they are cut. */
export interface RowReader {
  add(rows: FoldedRows): void;
}

export type RowSearch<Found> = Generator<RowReader, Found, void>;

/** Runs a search over rows in memory. */
export function searchRows<Found>(search: RowSearch<Found>, rows: FoldedRows): Found {
  let step = search.next();
  while (step.done !== true) {
    step.value.add(rows);
    step = search.next();
  }
  return step.value;
}

/** Readers that see the rows together. */
export function readTogether(readers: readonly RowReader[]): RowReader {
  return {
    add: (rows) => {
      for (const reader of readers) reader.add(rows);
    },
  };
}

/**
 * A search of temperatures alone, as one of rows.
 * @param beside sees the rows of the first reading, too
 */
export function* temperatureSearch<Found>(
  search: Search<Found>,
  kernel: TemperKernel,
  beside: RowReader,
): RowSearch<Found> {
  let step = search.next();
  let also: RowReader | null = beside;
  while (step.done !== true) {
    const betas = step.value;
    const sums = betas.map(() => new FoldSums());
    const moments: RowReader = {
      add: ({ rows, folds, weights }) => {
        betas.forEach((beta, i) => {
          kernel.run(rows, 0, rows.count, beta, (columns, count, firstRow) =>
            sums[i].add(columns, count, folds, weights, firstRow),
          );
        });
      },
    };
    yield also === null ? moments : readTogether([also, moments]);
    also = null;
    step = search.next(sums.map((sum) => sum.moments()));
  }
  return step.value;
}
