/** Dumps of several batches, in every form that can be read from the middle. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { halfBits, joined, npyHead, zipBytes } from '../support/numpy.js';
import { fillLogits, ROW_FLAVOURS, seeded } from '../support/rows.js';

/** The library as it is built: worker threads run files of dist/. */
export async function built(): Promise<typeof import('../../src/index.js')> {
  return import(new URL('../../dist/index.js', import.meta.url).href);
}

export const CLASSES = 5;
/** A batch of so few classes holds 16384 rows; workers take whole batches. */
export const BATCH = 16_384;
export const ROWS = 7 * BATCH + 999;
/** Makes every batch a stripe. */
export const STRIPE_BYTES = 1;

/** Half precision holds all of these numbers. */
export function testRows(rows = ROWS, flavours = ROW_FLAVOURS.slice(0, 2)) {
  const random = seeded(7);
  const scores = new Float32Array(rows * CLASSES);
  for (let r = 0; r < rows; r++) {
    const row = scores.subarray(r * CLASSES, (r + 1) * CLASSES);
    fillLogits(row, flavours[Math.floor(random() * flavours.length)]!, random);
    for (let c = 0; c < CLASSES; c++) row[c] = Math.round(row[c]! * 64) / 64;
  }
  const targets = Int32Array.from({ length: rows }, () =>
    random() < 0.1 ? -100 : Math.floor(random() * CLASSES),
  );
  const weights = Float64Array.from({ length: rows }, () => random() ** 8 * 10);
  return { scores, targets, weights };
}

type Values = Float32Array | Float64Array | Int32Array | Uint16Array | BigInt64Array;

/** An npy file of a typed array. */
export function npy(values: Values, columns: number | null, fortran = false): Uint8Array {
  const descr =
    values instanceof Float32Array
      ? '<f4'
      : values instanceof Float64Array
        ? '<f8'
        : values instanceof Int32Array
          ? '<i4'
          : values instanceof BigInt64Array
            ? '<i8'
            : '<f2';
  const shape =
    columns === null ? `(${values.length},)` : `(${values.length / columns}, ${columns})`;
  const order = fortran ? 'True' : 'False';
  const head = npyHead(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`);
  return joined([head, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}

export function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** Writes all forms of the test rows into a folder of their own. */
export function writeDumps(): { readonly folder: string; readonly path: (name: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'logitscope-threads-'));
  const path = (name: string) => join(folder, name);
  const { scores, targets, weights } = testRows();
  const f4 = npy(scores, CLASSES);
  const y = npy(targets, null);
  const w = npy(weights, null);
  writeFileSync(path('f4.npy'), f4);
  writeFileSync(path('f8.npy'), npy(Float64Array.from(scores), CLASSES));
  writeFileSync(path('f2.npy'), npy(Uint16Array.from(scores, halfBits), CLASSES));
  writeFileSync(path('fortran.npy'), npy(transposed(scores, CLASSES), CLASSES, true));
  writeFileSync(
    path('stored.npz'),
    zipBytes([
      { name: 'logits.npy', bytes: f4 },
      { name: 'labels.npy', bytes: y },
    ]),
  );
  writeFileSync(
    path('packed.npz'),
    zipBytes([
      { name: 'logits.npy', bytes: f4, deflate: true },
      { name: 'labels.npy', bytes: y, deflate: true },
    ]),
  );
  writeFileSync(path('y.npy'), y);
  writeFileSync(path('w.npy'), w);
  writeFileSync(path('y.txt'), `${targets.join('\n')}\n`);
  const broken = scores.slice();
  for (const row of [3, 40_000, 90_000]) broken[row * CLASSES + 2] = Number.NaN;
  writeFileSync(path('nan.npy'), npy(broken, CLASSES));
  return { folder, path };
}
