/** Two dumps of the same rows, scored side by side; what becomes of their rows is tallied in pairs. */

import { PairedTally, type PairedTallyOptions } from '../tallies/paired-tally.js';
import { requireRecord } from '../tallies/state-check.js';
import type { DumpReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { otherOrder } from './row-names.js';
import type { RowQueue } from './row-queue.js';
import { scoreBatch } from './score-dump.js';
import type { Scorer } from './scorer.js';

export type { PairedTallyOptions };

/** One of the dumps on its way. */
export class Side {
  readonly scorer: Scorer;
  /** Rows that the other side has not come to yet; the scorer must push what it scores. */
  readonly queue: RowQueue;
  reader: DumpReader;
  #nextRow: number;
  #isAtEnd: boolean;

  /** @param started the first rows may be scored already */
  constructor(
    reader: DumpReader,
    scorer: Scorer,
    queue: RowQueue,
    started: { readonly nextRow: number; readonly isAtEnd: boolean } = {
      nextRow: 0,
      isAtEnd: false,
    },
  ) {
    this.reader = reader;
    this.scorer = scorer;
    this.queue = queue;
    this.#nextRow = started.nextRow;
    this.#isAtEnd = started.isAtEnd;
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Row after the last that is scored. */
  get nextRow(): number {
    return this.#nextRow;
  }

  /** From here on reads these rows alone. */
  select(firstRow: number, rows: number): void {
    this.reader.selectRows!(firstRow, rows);
    this.queue.firstRow = firstRow;
    this.#nextRow = firstRow;
    this.#isAtEnd = false;
  }

  async advance(): Promise<void> {
    const rows = await scoreBatch(this.reader, this.scorer, this.#nextRow);
    this.#nextRow += rows;
    this.#isAtEnd = rows === 0;
  }
}

/** What {@link PairedScorer.toThread} gives. */
interface PairedScorerState {
  readonly before: unknown;
  readonly after: unknown;
  readonly paired: unknown;
}

/** Scorers of both dumps and the tally of their pairs: mergeable, to the same bits in any order. */
export class PairedScorer {
  readonly before: Side;
  readonly after: Side;
  readonly tally: PairedTally;

  constructor(before: Side, after: Side, options: PairedTallyOptions) {
    this.before = before;
    this.after = after;
    this.tally = new PairedTally(options);
  }

  /**
   * Scores and pairs what both readers have left.
   * @param onBatch called after each batch of either with the rows paired so far, and waited for
   * @returns how many rows were paired
   * @throws InputError `targets-differ`, `rows-differ`; and what scoring throws
   */
  async readOn(onBatch: (rows: number) => undefined | Promise<void>): Promise<number> {
    const { before, after } = this;
    const { firstRow } = before.queue;
    const rows = () => before.queue.firstRow - firstRow;
    for (;;) {
      this.pairRows();
      // The one that lies behind goes on, so that few rows wait for the other.
      const isAhead = after.isAtEnd || after.queue.length >= before.queue.length;
      const side = before.isAtEnd || !isAhead ? after : before;
      if (side.isAtEnd) break;
      await side.advance();
      const waiting = onBatch(rows());
      if (waiting) await waiting;
    }
    this.#requireSameLength();
    return rows();
  }

  /** {@link readOn} of the rows `firstRow … firstRow + rows − 1` alone. */
  readStripe(
    firstRow: number,
    rows: number,
    onBatch: (rows: number) => undefined | Promise<void>,
  ): Promise<number> {
    this.before.select(firstRow, rows);
    this.after.select(firstRow, rows);
    return this.readOn(onBatch);
  }

  /** Tallies the rows that both sides have, and drops them. */
  pairRows(): void {
    const { tally, before, after } = this;
    const [a, b] = [before.queue, after.queue];
    const count = Math.min(a.length, b.length);
    const [targets, others] = [a.targets, b.targets];
    this.#requireSameNames(count);
    for (let r = 0; r < count; r++) {
      // NaN of a row without a target is alike, too.
      if (Object.is(targets[r], others[r]) || targets[r] === others[r]) continue;
      throw targetsDiffer(before, after, a.firstRow + r, r);
    }
    const weights = tally.options.weighted ? a.weights : null;
    tally.add(a.firstRow, count, a.targets, weights, a, b, a.texts);
    a.shift(count);
    b.shift(count);
  }

  /** Rows that both dumps name in a column of one name are matched by place only where the names agree. */
  #requireSameNames(count: number): void {
    const { before, after } = this;
    const { rowNames } = before.reader.info;
    if (rowNames === undefined || after.reader.info.rowNames !== rowNames) return;
    const [a, b] = [before.queue, after.queue];
    const [ids, others] = [a.texts.id ?? [], b.texts.id ?? []];
    for (let r = 0; r < count; r++) {
      if (ids[r] === others[r]) continue;
      const first = { source: before.reader.info.name, name: ids[r] };
      const other = { source: after.reader.info.name, name: others[r], row: a.firstRow + r };
      throw otherOrder(rowNames, first, other);
    }
  }

  #requireSameLength(): void {
    const { before, after } = this;
    if (before.nextRow === after.nextRow) return;
    throw new InputError('rows-differ', {
      source: after.reader.info.name,
      problem: `it has another number of rows than ${before.reader.info.name}`,
      found: String(after.nextRow),
      expected: String(before.nextRow),
      advice:
        'Rows are matched by their place: dump the same rows both times, or name them in a column (--id).',
    });
  }

  /** The state for another thread. */
  toThread(): PairedScorerState {
    return {
      before: this.before.scorer.toThread(),
      after: this.after.scorer.toThread(),
      paired: this.tally.toJSON(),
    };
  }

  /** Adds the rows of what {@link toThread} gave. */
  mergeState(state: unknown): void {
    const { before, after, paired } = requireRecord(state, 'the state of two scorers');
    this.before.scorer.mergeState(before);
    this.after.scorer.mergeState(after);
    this.tally.merge(PairedTally.fromJSON(paired, this.tally.options));
  }
}

/** @param r place of the row in the queues */
function targetsDiffer(before: Side, after: Side, row: number, r: number): InputError {
  // Of several labels, and of labels alone, the number is none to show.
  const { second, loss } = after.scorer.readings;
  const isShown = second !== 'exact_match' && loss !== null;
  return new InputError('targets-differ', {
    source: after.reader.info.name,
    row,
    problem: `its target is another than in ${before.reader.info.name}`,
    ...(isShown && {
      found: String(after.queue.targets[r]),
      expected: String(before.queue.targets[r]),
    }),
    advice:
      'Both dumps must hold the same rows in the same order, or name them in a column (--id).',
  });
}
