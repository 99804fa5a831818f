/** Rows of several files that belong together by their names, or by their place. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DumpRequest } from '../../src/intake/dump-request.js';
import { InputError } from '../../src/types/errors.js';
import { bytesOf, errorOf, readDump } from '../support/fields.js';

type Row = readonly [id: string, y: number, weight: number];

/** Predictions whose scores say the id, so that each row can be told. */
const scoreOf = (id: string) => Number(id.replace(/\D/g, '')) / 8;
const predictionsOf = (ids: readonly string[], column = 'id') =>
  `${column},p_0,p_1\n${ids.map((id) => `${id},${scoreOf(id)},0\n`).join('')}`;
const labelsOf = (rows: readonly Row[], column = 'id') =>
  `weight,y,${column},by\n${rows.map(([id, y, w]) => `${w},${y},${id},g${id}\n`).join('')}`;

function read(
  ids: readonly string[],
  rows: readonly Row[],
  {
    sizes = undefined as readonly number[] | undefined,
    capacity = 7,
    column = 'id',
    ...more
  }: {
    readonly sizes?: readonly number[] | undefined;
    readonly capacity?: number;
    readonly column?: string;
  } & Partial<DumpRequest> = {},
) {
  const request: DumpRequest = {
    predictions: bytesOf(predictionsOf(ids, column), 'p.csv', sizes),
    labels: bytesOf(labelsOf(rows, column), 'y.csv', sizes),
    names: { id: column, weight: 'weight', by: 'by' },
    ...more,
  };
  return readDump(request, capacity);
}

const ids = fc.uniqueArray(
  fc.nat(999).map((n) => `r${n}`),
  { minLength: 1, maxLength: 60 },
);
/** What belongs to an id. */
const rowOf = (id: string): Row => [id, Number(id.slice(1)) % 2, Number(id.slice(1)) / 4];

