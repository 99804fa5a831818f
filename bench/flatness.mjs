/** Does the cost of a score stay the same as rows get longer, and as there are more of them? */

import { createScorer } from '../dist/index.js';
import { makeInput } from './inputs.mjs';
import { sample, sampleAsync, summarize } from './measure.mjs';
import { loadModule, scoreRows } from './runners.mjs';

const BYTES = 16 * 2 ** 20;

function point(seconds, rows, classes) {
  const { median, best, spread } = summarize(seconds);
  const elements = rows * classes;
  return {
    rows,
    classes,
    nanosecondsPerScore: (median / elements) * 1e9,
    bestNanosecondsPerScore: (best / elements) * 1e9,
    spread,
  };
}

/** The fused kernel on f32 logits from 64 to 256 Ki classes, the data always of one size. */
export async function flatInClasses({ rounds, seconds, quick }) {
  const all = Array.from({ length: 13 }, (_, i) => 64 << i);
  const cases = [];
  for (const classes of all.filter((_, i) => !quick || i % 4 === 0)) {
    const rows = BYTES / (4 * classes);
    const input = makeInput({ kind: 'logits', dtype: 'f32', rows, classes });
    const { run } = scoreRows()(await loadModule('core.wasm'), input);
    sample(run, 0.1);
    cases.push({ rows, classes, run, samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { run, samples } of cases) samples.push(...sample(run, seconds));
  }
  return cases.map(({ samples, rows, classes }) => point(samples, rows, classes));
}

/**
 * A whole scorer, from its making to its report, on 64 classes and ever more
 * rows. The rows of a batch are filled in once and scored again and again, so
 * this is the time of the kernel, the checks, the tally and the report.
 */
export async function flatInRows({ rounds, quick }) {
  const classes = 64;
  const counts = quick ? [1e3, 1e4, 1e5, 1e6] : [1e3, 1e4, 1e5, 1e6, 1e7];
  const batch = 8192;
  const input = makeInput({ kind: 'logits', dtype: 'f32', rows: batch, classes });
  const run = async (rows) => {
    const scorer = await createScorer({ classes });
    const lease = scorer.lease(Math.min(rows, batch));
    lease.scores.set(input.scores.subarray(0, lease.scores.length));
    lease.targets.set(input.targets.subarray(0, lease.targets.length));
    for (let done = 0; done < rows; done += lease.capacity) {
      scorer.update(lease, Math.min(lease.capacity, rows - done));
    }
    return scorer.report().metrics.log_loss.value;
  };
  const samples = counts.map(() => []);
  await run(batch);
  for (let round = 0; round < rounds; round++) {
    for (const [i, rows] of counts.entries()) {
      samples[i].push(...(await sampleAsync(() => run(rows), 0.05)));
    }
  }
  return counts.map((rows, i) => point(samples[i], rows, classes));
}
