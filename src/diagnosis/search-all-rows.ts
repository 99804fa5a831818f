/**
 * Searches of temperatures over rows that are read again, a few times and in
 * order, in the memory of a batch. The sums are made row by row, so that the
 * result has the bits of a sample that holds every row.
 */

import type { FitRows, Fitted } from '../types/fitted.js';
import type { TargetedRows, TemperKernel } from '../types/temper.js';
import { FoldSums, foldOf } from './fold-moments.js';
import type { FitOfAllRows } from './recalibration.js';
import type { Refinement, Search } from './temperature.js';

/** A search, and the sums of this reading at the values of β that it asked for. */
interface Advance {
  readonly search: Search<Refinement | null>;
  betas: readonly number[];
  sums: FoldSums[];
  found: Refinement | null;
}

/** Searches that advance together: each reading of the rows serves all that are not done. */
export class SearchOfAllRows implements FitOfAllRows {
  readonly #searches: readonly Advance[];
  readonly #kernel: TemperKernel;
  readonly #columnsOf: (rows: FitRows, search: number) => TargetedRows;
  readonly #fittedOf: (found: readonly (Refinement | null)[]) => Fitted | null;

  /**
   * @param columnsOf rows as logits, as a search needs them; valid until the next call
   * @param fittedOf puts together what the searches found
   */
  constructor(
    searches: readonly Search<Refinement | null>[],
    kernel: TemperKernel,
    columnsOf: (rows: FitRows, search: number) => TargetedRows,
    fittedOf: (found: readonly (Refinement | null)[]) => Fitted | null,
  ) {
    this.#kernel = kernel;
    this.#columnsOf = columnsOf;
    this.#fittedOf = fittedOf;
    this.#searches = searches.map((search) => {
      const advance: Advance = { search, betas: [], sums: [], found: null };
      takeStep(advance, search.next());
      return advance;
    });
  }

  add(rows: FitRows): void {
    const { count, index, weights } = rows;
    const folds = Uint8Array.from(index.subarray(0, count), foldOf);
    this.#searches.forEach(({ betas, sums }, at) => {
      if (betas.length === 0) return;
      const columns = this.#columnsOf(rows, at);
      betas.forEach((beta, i) => {
        this.#kernel.run(columns, 0, count, beta, (tempered, n, firstRow) =>
          sums[i].add(tempered, n, folds, weights, firstRow),
        );
      });
    });
  }

  next(): boolean {
    for (const advance of this.#searches) {
      if (advance.betas.length === 0) continue;
      takeStep(advance, advance.search.next(advance.sums.map((sum) => sum.moments())));
    }
    return this.#searches.some(({ betas }) => betas.length > 0);
  }

  found(): Fitted | null {
    return this.#fittedOf(this.#searches.map(({ found }) => found));
  }
}

function takeStep(
  advance: Advance,
  step: IteratorResult<readonly number[], Refinement | null>,
): void {
  if (step.done === true) advance.found = step.value;
  advance.betas = step.done === true ? [] : step.value;
  advance.sums = advance.betas.map(() => new FoldSums());
}
