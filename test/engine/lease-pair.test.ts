/** Two leases at once: one is filled while the other is scored. */

import { describe, expect, it } from 'vitest';
import { RowEngine } from '../../src/engine/row-engine.js';
import { loadCore } from '../../src/node/core.js';
import { RowReference } from '../../src/reference/row-reference.js';
import { rowOptions } from '../../src/types/row-options.js';
import type { RowBuffers, RowScorer } from '../../src/types/scores.js';
import { normal, seeded } from '../support/rows.js';

const CLASSES = 70;
const ROWS = 40;
const options = rowOptions({
  classes: CLASSES,
  classWeights: Array.from({ length: CLASSES }, (_, c) => 1 + c / 7),
});

const scorers: [string, () => Promise<RowScorer>][] = [
  ['engine', async () => new RowEngine(await loadCore(), options)],
  ['reference', async () => new RowReference(options)],
];

function fill(lease: RowBuffers, seed: number): void {
  const random = seeded(seed);
  for (let i = 0; i < lease.scores.length; i++) lease.scores[i] = normal(random);
  for (let r = 0; r < lease.targets.length; r++) lease.targets[r] = Math.floor(random() * CLASSES);
}

describe.each(scorers)('a pair of leases of the %s', (_, make) => {
  it('is scored as single ones are, while the other is filled', async () => {
    const scorer = await make();
    const [a, b] = scorer.leasePair(ROWS);
    fill(a, 1);
    const before = a.scores.slice();
    fill(b, 2);
    expect(a.scores).toEqual(before);
    const losses = [a, b, a].map((lease) => [...scorer.score(lease, ROWS).loss]);
    expect(losses[2]).toEqual(losses[0]);
    for (const seed of [1, 2]) {
      const single = scorer.lease(ROWS);
      fill(single, seed);
      expect([...scorer.score(single, ROWS).loss]).toEqual(losses[seed - 1]);
    }
  });

  it('ends with the next lease, and ends the one before', async () => {
    const scorer = await make();
    const old = scorer.lease(2);
    const [a, b] = scorer.leasePair(2);
    expect(() => scorer.score(old, 1)).toThrow(/lease ended/);
    expect(() => scorer.score(b, 3)).toThrow(/holds 2 rows/);
    const pair = scorer.leasePair(2);
    for (const lease of [a, b]) expect(() => scorer.score(lease, 1)).toThrow(/lease ended/);
    scorer.lease(2);
    for (const lease of pair) expect(() => scorer.score(lease, 1)).toThrow(/lease ended/);
    expect(() => scorer.leasePair(0)).toThrow(/≥ 1/);
  });
});
