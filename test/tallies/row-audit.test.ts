/** The audit of rows against the definition, and its state. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostAfterSecondSoftmax, RowAudit } from '../../src/tallies/row-audit.js';
import { RowStatus, type ScoreKind } from '../../src/types/scores.js';
import { probabilityRow, scoredRows } from './scored-rows.js';

const softmax = (z: readonly number[]) => {
  const powers = z.map((x) => Math.exp(x - Math.max(...z)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};

function audited(rows: readonly (readonly number[])[], kind: ScoreKind = 'probabilities') {
  const audit = new RowAudit({ classes: rows[0].length, dtype: 'f64', kind });
  rows.forEach((values, i) => {
    const p = kind === 'probabilities' ? values : softmax(values);
    audit.add(
      scoredRows([probabilityRow(p, i % p.length)], false, {}, i),
      Float64Array.from(values),
    );
  });
  return audit;
}

const row = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: 4, maxLength: 4 });
const sure = [30, 0, 0, 0];

describe('the audit of rows', () => {
  it('finds every softmax of a softmax that has a sure row', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const once = [...rows, sure].map(softmax);
        expect(audited(once.map(softmax)).secondSoftmax).not.toBeNull();
        // Probabilities taken for logits are the same mistake.
        expect(audited(once, 'logits').secondSoftmax).not.toBeNull();
        expect(
          audited(
            once.map((p) => softmax(p).map(Math.log)),
            'logits',
          ).secondSoftmax,
        ).not.toBeNull();
      }),
    );
  });

  it('does not find it where a row is steeper, or none is steep enough', () => {
    expect(audited([softmax(softmax(sure)), softmax([2, 0, 0, 0])]).secondSoftmax).toBeNull();
    expect(audited([softmax([0.9, 0, 0, 0]), softmax([0, 0.2, 0, 0])]).secondSoftmax).toBeNull();
    expect(audited([[0.5, 0.5, 0, 0]]).secondSoftmax).toBeNull();
    expect(mostAfterSecondSoftmax(4)).toBeCloseTo(softmax([1, 0, 0, 0])[0], 15);
  });

  it('counts rows of probability 1, and those of them that are wrong', () => {
    const audit = audited([
      [1, 0, 0],
      [1, 0, 0],
      [0.5, 0.5, 0],
      [0, 0, 1],
    ]);
    expect([audit.certain, audit.certainWrong]).toEqual([3, 2]);
  });

  it('passes over rows that were not scored', () => {
    const audit = new RowAudit({ classes: 2, dtype: 'f64', kind: 'probabilities' });
    const rows = [{ ...probabilityRow([1, 0], 0), status: RowStatus.ignored }];
    audit.add(scoredRows(rows, false), Float64Array.of(1, 0));
    expect(audit.toJSON()).toEqual({ certain: 0, certainWrong: 0, highest: 0 });
  });

  it('has the same state in any order and split', () => {
    const probabilities = fc.oneof(
      row.map(softmax),
      row.map((z) => softmax(softmax(z))),
      fc.constant([1, 0, 0, 0]),
    );
    fc.assert(
      fc.property(
        fc.array(probabilities, { minLength: 2, maxLength: 12 }),
        fc.nat(10),
        (rows, cut) => {
          const at = 1 + (cut % (rows.length - 1));
          const first = audited(rows.slice(0, at));
          // Targets go by the row's place, as they do in the whole.
          const second = new RowAudit({ classes: 4, dtype: 'f64', kind: 'probabilities' });
          rows.slice(at).forEach((p, i) => {
            const scored = scoredRows([probabilityRow(p, (at + i) % 4)], false);
            second.add(scored, Float64Array.from(p));
          });
          const options = { classes: 4, dtype: 'f64', kind: 'probabilities' } as const;
          second.merge(RowAudit.fromJSON(JSON.parse(JSON.stringify(first)), options));
          expect(second.toJSON()).toEqual(audited(rows).toJSON());
        },
      ),
    );
  });

  it('refuses damaged states', () => {
    const options = { classes: 4, dtype: 'f64', kind: 'logits' } as const;
    const good = { certain: 2, certainWrong: 1, highest: 0.5 };
    expect(RowAudit.fromJSON(good, options).toJSON()).toEqual(good);
    for (const bad of [
      null,
      { ...good, certain: -1 },
      { ...good, certainWrong: 3 },
      { ...good, highest: 2 },
      { ...good, highest: 'x' },
    ]) {
      expect(() => RowAudit.fromJSON(bad, options)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
  });
});
