/** The figures in the documents are those of the last full benchmark. */

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/documents.js';

describe('the figures of README.md and docs/benchmarks.md', () => {
  it('are what bench/results.json says', () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/bench-docs.mjs', '--check'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: '' });
  });
});
