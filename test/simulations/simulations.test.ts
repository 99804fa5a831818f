/** The simulations, small: enough runs to notice a method that is off, not to measure it. */

import { describe, expect, it } from 'vitest';
import { excludesEqual, findsBetter } from './compare.js';
import {
  claimsChange,
  claimsStretch,
  coverage,
  EFFECTS,
  findsWrongLabels,
  flagsTails,
  namesCause,
} from './experiments.js';
import { CAUSE_SETS, calibrated, claimsAnything, namesCauses, partCoverage } from './parts.js';

describe('diagnoses of data whose truth is known', () => {
  it.each(Object.keys(EFFECTS) as (keyof typeof EFFECTS)[])('name the cause: %s', (cause) => {
    expect(namesCause(cause, 20, 1).share).toBeGreaterThanOrEqual(0.9);
  });

  it('claim no change of readings alike', () => {
    expect(claimsChange(40, 2)).toBeLessThanOrEqual(0.15);
    expect(claimsStretch(10, 6, 3)).toBeLessThanOrEqual(0.2);
  });

  it('have intervals that hold the truth', () => {
    for (const [name, share] of Object.entries(coverage(60, 500, 4))) {
      expect(share, name).toBeGreaterThan(0.85);
    }
  });

  it('notice heavy tails, and only those', async () => {
    const { heavy, light } = await flagsTails(5, 5);
    expect(heavy).toBe(1);
    expect(light).toBe(0);
  });

  it('find wrong labels among the worst rows', async () => {
    const { found, accuracy } = await findsWrongLabels(5, 6);
    expect(accuracy).toBeGreaterThan(0.93);
    expect(found).toBeGreaterThan(0.8);
  });

  it('take no model for worse that is as good, and find one that is better', () => {
    expect(excludesEqual('loss', 20, 5, 300, 7)).toBeLessThanOrEqual(0.2);
    const { best, inSet, toldFrom, errors } = findsBetter('accuracy', 6, 4, 2000, 8);
    expect(errors).toBeGreaterThan(3);
    expect(best).toBeGreaterThan(0.8);
    expect(inSet).toBeGreaterThan(0.99);
    expect(toldFrom).toBeGreaterThan(0.7);
  });
});

describe('parts of data whose truth is known', () => {
  it.each(CAUSE_SETS.map((causes) => [causes.join(', '), causes] as const))(
    'are named: %s',
    (_, causes) => {
      for (const classes of [2, 3, 10]) {
        expect(namesCauses(classes, causes, 10, 7).share, `${classes}`).toBeGreaterThanOrEqual(0.8);
      }
    },
  );

  it('are not claimed of readings alike', () => {
    for (const classes of [2, 10]) expect(claimsAnything(classes, 20, 8)).toBeLessThanOrEqual(0.15);
  });

  it('have intervals that hold them', () => {
    for (const [part, share] of Object.entries(partCoverage(3, 50, 1000, 9, 50_000))) {
      expect(share, part).toBeGreaterThan(0.84);
    }
  });

  it('have no offsets where many classes are calibrated and rows are few', () => {
    const { untold, offsets } = calibrated(100, 1000, 5, 10);
    expect(untold).toBe(1);
    expect(offsets).toBeGreaterThan(-0.002);
  });
});
