/** Parquet and Arrow files that lie: an error that says so, or rows, and nothing else. */

import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/types/errors.js';
import { fixture } from '../support/column-files.js';
import { bytesOf, errorOf, fieldsOf, readFields } from '../support/fields.js';

const BUDGET = 1 << 26;

/** Reads all columns of a file, each alone. @returns how many were refused */
async function readAll(name: string, bytes: Uint8Array): Promise<number> {
  let refused = 0;
  const open = () => fieldsOf(bytesOf(bytes, name), { memoryBudget: BUDGET });
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      expect(error.message).toMatch(/^[\x20-\x7e…é−ç\u00a0-\uffff]+$/);
      refused++;
    }
  };
  await attempt(async () => {
    for (const { name: field, inner } of (await open()).fields) {
      // More classes than can be scored are refused before memory is taken for them.
      if ((inner[0] ?? 1) > 1e5) continue;
      const isText = /name|animal|gaps|uuid|i64|u64|long/.test(field ?? '');
      const wanted = isText ? { numbers: [], texts: [field] } : { numbers: [field] };
      await attempt(async () =>
        readFields(await open(), { ...wanted, required: false, batch: 64 }),
      );
    }
  });
  return refused;
}

/** Numbers that are the same in every run. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % sides;
  };
}

const FILES = [
  ...['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4', 'lz4_raw'].map(
    (codec) => `codec-${codec}.parquet`,
  ),
  ...['version-2.parquet', 'lists.parquet', 'types.parquet'],
  ...['plain.arrow', 'plain.arrows', 'zstd.arrow', 'lz4.arrows', 'types.arrow', 'types.arrows'],
];

/** More of them by hand: FLIPS=1000 SEED=7. */
const FLIPS = Number(process.env.FLIPS ?? 25);
const SEED = Number(process.env.SEED ?? 1);

describe('flipped bytes', () => {
  it.each(FILES)('of %s are an InputError or rows', { timeout: 600_000 }, async (name) => {
    const whole = fixture(name);
    const roll = dice(SEED * 1000 + name.length);
    for (let i = 0; i < FLIPS; i++) {
      const bytes = whole.slice();
      // Half of the changes are to the footer, or the first messages.
      const isEnd = roll(2) === 0;
      for (let k = 1 + roll(3); k > 0; k--) {
        const near = Math.min(bytes.length, 1500);
        const at = isEnd ? bytes.length - 1 - roll(near) : roll(bytes.length);
        bytes[at] = roll(3) === 0 ? [0, 0xff, 0x7f, 0x80][roll(4)]! : bytes[at]! ^ (1 << roll(8));
      }
      const before = performance.now();
      try {
        await readAll(name, bytes);
      } catch (error) {
        throw new Error(`flip ${i} of seed ${SEED}`, { cause: error });
      }
      expect(performance.now() - before).toBeLessThan(10_000);
    }
  });
});

describe('files that are cut off', () => {
  it.each(FILES)('%s', async (name) => {
    const whole = fixture(name);
    const roll = dice(SEED);
    const ends = [0, 1, 4, 8, 11, 12, ...Array.from({ length: 20 }, () => roll(whole.length))];
    for (const end of [...ends, whole.length - 1, whole.length - 4, whole.length - 8]) {
      const error = await errorOf(
        fieldsOf(bytesOf(whole.subarray(0, end), name)).then((file) =>
          // Of a stream the beginning is whole.
          readFields(file, { numbers: [file.fields[0]!.name], required: false }),
        ),
      );
      expect(error, `${end} bytes`).toBeInstanceOf(InputError);
    }
  });
});