describe('files whose rows have names', () => {
  it('give every row its target, weight and text, whatever the orders', async () => {
    await fc.assert(
      fc.asyncProperty(
        ids.chain((all) =>
          fc.tuple(
            fc.constant(all),
            fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length }),
          ),
        ),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(undefined, [1], [7, 3]),
        async ([mine, theirs], capacity, sizes) => {
          const joined = await read(mine, theirs.map(rowOf), { capacity, sizes });
          const alone = await read(mine, mine.map(rowOf), { capacity, join: 'place' });
          expect(joined.scores).toEqual(mine.flatMap((id) => [scoreOf(id), 0]));
          expect(joined.targets).toEqual(mine.map((id) => rowOf(id)[1]));
          expect(joined.weights).toEqual(mine.map((id) => rowOf(id)[2]));
          expect(joined.texts.by).toEqual(mine.map((id) => `g${id}`));
          expect({ ...joined, done: 0, counts: [] }).toEqual({ ...alone, done: 0, counts: [] });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('that stand in one order are read along, and held from the first difference on', async () => {
    const mine = Array.from({ length: 20_000 }, (_, i) => `r${i}`);
    const theirs = [...mine.slice(0, 12_345), ...mine.slice(12_345).reverse()];
    for (const capacity of [1000, 4096]) {
      const joined = await read(mine, theirs.map(rowOf), { capacity });
      expect(joined.targets).toEqual(mine.map((id) => rowOf(id)[1]));
      expect(joined.weights).toEqual(mine.map((id) => rowOf(id)[2]));
      expect(joined.texts.by).toEqual(mine.map((id) => `g${id}`));
    }
  });

  it('leave rows without a partner out where that is said, and count them', async () => {
    await fc.assert(
      fc.asyncProperty(
        ids.chain((all) =>
          fc.tuple(
            fc.shuffledSubarray(all, { minLength: Math.ceil(all.length * 0.75) }),
            fc.shuffledSubarray(all, { minLength: Math.ceil(all.length * 0.75) }),
          ),
        ),
        fc.integer({ min: 1, max: 9 }),
        async ([mine, theirs], capacity) => {
          const both = mine.filter((id) => theirs.includes(id));
          const most = Math.max(mine.length, theirs.length);
          const reading = read(mine, theirs.map(rowOf), { capacity, join: 'inner' });
          if (2 * both.length < most) {
            expect((await errorOf(reading)).code).toBe('join-drops-most');
            return;
          }
          const joined = await reading;
          expect(joined.scores).toEqual(both.flatMap((id) => [scoreOf(id), 0]));
          expect(joined.targets).toEqual(both.map((id) => rowOf(id)[1]));
          expect(joined.weights).toEqual(both.map((id) => rowOf(id)[2]));
          expect(joined.texts.by).toEqual(both.map((id) => `g${id}`));
          const left = joined.notices.filter(({ code }) => code === 'rows-not-matched');
          expect(left.map(({ evidence }) => evidence)).toEqual(
            [
              { rows: mine.length - both.length, source: 'p.csv' },
              { rows: theirs.length - both.length, source: 'y.csv' },
            ].filter(({ rows }) => rows > 0),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('may lose all rows of a batch', async () => {
    const mine = Array.from({ length: 20 }, (_, i) => `r${i}`);
    const kept = mine.filter((_, i) => i < 3 || i > 11);
    const joined = await read(mine, kept.map(rowOf), { capacity: 2, join: 'inner' });
    expect(joined.targets).toEqual(kept.map((id) => rowOf(id)[1]));
  });

  it('match columns of one header whose names differ, if they are asked', async () => {
    const mine = ['r1', 'r2', 'r3'];
    const theirs = ['r3', 'r1', 'r2'].map(rowOf);
    // Nobody said so: the files stand in another order.
    const unasked = { names: {} };
    expect(await errorOf(read(mine, theirs, unasked))).toMatchObject({
      code: 'other-order',
      place: { source: 'y.csv', row: 0, line: 2, column: 'id' },
      message: expect.stringMatching(
        /found "r3"; expected "r1", as in p\.csv.*--id id.*--join place/,
      ),
    });
    for (const column of ['', 'Unnamed: 0', 'doc id', 'key']) {
      const error = await errorOf(read(mine, theirs, { ...unasked, column }));
      expect(error.code).toBe('other-order');
      const asked = await read(mine, theirs, { names: { id: column, weight: 'weight' }, column });
      expect(asked.targets).toEqual(mine.map((id) => rowOf(id)[1]));
    }
    // By place, whatever their names.
    const placed = await read(mine, theirs, { ...unasked, join: 'place' });
    expect(placed.targets).toEqual(theirs.map(([, y]) => y));
    // In one order all is well.
    expect((await read(mine, mine.map(rowOf), unasked)).targets).toEqual([1, 0, 1]);
  });

  it('are told when the difference comes late, too', async () => {
    const mine = Array.from({ length: 3000 }, (_, i) => `r${i}`);
    const theirs = [...mine.slice(0, 2998), 'r2999', 'r2998'].map(rowOf);
    expect(await errorOf(read(mine, theirs, { names: {}, capacity: 100 }))).toMatchObject({
      code: 'other-order',
      place: { row: 2998, line: 3000 },
    });
  });

  it('are no names where they stand twice, unless they are asked for', async () => {
    const mine = ['r1', 'r2', 'r2', 'r3'];
    const theirs = ['r2', 'r1', 'r3', 'r3'].map(rowOf);
    const placed = await read(mine, theirs, { names: {}, column: 'part' });
    expect(placed.targets).toEqual(theirs.map(([, y]) => y));
    // Past the rows that are looked at first, too.
    const many = Array.from({ length: 400 }, (_, i) => `r${Math.min(i, 390)}`);
    const others = [...many.slice(0, 380), ...many.slice(380).reverse()];
    const late = await read(many, others.map(rowOf), { names: {}, column: 'part' });
    expect(late.targets).toEqual(others.map((id) => rowOf(id)[1]));
    // Such columns take part in nothing, so the files must be of one length.
    for (const rows of [390, 395, 401]) {
      const part = Array.from({ length: rows }, (_, i) => rowOf(others[i] ?? 'more'));
      const error = await errorOf(read(many, part, { names: {}, column: 'part' }));
      expect(error.code).toBe('shape-mismatch');
    }
  });

  it('are compared where they are known to be names, though they stand twice', async () => {
    const mine = ['r1', 'r2', 'r2', 'r3'];
    expect((await read(mine, mine.map(rowOf), { names: {} })).targets).toHaveLength(4);
    const error = await errorOf(read(mine, ['r2', 'r1', 'r2', 'r3'].map(rowOf), { names: {} }));
    expect(error).toMatchObject({ code: 'other-order', place: { row: 0 } });
  });

  it('are one name, whether written as integer or as float', async () => {
    const mine = ['1', '2', '3'];
    const theirs = ['3.0', '1.0', '2.0'].map((id): Row => [id, Number(id) % 2, 1]);
    const asked = await read(mine, theirs, {});
    expect(asked.targets).toEqual([1, 0, 1]);
  });
});

describe('names that do not match', () => {
  it.each<[string, string[], Row[], string, RegExp]>([
    [
      'a name twice in the labels',
      ['r1', 'r2', 'r3'],
      ['r3', 'r2', 'r2'].map(rowOf),
      'duplicate-id',
      /y\.csv.*column "id".*found "r2"/,
    ],
    [
      'a name twice in the predictions',
      ['r1', 'r2', 'r2'],
      ['r2', 'r1', 'r3'].map(rowOf),
      'duplicate-id',
      /p\.csv, row 2, line 4, column "id".*"r2"/,
    ],
    [
      'a row that the labels lack',
      ['r1', 'r2', 'r3'],
      ['r2', 'r1'].map(rowOf),
      'unmatched-rows',
      /found 1 in p\.csv \("r3"\); expected each name in both files, as 2 are.*--join inner/,
    ],
    [
      'a row that the labels lack at the end, in one order',
      ['r1', 'r2', 'r3'],
      ['r1', 'r2'].map(rowOf),
      'unmatched-rows',
      /found 1 in p\.csv \("r3"\)/,
    ],
    [
      'a row that the predictions lack',
      ['r1', 'r2'],
      ['r2', 'r3', 'r1', 'r4'].map(rowOf),
      'unmatched-rows',
      /found 2 in y\.csv \("r3", …\)/,
    ],
    [
      'a row that the predictions lack at the end, in one order',
      ['r1', 'r2'],
      ['r1', 'r2', 'r3'].map(rowOf),
      'unmatched-rows',
      /found 1 in y\.csv \("r3"\)/,
    ],
    [
      'rows on both sides',
      ['r1', 'r2', 'r4'],
      ['r2', 'r3', 'r1'].map(rowOf),
      'unmatched-rows',
      /found 1 in p\.csv \("r4"\) and 1 in y\.csv \("r3"\)/,
    ],
    [
      'nothing in common',
      ['r1', 'r2'],
      ['r3', 'r4'].map(rowOf),
      'nothing-paired',
      /found "r3"; expected names such as "r1".*--join place/,
    ],
  ])('are refused: %s', async (_, mine, theirs, code, message) => {
    for (const capacity of [1, 2, 7]) {
      const error = await errorOf(read(mine, theirs, { capacity }));
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(message);
      expect(error.code).toBe(code);
      // Of pipes less is known, and it is refused all the same.
      const piped = await errorOf(read(mine, theirs, { capacity, sizes: [3] }));
      expect(piped).toBeInstanceOf(InputError);
      expect(['duplicate-id', 'unmatched-rows']).toContain(piped.code);
    }
  });

  it('are refused where one stands twice, wherever that is, though rows may be left out', async () => {
    const all = ['r1', 'r2', 'r3', 'r4', 'r5', 'r6'];
    for (const twice of [0, 2, 5]) {
      for (const at of [1, 3, 6]) {
        const more = [...all.slice(0, at), all[twice]!, ...all.slice(at)];
        for (const [mine, theirs] of [
          [all, more],
          [more, all],
        ] as const) {
          const error = await errorOf(read(mine, theirs.map(rowOf), { join: 'inner' }));
          expect(error.code, `${mine} and ${theirs}`).toBe('duplicate-id');
        }
      }
    }
  });

  it('are refused where a row has none', async () => {
    const labels = (rows: readonly Row[]) => bytesOf(labelsOf(rows), 'y.csv');
    const mine = () => bytesOf('id,p_0,p_1\nr1,1,0\n,2,0\nr3,3,0\n', 'p.csv');
    const names = { id: 'id' };
    const theirs = ['r3', 'r2', 'r1'].map(rowOf);
    expect(
      await errorOf(readDump({ predictions: mine(), labels: labels(theirs), names })),
    ).toMatchObject({
      code: 'missing-id',
      place: { source: 'p.csv', row: 1, line: 3, column: 'id' },
    });
    const predictions = bytesOf(predictionsOf(['r1', 'r2', 'r3']), 'p.csv');
    const nameless: Row[] = [rowOf('r3'), ['', 1, 1], rowOf('r1')];
    expect(await errorOf(readDump({ predictions, labels: labels(nameless), names }))).toMatchObject(
      {
        code: 'missing-id',
        place: { source: 'y.csv', row: 1, line: 3, column: 'id' },
      },
    );
  });

  it('are refused where most rows would be left out', async () => {
    const error = await errorOf(
      read(['r1', 'r2', 'r3'], ['r3', 'r4', 'r5'].map(rowOf), { join: 'inner' }),
    );
    expect(error).toMatchObject({
      code: 'join-drops-most',
      message: expect.stringMatching(/found 1 rows .* 2 in p\.csv alone, 2 here alone/),
    });
    const none = await errorOf(read(['r1'], ['r2'].map(rowOf), { join: 'inner' }));
    expect(none.code).toBe('join-drops-most');
  });

  it('are refused where they do not fit into the memory that there is', async () => {
    const mine = Array.from({ length: 1000 }, (_, i) => `r${i}`);
    const reversed = mine.toReversed().map(rowOf);
    const memoryBudget = 50_000;
    const error = await errorOf(read(mine, reversed, { memoryBudget }));
    expect(error).toMatchObject({ code: 'memory-budget', place: { source: 'y.csv' } });
    // In one order nothing is held.
    expect((await read(mine, mine.map(rowOf), { memoryBudget })).rows).toBe(1000);
  });
});

describe('what names the rows of messages', () => {
  it('is the place in the file, when rows were held or left out', async () => {
    const predictions = () => bytesOf('id,p_a,p_b\nr1,1,0\nr2,1,0\nr3,1,0\nr4,1,0\n', 'p.csv');
    const names = { id: 'id', target: 'y' };
    const held = readDump({
      predictions: predictions(),
      labels: bytesOf('id,y\nr2,a\nr1,b\nr4,c\nr3,b\n', 'y.csv'),
      names,
    });
    expect(await errorOf(held)).toMatchObject({
      code: 'unknown-label',
      place: { source: 'y.csv', row: 2 },
    });
    // r2 has no label; the label of r4 is no class.
    const inner = readDump({
      predictions: predictions(),
      labels: bytesOf('id,y\nr3,a\nr1,b\nr4,c\n', 'y.csv'),
      names,
      join: 'inner',
    });
    expect(await errorOf(inner)).toMatchObject({
      code: 'unknown-label',
      place: { source: 'y.csv', row: 2 },
    });
  });

  it('is the place in the predictions where targets stand there and rows were left out', async () => {
    const reading = readDump({
      predictions: bytesOf('id,p_a,p_b,y\nr1,1,0,a\nr2,1,0,a\nr3,1,0,c\n', 'p.csv'),
      weights: bytesOf('id,weight\nr3,1\nr1,2\n', 'w.csv'),
      names: { id: 'id' },
      join: 'inner',
    });
    expect(await errorOf(reading)).toMatchObject({
      code: 'unknown-label',
      place: { source: 'p.csv', row: 2, line: 4 },
    });
  });
});
