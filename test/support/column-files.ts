/** The Parquet and Arrow files of the fixtures, and the same rows in npz. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scoreFile } from '../../src/node/score-file.js';
import { npyBytes, zipBytes } from './numpy.js';

export const CLASSES = ['cat', 'dog', 'fox'];

export const fixturePath = (name: string) =>
  fileURLToPath(new URL(`../formats/fixtures-columns/${name}`, import.meta.url));

export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

/** Score of row r, column c in all of them. */
export const scoreOf = (r: number, c: number) =>
  Math.fround((((r * 7919 + c * 104729) % 2003) - 1000) / 300);

/** The first rows in npz: a member for each class, and the labels. */
export function twinOf(rows: number): Uint8Array {
  const range = Array.from({ length: rows }, (_, r) => r);
  const members = CLASSES.map((name, c) => ({
    name: `p_${name}.npy`,
    bytes: npyBytes({ descr: '<f4', shape: [rows], values: range.map((r) => scoreOf(r, c)) }),
  }));
  const labels = range.map((r) => (r * 7) % 3);
  return zipBytes([
    ...members,
    { name: 'label.npy', bytes: npyBytes({ descr: '<i4', shape: [rows], values: labels }) },
  ]);
}

/** The report of bytes, without what it says of the file. */
export async function scoreBytes(name: string, bytes: Uint8Array, threads: number) {
  const folder = mkdtempSync(join(tmpdir(), 'logitscope-columns-'));
  try {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    const report = await scoreFile(path, { threads, stripeBytes: 1 << 14 });
    const { name: _, format, stored, ...source } = report.source;
    const notices = JSON.stringify(report.notices).replaceAll(
      /dump|[\w.-]*twin.npz|[\w./-]+\.(?:parquet|arrows?)|column|member/g,
      '',
    );
    return JSON.parse(JSON.stringify({ ...report, source, notices }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
