/** Reading goes on while rows are scored: the order of errors stays that of the rows. */

import { describe, expect, it } from 'vitest';
import { createScorer } from '../../src/index.js';
import { scoreReader } from '../../src/run/score-dump.js';
import type { DumpReader } from '../../src/types/dump.js';

const ROWS = 5;

/** Three batches; `targets[batch]` is every target of a batch, and reading the batch `fails` throws. */
function reader(targets: readonly number[], fails = -1) {
  let batch = 0;
  const state = { reading: 0, most: 0 };
  const dump = {
    async read({ scores, targets: into }) {
      state.reading++;
      state.most = Math.max(state.most, state.reading);
      const own = batch++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      state.reading--;
      if (own === fails) throw new Error('the disk is gone');
      if (own >= targets.length) return 0;
      scores.set(Float32Array.from({ length: 3 * ROWS }, (_, i) => i + own));
      into.fill(targets[own], 0, ROWS);
      return ROWS;
    },
  } as Pick<DumpReader, 'read'>;
  return { dump: dump as DumpReader, state };
}

const run = async ({ dump }: ReturnType<typeof reader>) => {
  const scorer = await createScorer({ classes: 3 });
  const batches: number[] = [];
  const rows = await scoreReader(dump, scorer, 0, (done) => {
    batches.push(done);
    return undefined;
  }).catch((error: Error) => error.message);
  return { rows, batches, scorer };
};

describe('scoreReader', () => {
  it('scores every batch once, one read at a time', async () => {
    const input = reader([0, 1, 2]);
    const { rows, batches, scorer } = await run(input);
    expect(rows).toBe(3 * ROWS);
    expect(batches).toEqual([ROWS, 2 * ROWS, 3 * ROWS]);
    expect(input.state.most).toBe(1);
    const whole = await createScorer({ classes: 3 });
    for (const target of [0, 1, 2]) {
      const scores = Float32Array.from({ length: 3 * ROWS }, (_, i) => i + target);
      whole.add(scores, new Int32Array(ROWS).fill(target));
    }
    expect(scorer.report().metrics).toEqual(whole.report().metrics);
  });

  it('throws what is wrong with rows before what is wrong with reading the next', async () => {
    const input = reader([0, 7, 0], 2);
    const { rows, batches } = await run(input);
    expect(rows).toMatch(/target is no class/);
    expect(batches).toEqual([ROWS]);
    // Nothing is being read any more.
    expect(input.state.reading).toBe(0);
  });

  it('scores the rows before the one that cannot be read', async () => {
    const { rows, batches } = await run(reader([0, 1, 2], 2));
    expect(rows).toBe('the disk is gone');
    expect(batches).toEqual([ROWS, 2 * ROWS]);
  });
});
