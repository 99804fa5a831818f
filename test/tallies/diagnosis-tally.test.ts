/** What diagnoses and comparisons are made of: the whole equals its parts, whatever the split. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiagnosisTally } from '../../src/tallies/diagnosis-tally.js';
import { PairedTally, type ReadRows } from '../../src/tallies/paired-tally.js';
import { type RowBuffers, RowStatus } from '../../src/types/scores.js';
import { textNumber } from '../../src/types/text-number.js';
import { deal, splits } from '../support/splits.js';
import { scoredRows, softmaxRow } from './scored-rows.js';

const CLASSES = 3;
const MOST = 30;

interface Row {
  readonly row: number;
  readonly logits: readonly number[];
  readonly after: readonly number[];
  readonly target: number;
  readonly weight: number;
  readonly status: number;
  readonly statusAfter: number;
}

const logit = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.double({ min: -30, max: 30, noNaN: true }),
);
const logits = fc
  .tuple(fc.array(logit, { minLength: CLASSES, maxLength: CLASSES }), fc.nat(CLASSES), fc.nat(3))
  // At times a class is masked; one is left in any case.
  .map(([z, masked, often]) =>
    z.map((x, c) => (often === 0 && c === masked && c > 0 ? -Infinity : x)),
  );
const status = fc.oneof(
  { weight: 6, arbitrary: fc.constant(RowStatus.scored) },
  { weight: 1, arbitrary: fc.constantFrom(RowStatus.ignored, RowStatus.invalid) },
);
const rowsOf = fc
  .array(
    fc.record({
      logits,
      after: logits,
      target: fc.nat(CLASSES - 1),
      weight: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 9, noNaN: true })),
      status,
      statusAfter: status,
    }),
    { minLength: 1, maxLength: MOST },
  )
  .map((rows): Row[] => rows.map((row, i) => ({ row: i, ...row })));

/** Batches as they were scored. */
function buffersOf(scores: Float64Array, targets: Int32Array, values?: Float64Array): RowBuffers {
  return { capacity: targets.length, scores, targets, weights: new Float64Array(0), values };
}

