/** Sums of losses that the kernel makes against those of the tally alone: the same state to the last bit. */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Core } from '../../src/engine/core.js';
import { CoreLossSums } from '../../src/engine/loss-sums.js';
import { loadCore } from '../../src/node/core.js';
import { DiagnosisTally } from '../../src/tallies/diagnosis-tally.js';
import { RowStatus } from '../../src/types/scores.js';

const CLASSES = 3;

let core: Core;
beforeAll(async () => {
  core = await loadCore('simd');
});

interface Row {
  readonly nll: number;
  readonly target: number;
  readonly status: number;
}

const loss = fc.oneof(
  fc.double({ min: 0, max: 20, noNaN: true }),
  fc.double({ min: 0, max: Number.POSITIVE_INFINITY, noNaN: true }),
  fc.integer({ min: -1074, max: 1023 }).map((e) => 2 ** e),
  // At the borders of what the kernel adds up, and of bins.
  fc.constantFrom(0, -1e-17, 2 ** -63, 2 ** -63 * (1 - 2 ** -53), 4096, 4096 - 2 ** -40, Infinity),
  fc.constantFrom(2 - 2 ** -52, 1 - 2 ** -53, 2 ** -64 * (2 - 2 ** -52)),
);
const row = fc.record({
  nll: loss,
  target: fc.nat(CLASSES - 1),
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant<number>(RowStatus.scored) },
    { weight: 1, arbitrary: fc.constantFrom<number>(RowStatus.ignored, RowStatus.invalid) },
  ),
});

function add(tally: DiagnosisTally, rows: readonly Row[], firstRow: number): void {
  const count = rows.length;
  const scores = {
    count,
    status: Uint8Array.from(rows, ({ status }) => status),
    nll: Float64Array.from(rows, ({ nll }) => nll),
    prediction: new Uint32Array(count),
    loss: new Float64Array(count),
    confidence: new Float64Array(count),
  };
  const values = Float32Array.from({ length: count * CLASSES }, (_, i) => firstRow + i);
  const targets = Int32Array.from(rows, ({ target }) => target);
  const buffers = { capacity: count, scores: values, targets, weights: new Float64Array(count) };
  tally.add({ firstRow, scores, targets, weights: null }, buffers);
}

/** Room in the sample for `room` rows. */
function tally(withKernel: boolean, room: number): DiagnosisTally {
  return new DiagnosisTally(
    {
      classes: CLASSES,
      width: CLASSES,
      pack: null,
      dtype: 'f32',
      weighted: false,
      worst: 3,
      sampleBudget: room * CLASSES * 4,
    },
    withKernel ? new CoreLossSums(core, CLASSES) : null,
  );
}

describe('sums of losses by the kernel', () => {
  it('give the state that the tally alone has, whatever the losses', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { maxLength: 40 }), { maxLength: 4 }),
        fc.constantFrom(4, 1000),
        fc.constantFrom(0, 2 ** 32 - 20, 2 ** 40 + 7),
        (batches, room, start) => {
          const [kernel, alone] = [tally(true, room), tally(false, room)];
          let first = start;
          for (const batch of batches) {
            for (const each of [kernel, alone]) add(each, batch, first);
            first += batch.length;
          }
          expect(JSON.stringify(kernel)).toBe(JSON.stringify(alone));
          expect(kernel.leftOut).toBe(alone.leftOut);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('hold as many rows as come, and go on after they were looked at', () => {
    const [kernel, alone] = [tally(true, 100), tally(false, 100)];
    const rows = Array.from({ length: 5000 }, (_, i) => ({
      nll: (i % 97) / 7 + 1e-9 * i,
      target: i % CLASSES,
      status: RowStatus.scored,
    }));
    for (let batch = 0; batch < 250; batch++) {
      for (const each of [kernel, alone]) add(each, rows, batch * rows.length);
      if (batch % 100 === 0) expect(kernel.histogram.mean()).toBe(alone.histogram.mean());
    }
    expect(kernel.sample.seen).toBe(250 * rows.length);
    expect(JSON.stringify(kernel)).toBe(JSON.stringify(alone));
  });
});
