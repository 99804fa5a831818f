import { describe, expect, it } from 'vitest';
import { decideKind, kindOfRow } from '../../src/tasks/kind.js';

const rows = (...all: number[][]) => new Float64Array(all.flat());

describe('the kind of scores', () => {
  it.each([
    [[0.2, 0.3, 0.5], 'probabilities'],
    [[1, 0, 0], 'probabilities'],
    [[0.2, 0.3, 0.5004], 'probabilities'],
    [[0.2, 0.3, 0.6], 'logits'],
    [[-0.1, 0.6, 0.5], 'logits'],
    [[Math.log(0.2), Math.log(0.3), Math.log(0.5)], 'log-probabilities'],
    [[0, Number.NEGATIVE_INFINITY], 'log-probabilities'],
    [[-5, -6, -7], 'logits'],
    [[0, 0, 0], 'logits'],
    [[2, Number.NEGATIVE_INFINITY], 'logits'],
    [[Number.NaN, 0.5], null],
    [[Number.POSITIVE_INFINITY, 0.5], null],
  ])('of %j is %s', (row, kind) => {
    expect(kindOfRow(row)).toBe(kind);
  });

  it('is that of all rows, rows of NaN aside', () => {
    const scores = rows([0.5, 0.5], [Number.NaN, 0], [0.25, 0.75]);
    expect(decideKind('x', scores, 2, 3)).toBe('probabilities');
  });

  it('is logits when only a few rows happen to add up to 1', () => {
    expect(decideKind('x', rows([0.5, 0.5], [3, 1], [-2, 1], [0, 9]), 2, 4)).toBe('logits');
  });

  it('is refused when most rows are probabilities and one is not', () => {
    const scores = rows([0.5, 0.5], [0.5, 0.7], [0.25, 0.75]);
    expect(() => decideKind('x', scores, 2, 3)).toThrow(/x, row 1: most of the first 3 rows/);
  });
});
