/** Validation logits of the digits network after an epoch. */

import { readFileSync } from 'node:fs';

const FOLDER = new URL('../oracles/dumps/digits-epochs/', import.meta.url);

/** Where the data of an npy file of version 1 begin. */
function dataOf(file: string): Buffer {
  const bytes = readFileSync(new URL(file, FOLDER));
  return bytes.subarray(10 + bytes.readUInt16LE(8));
}

export function digitsFile(epoch: number): string {
  return `epoch-${String(epoch).padStart(3, '0')}.npy`;
}

export function readDigits(epoch: number) {
  const data = dataOf(digitsFile(epoch));
  const labels = dataOf('labels.npy');
  const logits = Float32Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
  const rows = logits.length / 10;
  const bytes = labels.length / rows;
  const targets = Array.from({ length: rows }, (_, i) =>
    labels.readUIntLE(i * bytes, Math.min(6, bytes)),
  );
  return { logits, targets, classes: 10 };
}
