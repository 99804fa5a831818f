/** How much memory `score` takes at most, by size of the file and number of threads. */

import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeLargeDump } from './dumps.mjs';

const CLASSES = 1000;
const PEAK = fileURLToPath(new URL('peak.mjs', import.meta.url));

/** Files, and the numbers of threads that score them. A third thread shows what each one more takes. */
const FILES = [
  { megabytes: 400, threads: [1, 2, 3] },
  { megabytes: 4000, threads: [2] },
];
const QUICK_FILES = [{ megabytes: 64, threads: [1, 2] }];

/** Peak resident memory of a whole run of the command line, in bytes. */
function peakOf({ path, options }, threads) {
  const args = [PEAK, path, options.labels, String(threads)];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${PEAK} ended with status ${status}:\n${stderr}`);
  return Number(stdout);
}

/**
 * @returns `{ megabytes, threads, peakBytes }` of each run, the least of three: what a run needs.
 *   Files that do not fit on the disk have `skipped` instead.
 */
export function memory({ folder, quick }) {
  const results = [];
  for (const { megabytes, threads } of quick ? QUICK_FILES : FILES) {
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    // Scores, targets, and as much again for others.
    if (free < 2e6 * megabytes) {
      const skipped = `${folder} has ${Math.round(free / 1e6)} MB left, too little for a file of ${megabytes} MB`;
      results.push({ megabytes, threads: null, skipped });
      continue;
    }
    const dump = writeLargeDump(folder, { classes: CLASSES, megabytes });
    try {
      for (const count of threads) {
        const peaks = Array.from({ length: quick ? 1 : 3 }, () => peakOf(dump, count));
        results.push({ megabytes, threads: count, peakBytes: Math.min(...peaks) });
      }
    } finally {
      rmSync(dump.path);
      rmSync(dump.options.labels);
    }
  }
  return results;
}