describe('a diagnosis tally', () => {
  const shape = { classes: CLASSES, width: CLASSES, dtype: 'f64' as const, pack: null };
  const options = (weighted: boolean) => ({
    ...shape,
    weighted,
    worst: 4,
    sampleBudget: 10 * CLASSES * 8,
  });
  const add = (tally: DiagnosisTally, { row, logits: z, target, weight, status: state }: Row) => {
    const scored = { ...softmaxRow(z, target, weight), status: state };
    const rows = scoredRows([scored], tally.options.weighted, {}, row);
    tally.add(rows, buffersOf(Float64Array.from(z), rows.targets));
  };
  const filled = (rows: readonly Row[], weighted: boolean) => {
    const tally = new DiagnosisTally(options(weighted));
    for (const row of rows) add(tally, row);
    return tally;
  };

  it('has the same state in any order, split and merge', () => {
    fc.assert(
      fc.property(
        rowsOf,
        fc.boolean(),
        splits(MOST),
        fc.boolean(),
        (rows, weighted, split, isText) => {
          const whole = JSON.stringify(filled(rows, weighted));
          const merged = new DiagnosisTally(options(weighted));
          for (const part of deal(rows, split)) {
            const tally = filled(part, weighted);
            const state = isText ? JSON.parse(JSON.stringify(tally)) : tally.parts();
            merged.merge(DiagnosisTally.fromJSON(state, { ...shape, weighted }));
          }
          expect(JSON.stringify(merged)).toBe(whole);
          expect(JSON.stringify(filled([...rows].reverse(), weighted))).toBe(whole);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('leaves out what is not scored or weighs nothing, and keeps rows of infinite loss from the fit', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const tally = filled(rows, true);
        const counted = rows.filter((r) => r.status === RowStatus.scored && r.weight > 0);
        const infinite = counted.filter((r) => r.logits[r.target] === -Infinity);
        expect(tally.leftOut).toBe(infinite.length);
        expect(tally.sample.seen).toBe(counted.length - infinite.length);
        const classLoss = Array.from(tally.classLoss!.values());
        const wanted = classLoss.map((_, c) =>
          counted
            .filter(({ target }) => target === c)
            .reduce((sum, r) => sum + r.weight * softmaxRow(r.logits, r.target).nll, 0),
        );
        classLoss.forEach((sum, c) => {
          expect(sum === wanted[c] || Math.abs(sum - wanted[c]!) < 1e-9).toBe(true);
        });
      }),
    );
  });

  it('refuses to merge another number of worst rows', () => {
    const other = new DiagnosisTally({ ...options(false), worst: 5 });
    expect(() => filled([], false).merge(other)).toThrowError(
      expect.objectContaining({ code: 'state-mismatch' }),
    );
  });

  it('refuses damaged states, whichever part is missing or of another type', () => {
    const rows = Array.from({ length: 5 }, (_, row) => ({
      row,
      logits: [row, 1, 2],
      after: [],
      target: row % CLASSES,
      weight: 1,
      status: 0,
      statusAfter: 0,
    }));
    const state = () => JSON.parse(JSON.stringify(filled(rows, false)));
    for (const name of Object.keys(state())) {
      for (const value of [undefined, null, -1, 'x', [{}]]) {
        expect(
          () =>
            DiagnosisTally.fromJSON({ ...state(), [name]: value }, { ...shape, weighted: false }),
          name,
        ).toThrowError(expect.objectContaining({ code: 'state-damaged' }));
      }
    }
  });
});

describe('a diagnosis tally of rows that are no scores of classes', () => {
  interface Values {
    readonly row: number;
    readonly prediction: number;
    readonly target: number;
    readonly cluster: string;
  }
  const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const valueRows = fc
    .array(
      fc.record({ prediction: number, target: number, cluster: fc.constantFrom('', 'a', 'b') }),
      { minLength: 1, maxLength: MOST },
    )
    .map((rows): Values[] => rows.map((row, i) => ({ row: i, ...row })));
  const shape = {
    classes: 0,
    width: 2,
    dtype: 'f64' as const,
    squares: true,
    grouped: true,
    pack: ({ scores, values }: RowBuffers, row: number, into: Float32Array | Float64Array) => {
      into[0] = scores[row]!;
      into[1] = values![row]!;
    },
  };
  const options = { ...shape, weighted: false, worst: 3, sampleBudget: 10 * 2 * 8 };
  const filled = (rows: readonly Values[]) => {
    const tally = new DiagnosisTally(options);
    for (const { row, prediction, target, cluster } of rows) {
      const values = Float64Array.of(target);
      const scores = {
        count: 1,
        status: Uint8Array.of(RowStatus.scored),
        prediction: [prediction],
        nll: Float64Array.of((target - prediction) ** 2),
        loss: Float64Array.of((target - prediction) ** 2),
      };
      tally.add(
        { firstRow: row, scores, targets: values, weights: null, texts: { cluster: [cluster] } },
        buffersOf(Float64Array.of(prediction), new Int32Array(1), values),
      );
    }
    return tally;
  };

  it('has the same state in any order, split and merge', () => {
    fc.assert(
      fc.property(valueRows, splits(MOST), fc.boolean(), (rows, split, isText) => {
        const whole = JSON.stringify(filled(rows));
        const merged = new DiagnosisTally(options);
        for (const part of deal(rows, split)) {
          const tally = filled(part);
          const state = isText ? JSON.parse(JSON.stringify(tally)) : tally.parts();
          merged.merge(DiagnosisTally.fromJSON(state, { ...shape, weighted: false }));
        }
        expect(JSON.stringify(merged)).toBe(whole);
      }),
    );
  });

  it('keeps what is packed, the numbers of clusters, and lists rows without a confidence', () => {
    fc.assert(
      fc.property(valueRows, (rows) => {
        const tally = filled(rows);
        const { index, scores, groups, targets } = tally.sample.rows();
        index.forEach((row, at) => {
          const { prediction, target, cluster } = rows[row]!;
          expect([...scores.subarray(2 * at, 2 * at + 2)]).toEqual([prediction, target]);
          expect(groups![at]).toBe(textNumber(cluster));
          expect(targets[at]).toBe(0);
        });
        expect(tally.classLoss).toBeNull();
        for (const { row, ...listed } of tally.worst.rows()) {
          const { prediction, target } = rows[row]!;
          expect(listed).toEqual({ target, prediction, loss: (target - prediction) ** 2 });
        }
      }),
    );
  });
});

function reading(
  rows: readonly Row[],
  of: (row: Row) => readonly [readonly number[], number],
): ReadRows {
  const scored = rows.map((row) => {
    const [z, state] = of(row);
    return { state, ...softmaxRow(z, row.target) };
  });
  return {
    scored: Uint8Array.from(scored, ({ state }) => (state === RowStatus.scored ? 1 : 0)),
    prediction: Float64Array.from(scored, ({ probabilities: p }) => p.indexOf(Math.max(...p))),
    second: Float64Array.from(scored, ({ probabilities: p }, r) =>
      p.indexOf(Math.max(...p)) === rows[r]!.target ? 1 : 0,
    ),
    loss: Float64Array.from(scored, ({ nll }) => Math.max(0, nll)),
  };
}

describe('a paired tally', () => {
  const add = (tally: PairedTally, rows: readonly Row[]) => {
    tally.add(
      rows[0]?.row ?? 0,
      rows.length,
      Float64Array.from(rows, ({ target }) => target),
      tally.options.weighted ? Float64Array.from(rows, ({ weight }) => weight) : null,
      reading(rows, (row) => [row.logits, row.status]),
      reading(rows, (row) => [row.after, row.statusAfter]),
    );
    return tally;
  };
  const readings = { loss: 'log_loss', second: 'accuracy' } as const;
  const empty = (weighted: boolean) =>
    new PairedTally({ readings, classes: CLASSES, weighted, listed: 3 });

  it('has the same state in any order, split and merge, also of saved states', () => {
    fc.assert(
      fc.property(
        rowsOf,
        fc.boolean(),
        splits(MOST),
        fc.boolean(),
        (rows, weighted, split, isSaved) => {
          const merged = empty(weighted);
          for (const part of deal(rows, split)) {
            const tally = empty(weighted);
            for (const row of part) add(tally, [row]);
            const saved = () =>
              PairedTally.fromJSON(JSON.parse(JSON.stringify(tally)), tally.options);
            merged.merge(isSaved ? saved() : tally);
          }
          expect(JSON.stringify(merged)).toBe(JSON.stringify(add(empty(weighted), rows)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('counts rows by what became of them, and their cells', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const { rows: counts, cellRows } = add(empty(false), rows);
        const is = (a: boolean, b: boolean) =>
          rows.filter((r) => (r.status === 0) === a && (r.statusAfter === 0) === b);
        expect(counts).toMatchObject({
          paired: is(true, true).length,
          onlyBefore: is(true, false).length,
          onlyAfter: is(false, true).length,
          neither: is(false, false).length,
          infinite: is(true, true).filter(
            ({ logits: a, after: b, target }) => a[target] === -Infinity || b[target] === -Infinity,
          ).length,
        });
        const right = (z: readonly number[], target: number) => {
          const { probabilities: p } = softmaxRow(z, target);
          return p.indexOf(Math.max(...p)) === target ? 1 : 0;
        };
        const cells = [0, 0, 0, 0];
        for (const { logits: a, after: b, target } of is(true, true)) {
          cells[2 * right(a, target) + right(b, target)]!++;
        }
        expect([...cellRows]).toEqual(cells);
      }),
    );
  });

  it('takes batches longer than its slices', () => {
    const rows = Array.from({ length: 2500 }, (_, row) => ({
      row,
      logits: [Math.sin(row), Math.cos(row), 0.1],
      after: [Math.sin(row), Math.cos(2 * row), 0.2],
      target: row % CLASSES,
      weight: 1 + (row % 3),
      status: row % 11 === 0 ? RowStatus.ignored : RowStatus.scored,
      statusAfter: RowStatus.scored,
    }));
    for (const weighted of [false, true]) {
      const split = empty(weighted);
      for (let from = 0; from < rows.length; from += 700) add(split, rows.slice(from, from + 700));
      expect(JSON.stringify(split)).toBe(JSON.stringify(add(empty(weighted), rows)));
    }
  });

  it('refuses states that it did not write', () => {
    const tally = empty(false);
    for (let row = 0; row < 40; row++) {
      const logits = [row % 5, 1, 2, 0].slice(0, CLASSES);
      const target = row % CLASSES;
      const after = logits.map((z, c) => (c === target ? z + (row % 3) - 1 : z));
      const status = RowStatus.scored;
      add(tally, [{ row, target, weight: 1, logits, status, after, statusAfter: status }]);
    }
    const state = JSON.parse(JSON.stringify(tally));
    const { options } = tally;
    expect(JSON.stringify(PairedTally.fromJSON(state, options))).toBe(JSON.stringify(tally));
    expect(state.rose).toHaveLength(3);
    for (const damage of [
      { rows: { ...state.rows, paired: 41 } },
      { rows: { ...state.rows, infinite: 41 } },
      { rows: { ...state.rows, neither: -1 } },
      { cellRows: state.cellRows.slice(1) },
      { cells: null },
      { byClass: null },
      { weights: 0.5 },
      { rose: [...state.rose, ...state.rose] },
    ]) {
      expect(() => PairedTally.fromJSON({ ...state, ...damage }, options)).toThrowError(
        expect.objectContaining({ code: 'state-damaged' }),
      );
    }
    expect(() => PairedTally.fromJSON(state, { ...options, classes: CLASSES + 1 })).toThrowError(
      expect.objectContaining({ code: 'state-damaged' }),
    );
  });
});
