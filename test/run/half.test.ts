/** f16 and bf16 from file to report: the same as the widened scores, but for the dtype. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scoreArrays, scoreFile } from '../../src/index.js';
import { brainToNumber, halfToNumber } from '../../src/types/score-array.js';
import { npyHead } from '../support/numpy.js';
import { normal, seeded, softmaxInPlace, toBrainBits, toHalfBits } from '../support/rows.js';

const folder = mkdtempSync(join(tmpdir(), 'logitscope-half-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 600;
const FORMATS = [
  { dtype: 'f16', descr: '<f2', toBits: toHalfBits, toNumber: halfToNumber, bfloat16: false },
  { dtype: 'bf16', descr: '<V2', toBits: toBrainBits, toNumber: brainToNumber, bfloat16: true },
  { dtype: 'bf16', descr: '<u2', toBits: toBrainBits, toNumber: brainToNumber, bfloat16: true },
] as const;

describe.each(FORMATS)('$dtype in $descr', ({ dtype, descr, toBits, toNumber, bfloat16 }) => {
  it.each([
    ['logits', 7],
    ['logits', 100],
    ['probabilities', 7],
  ])('%s of %i classes score as the widened ones do', async (kind, classes) => {
    const random = seeded(classes);
    const values = Float64Array.from({ length: ROWS * classes }, () => normal(random));
    if (kind === 'probabilities') {
      for (let r = 0; r < ROWS; r++)
        softmaxInPlace(values.subarray(r * classes, (r + 1) * classes));
    }
    const bits = Uint16Array.from(values, toBits);
    const targets = Int32Array.from({ length: ROWS }, () => Math.floor(random() * classes));
    const file = join(folder, `${dtype}-${kind}-${classes}.npy`);
    const head = npyHead(
      `{'descr': '${descr}', 'fortran_order': False, 'shape': (${ROWS}, ${classes}), }`,
    );
    writeFileSync(file, Buffer.concat([head, new Uint8Array(bits.buffer)]));
    const labels = join(folder, 'labels.txt');
    writeFileSync(labels, `${targets.join('\n')}\n`);

    const tolerant = kind === 'probabilities' && dtype === 'bf16';
    if (tolerant) {
      // Eight bits of mantissa do not add up to 1 ± 1e-3: such rows are refused, not renormalised.
      await expect(scoreFile(file, { labels, bfloat16, kind: 'probabilities' })).rejects.toThrow(
        /the scores are no probabilities/,
      );
      return;
    }
    const report = await scoreFile(file, { labels, bfloat16 });
    expect(report.source.kind).toBe(kind);
    const wide = await scoreArrays(Float32Array.from(bits, toNumber), targets, {});
    expect(report.metrics).toEqual(wide.metrics);
    if (kind === 'logits') {
      const direct = await scoreArrays(bits, targets, { dtype });
      expect(direct.metrics).toEqual(wide.metrics);
    }
  });
});

it('needs to be told what the bits of a Uint16Array mean', async () => {
  await expect(scoreArrays(new Uint16Array(4), [0, 1])).rejects.toThrow(
    /need dtype "f16" or "bf16"/,
  );
});
