/** The digits, split into training and validation rows. Source and licence: README.md. */

import { readFileSync } from 'node:fs';
import type { Random } from './random.js';

export const PIXELS = 64;
export const CLASSES = 10;
/** Largest value of a pixel in the file. */
const INK = 16;

export interface Rows {
  readonly count: number;
  /** count × {@link PIXELS}, 0 … 1 */
  readonly pixels: Float32Array;
  /** count digits */
  readonly labels: Int32Array;
}

/** Reads the file: a line per image, 64 pixels of 0 … 16 and the digit. */
export function readDigits(file: string): Rows {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const pixels = new Float32Array(lines.length * PIXELS);
  const labels = new Int32Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const cells = line.split(',').map(Number);
    if (cells.length !== PIXELS + 1) {
      throw new Error(`${file}, line ${row + 1}: ${cells.length} numbers instead of ${PIXELS + 1}`);
    }
    labels[row] = cells.pop()!;
    for (const [i, ink] of cells.entries()) pixels[row * PIXELS + i] = ink / INK;
  }
  return { count: lines.length, pixels, labels };
}

/** The rows of these indices. */
export function pick({ pixels, labels }: Rows, indices: Int32Array): Rows {
  const picked = {
    count: indices.length,
    pixels: new Float32Array(indices.length * PIXELS),
    labels: new Int32Array(indices.length),
  };
  for (const [to, from] of indices.entries()) {
    picked.pixels.set(pixels.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS);
    picked.labels[to] = labels[from];
  }
  return picked;
}

/** The rows with a share of their labels, the first ones, replaced by another digit. */
export function mislabel(rows: Rows, share: number, random: Random): Rows {
  const labels = rows.labels.slice();
  for (let i = 0; i < Math.round(share * rows.count); i++) {
    labels[i] = (labels[i] + 1 + random.integer(CLASSES - 1)) % CLASSES;
  }
  return { ...rows, labels };
}
