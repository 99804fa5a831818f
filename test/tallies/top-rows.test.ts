/** The rows of the largest key, against a sort of all. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopRows } from '../../src/tallies/top-rows.js';
import { deal, splits } from '../support/splits.js';

type Row = { readonly row: number; readonly loss: number };
const NAMES = ['row', 'loss'] as const;
const top = (most: number) => new TopRows<Row>(most, ({ loss }) => loss);

function filled(rows: readonly Row[], most: number): TopRows<Row> {
  const list = top(most);
  for (const row of rows) if (list.takes(row.loss)) list.add(row);
  return list;
}

const MOST = 40;
const losses = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 4 }), fc.double({ min: 0, noNaN: true })),
  {
    maxLength: MOST,
  },
);

describe('the top rows', () => {
  it('are those of a sort, ties by index, in any order, split and merge', () => {
    fc.assert(
      fc.property(losses, fc.nat(12), splits(MOST), (values, most, split) => {
        const rows = values.map((loss, row) => ({ row, loss }));
        const wanted = [...rows]
          .sort((a, b) => (a.loss === b.loss ? a.row - b.row : b.loss - a.loss))
          .slice(0, most);
        expect(filled(rows, most).rows()).toEqual(wanted);
        expect(filled([...rows].reverse(), most).rows()).toEqual(wanted);
        const merged = top(most);
        for (const part of deal(rows, split)) {
          const read = top(most);
          read.addState(JSON.parse(JSON.stringify(filled(part, most))), NAMES);
          merged.merge(read);
        }
        expect(merged.rows()).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
  });

  it('may lack numbers that are optional, and no others', () => {
    const names = ['row', 'confidence', 'loss'] as const;
    const list = () => new TopRows<Row & { readonly confidence?: number }>(2, ({ loss }) => loss);
    const state = [
      { row: 3, confidence: 0.5, loss: 2 },
      { row: 1, loss: 1 },
    ];
    const read = list();
    read.addState(state, names, ['confidence']);
    expect(read.toJSON()).toEqual(state);
    expect(() => list().addState(state, names)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });

  it('are none where none are wanted', () => {
    const none = filled([{ row: 0, loss: 3 }], 0);
    expect(none.rows()).toEqual([]);
    expect(none.toJSON()).toEqual([]);
    expect(none.takes(Infinity)).toBe(false);
  });

  it.each([
    ['no list', {}],
    ['an entry that is no object', [3]],
    ['a row that is no index', [{ row: -1, loss: 1 }]],
    ['a number that is a text', [{ row: 1, loss: 'x' }]],
    ['a number that is missing', [{ row: 1 }]],
    ['more rows than are kept', [0, 1, 2].map((row) => ({ row, loss: 1 }))],
  ])('refuse a state with %s', (_, state) => {
    expect(() => top(2).addState(state, NAMES)).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });
});
