/** Weighted sums of losses, and the list of all losses. */

import { describe, expect, it } from 'vitest';
import * as library from '../../src/index.js';
import {
  binaryCrossEntropyWithLogits,
  checkGradient,
  combineLosses,
  crossEntropy,
  defineLoss,
  elbo,
  huberLoss,
  l2Penalty,
  losses,
  mseLoss,
  softmaxFocalLoss,
} from '../../src/index.js';
import { describeKernels, expectNear } from '../support/losses.js';
import { normal, seeded } from '../support/rows.js';

const random = seeded(21);
const logits = Array.from({ length: 15 }, () => normal(random));
const targets = [0, 2, 1, 1, 2];

describeKernels((kernel) => {
  const both = combineLosses<ArrayLike<number>>([
    { loss: crossEntropy, weight: 2, options: { labelSmoothing: 0.1 } },
    { loss: softmaxFocalLoss, weight: 0.5, options: { gamma: 1 } },
    { loss: l2Penalty, options: { strength: 0.01 } },
  ]);

  it.each(['mean', 'sum'] as const)('values and gradients add up, %s', (reduction) => {
    const asked = { reduction, kernel, gradient: true };
    const found = both(logits, targets, asked);
    const parts = [
      crossEntropy(logits, targets, { ...asked, labelSmoothing: 0.1 }),
      softmaxFocalLoss(logits, targets, { ...asked, gamma: 1 }),
      l2Penalty(logits, { strength: 0.01, kernel, gradient: true }),
    ];
    const sum = (part: (index: number) => number) => 2 * part(0) + 0.5 * part(1) + part(2);
    expectNear([found.value], [sum((i) => parts[i].value)], 1e-15, 0);
    expectNear(
      found.gradient,
      logits.map((_, c) => sum((i) => (parts[i].gradient as Float64Array)[c])),
      1e-14,
      1e-16,
    );
    expect(found.rows).toBe(5);
    expect(checkGradient(both, logits, targets, { reduction, kernel })).toMatchObject({ ok: true });
  });

  it('the gradient may go over the input, though every term reads it', () => {
    const wanted = both(logits, targets, { gradient: true, kernel }).gradient as Float64Array;
    const input = Float64Array.from(logits);
    both(input, targets, { gradient: input, kernel });
    expect([...input]).toEqual([...wanted]);
  });

  it('keeps units apart where the terms have the same', () => {
    const pair = combineLosses([{ loss: mseLoss }, { loss: huberLoss, weight: 0.5 }]);
    const found = pair([1, 2], [0, 4], { reduction: 'none', kernel });
    expect(found.values).toEqual(Float64Array.of(1.25, 4.75));
    expect(found.value).toBe(6);
    expect(() => both(logits, targets, { reduction: 'none', kernel })).toThrow(
      /as many values each; crossEntropy has 5, l2Penalty one for all/,
    );
  });
});

describe('combineLosses', () => {
  it('nests, and says what it is made of', () => {
    const pair = combineLosses([{ loss: mseLoss }, { loss: huberLoss, weight: 0.5 }]);
    const nested = combineLosses([{ loss: pair, weight: 2 }, { loss: mseLoss }]);
    expect(pair.formula).toBe('mseLoss + 0.5·huberLoss');
    expect(nested.lossName).toBe('2·(mseLoss + 0.5·huberLoss) + mseLoss');
    expect(pair.likelihood).toMatch(/mseLoss: .*Gaussian.*; huberLoss: none/);
    expect(nested([1, 2], [0, 4]).value).toBe(2 * pair([1, 2], [0, 4]).value + 2.5);
  });

  it('takes losses of the caller', () => {
    const own = defineLoss({
      name: 'own',
      summary: 'input times target',
      formula: 'x·t',
      likelihood: 'none',
      values: (x, t) => x.map((v, i) => v * t[i]),
      gradientOfSum: (_, t) => t.slice(),
    });
    const sum = combineLosses([{ loss: own }, { loss: binaryCrossEntropyWithLogits, weight: -1 }]);
    expect(checkGradient(sum, [0.5, -1], [1, 0])).toMatchObject({ ok: true });
  });

  it.each([
    [function accuracyScore() {}, /^accuracyScore has no gradient.*Train on crossEntropy in/],
    [function accuracy_score() {}, /Train on crossEntropy in/],
    [function f1Score() {}, /crossEntropy with class weights/],
    [function rocAucScore() {}, /softMarginLoss/],
    [function r2Score() {}, /mseLoss/],
    [function meanAbsoluteError() {}, /l1Loss/],
    [Object.assign(function mine() {}, { standIn: 'hingeLoss' }), /Train on hingeLoss/],
    [function mine() {}, /no loss of this library; make it one with defineLoss/],
    ['mseLoss', /^"mseLoss" has no gradient/],
    [undefined, /^undefined has no gradient/],
  ])('refuses %o, which has no gradient, and names a stand-in', (loss, message) => {
    const make = () => combineLosses([{ loss: mseLoss }, { loss: loss as never }]);
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: 'not-differentiable' }));
  });

  it('refuses what does not fit', () => {
    expect(() => combineLosses([])).toThrow(/an empty one/);
    expect(() => combineLosses(mseLoss as never)).toThrow(/found the function mseLoss/);
    expect(() => combineLosses([{ loss: mseLoss, weight: Number.NaN }])).toThrow(/weight/);
    expect(() => combineLosses([{ loss: elbo }])).toThrow(/takes output, target, mean/);
    const both = combineLosses([{ loss: mseLoss }]);
    expect(() => both([1], [1], { delta: 3 } as never)).toThrow(/no option "delta"/);
    const wrong = combineLosses([{ loss: mseLoss, options: { delta: 1 } }]);
    expect(() => wrong([1], [1])).toThrow(/mseLoss has no option "delta"/);
  });
});

describe('the list of losses', () => {
  it('holds every loss of the library once, each fully described', () => {
    const exported = Object.values(library as Record<string, unknown>).filter(
      (value) => typeof value === 'function' && 'lossName' in value,
    );
    expect(new Set(losses)).toEqual(new Set(exported));
    expect(losses.length).toBe(exported.length);
    for (const loss of losses) {
      expect((library as Record<string, unknown>)[loss.lossName]).toBe(loss);
      for (const key of ['summary', 'formula', 'likelihood', 'source'] as const) {
        expect(loss[key], `${key} of ${loss.lossName}`).toMatch(/^[^\n]{3,120}$/);
      }
    }
  });
});
