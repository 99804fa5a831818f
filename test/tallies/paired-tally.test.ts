/** Pairs of rows of every task, with slices and clusters: the whole equals its parts, whatever the split. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowQueue } from '../../src/run/row-queue.js';
import { PairedTally, type ReadRows } from '../../src/tallies/paired-tally.js';
import type { Readings } from '../../src/types/rows.js';
import { RowStatus } from '../../src/types/scores.js';
import { deal, splits } from '../support/splits.js';

const MOST = 30;

interface Read {
  readonly scored: number;
  readonly prediction: number;
  readonly second: number;
  readonly loss: number;
}

interface Row {
  readonly row: number;
  readonly target: number;
  readonly weight: number;
  readonly before: Read;
  readonly after: Read;
  readonly by: string;
  readonly cluster: string;
}

const TASKS: readonly [name: string, readings: Readings][] = [
  ['classes', { loss: 'log_loss', second: 'accuracy' }],
  ['several labels', { loss: 'log_loss', second: 'exact_match' }],
  ['values', { loss: 'mse', second: 'mae' }],
  ['labels alone', { loss: null, second: 'accuracy' }],
];

const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const loss = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: 0, max: 30, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);

function rowsOf(readings: Readings) {
  const second =
    readings.second === 'mae' ? fc.double({ min: 0, max: 1e3, noNaN: true }) : fc.nat(1);
  const read = fc.record({
    scored: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.constant(0)),
    prediction: number,
    second,
    loss: readings.loss === null ? fc.constant(0) : loss,
  });
  return fc
    .array(
      fc.record({
        target: readings.second === 'mae' ? number : fc.nat(2),
        weight: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 9, noNaN: true })),
        before: read,
        after: read,
        by: fc.constantFrom('', 'a', '__proto__'),
        cluster: fc.constantFrom('', '1', '2', '3'),
      }),
      { minLength: 1, maxLength: MOST },
    )
    .map((rows): Row[] => rows.map((row, i) => ({ row: i, ...row })));
}

function readRows(rows: readonly Row[], which: 'before' | 'after'): ReadRows {
  const column = (name: keyof Read) => Float64Array.from(rows, (row) => row[which][name]);
  return {
    scored: Uint8Array.from(column('scored')),
    prediction: column('prediction'),
    second: column('second'),
    loss: column('loss'),
  };
}

function add(tally: PairedTally, rows: readonly Row[]): PairedTally {
  tally.add(
    rows[0]?.row ?? 0,
    rows.length,
    Float64Array.from(rows, ({ target }) => target),
    tally.options.weighted ? Float64Array.from(rows, ({ weight }) => weight) : null,
    readRows(rows, 'before'),
    readRows(rows, 'after'),
    {
      id: rows.map(({ row }) => (row % 2 === 0 ? `r${row}` : '')),
      by: rows.map(({ by }) => by),
      cluster: rows.map(({ cluster }) => cluster),
    },
  );
  return tally;
}

describe.each(TASKS)('a tally of pairs of %s', (_, readings) => {
  const empty = (weighted: boolean) =>
    new PairedTally({
      readings,
      classes: readings.loss !== null && readings.second === 'accuracy' ? 3 : 0,
      weighted,
      listed: 3,
      by: 'place',
      cluster: 'patient',
    });
  const saved = (tally: PairedTally) =>
    PairedTally.fromJSON(JSON.parse(JSON.stringify(tally)), tally.options);

  it('has the same state in any order, split and merge, also of saved states', () => {
    fc.assert(
      fc.property(
        rowsOf(readings),
        fc.boolean(),
        splits(MOST),
        fc.boolean(),
        (rows, weighted, split, isSaved) => {
          const merged = empty(weighted);
          for (const part of deal(rows, split)) {
            const tally = empty(weighted);
            for (const row of part) add(tally, [row]);
            merged.merge(isSaved ? saved(tally) : tally);
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(add(empty(weighted), rows)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('adds up slices and clusters, as far as there are losses', () => {
    fc.assert(
      fc.property(rowsOf(readings), fc.boolean(), (rows, weighted) => {
        const tally = add(empty(weighted), rows);
        const slices = tally.slices!.slices();
        const paired = rows.filter(({ before: a, after: b }) => a.scored && b.scored);
        const finite = paired.filter(({ before: a, after: b }) => Number.isFinite(b.loss - a.loss));
        const sum = (of: readonly Row[], what: (row: Row) => number) =>
          of.reduce((total, row) => total + (weighted ? row.weight : 1) * what(row), 0);
        expect(new Set(slices.map(({ value }) => value))).toEqual(
          new Set(paired.map(({ by }) => by)),
        );
        for (const slice of slices) {
          const own = paired.filter(({ by }) => by === slice.value);
          const ownFinite = finite.filter(({ by }) => by === slice.value);
          expect(slice.rows).toBe(own.length);
          expect(slice.weight).toBeCloseTo(
            sum(own, () => 1),
            9,
          );
          expect(slice.second.sum).toBeCloseTo(
            sum(own, ({ before: a, after: b }) => b.second - a.second),
            8,
          );
          if (readings.loss === null) expect(slice.loss).toBeNull();
          else {
            expect(slice.loss!.totals.weight).toBeCloseTo(
              sum(ownFinite, () => 1),
              9,
            );
            expect(slice.loss!.sum).toBeCloseTo(
              sum(ownFinite, ({ before: a, after: b }) => b.loss - a.loss),
              8,
            );
          }
        }
        const heavy = paired.filter(({ weight }) => !weighted || weight > 0);
        const { count, missing } = tally.clusters!.summary(
          readings.loss && { mean: 0, weight: 1 },
          { mean: 0, weight: 1 },
        );
        expect(count).toBe(new Set(heavy.map(({ cluster }) => cluster)).size);
        const hasMissing = heavy.some(({ cluster }) => cluster === '');
        expect(missing).toBe(
          hasMissing ? paired.filter(({ cluster }) => cluster === '').length : 0,
        );
      }),
    );
  });

  it('lists rows whose loss moved, where there is one, with what the task knows of them', () => {
    fc.assert(
      fc.property(rowsOf(readings), (rows) => {
        const tally = add(empty(false), rows);
        const listed = [...tally.rose.rows(), ...tally.fell.rows()];
        if (readings.loss === null) expect(listed).toEqual([]);
        for (const { row, id, target, lossBefore, lossAfter } of listed) {
          expect(id).toBe(row % 2 === 0 ? `r${row}` : undefined);
          expect([lossBefore, lossAfter]).toEqual([rows[row]!.before.loss, rows[row]!.after.loss]);
          expect(target).toBe(readings.second === 'exact_match' ? undefined : rows[row]!.target);
        }
      }),
    );
  });

  it('refuses states that it did not write', () => {
    const rows = fc.sample(rowsOf(readings), { numRuns: 1, seed: 5 })[0]!;
    const tally = add(empty(false), rows);
    const state = JSON.parse(JSON.stringify(tally));
    expect(JSON.stringify(saved(tally))).toBe(JSON.stringify(tally));
    const isShare = readings.second !== 'mae';
    for (const damage of [
      { slices: null },
      { clusters: null },
      { slices: { ...state.slices, rows: [] } },
      { starts: null },
      { cells: isShare ? null : state.starts },
      { loss: readings.loss === null ? state.second : null },
      { second: undefined },
      { rows: { ...state.rows, paired: -1 } },
      ...(isShare ? [{ cellRows: [99, 0, 0, 0] }] : []),
    ]) {
      expect(() => PairedTally.fromJSON({ ...state, ...damage }, tally.options)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
  });
});

describe('too many values of a column', () => {
  const readings = { loss: null, second: 'accuracy' } as const;
  const rows = (count: number, text: (row: number) => string): Row[] =>
    Array.from({ length: count }, (_, row) => {
      const read = { scored: 1, prediction: 0, second: 1, loss: 0 };
      const [by, cluster] = [text(row), text(row)];
      return { row, target: 0, weight: 1, before: read, after: read, by, cluster };
    });

  it('are refused where they are slices, with the row', () => {
    const tally = new PairedTally({
      readings,
      classes: 0,
      weighted: false,
      listed: 0,
      by: 'place',
    });
    add(tally, rows(10_000, String));
    expect(() => add(tally, rows(10_001, String).slice(10_000))).toThrowError(
      expect.objectContaining({
        code: 'too-many-slices',
        message: expect.stringMatching(/column "?place.*row 10000|row 10000.*place/s),
      }),
    );
  });
});

describe('a queue of rows', () => {
  it('gives back what was pushed, however it was cut', () => {
    const count = 5000;
    const column = (of: (row: number) => number) =>
      Float64Array.from({ length: count }, (_, i) => of(i));
    const all = {
      prediction: column((i) => i % 3),
      targets: Int32Array.from({ length: count }, (_, i) => i % 2),
      nll: column((i) => (i % 7 === 0 ? -1e-17 : i / 10)),
      status: Uint8Array.from({ length: count }, (_, i) =>
        i % 11 === 0 ? RowStatus.ignored : RowStatus.scored,
      ),
    };
    const queue = new RowQueue();
    let [pushed, taken] = [0, 0];
    const push = (rows: number, own: boolean) => {
      const [from, to] = [pushed, pushed + rows];
      queue.push({
        firstRow: from,
        scores: {
          count: rows,
          status: all.status.slice(from, to),
          prediction: all.prediction.slice(from, to),
          nll: all.nll.slice(from, to),
          loss: all.nll.slice(from, to),
          ...(own && { second: all.prediction.slice(from, to) }),
        },
        targets: all.targets.slice(from, to),
        weights: null,
        texts: { id: Array.from({ length: rows }, (_, i) => `r${from + i}`) },
      });
      pushed = to;
    };
    for (const rows of [1, 1023, 2000, 7, 900]) {
      push(rows, false);
      const drop = Math.floor(queue.length / 2);
      for (let r = 0; r < queue.length; r++) {
        const row = taken + r;
        const isRight = row % 3 === row % 2 ? 1 : 0;
        expect([
          queue.scored[r],
          queue.prediction[r],
          queue.second[r],
          queue.targets[r],
          queue.weights[r],
          queue.texts.id![r],
        ]).toEqual([row % 11 === 0 ? 0 : 1, row % 3, isRight, row % 2, 1, `r${row}`]);
        expect(queue.loss[r]).toBe(Math.max(0, all.nll[row]!));
      }
      queue.shift(drop);
      taken += drop;
      expect([queue.firstRow, queue.length]).toEqual([taken, pushed - taken]);
    }
    expect(queue.texts.by).toBeUndefined();
    const before = queue.length;
    push(10, true);
    expect([...queue.second.subarray(before, before + 10)]).toEqual([
      ...all.prediction.subarray(pushed - 10, pushed),
    ]);
  });
});
