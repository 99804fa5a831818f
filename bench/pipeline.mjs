/** Files from the page cache to the report, by format and number of threads; and how long a start takes. */

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { scoreFile } from '../dist/index.js';
import { writeDump, writeLargeDump } from './dumps.mjs';
import { makeInput } from './inputs.mjs';
import { median, ratio, sample, sampleAsync, summarize } from './measure.mjs';
import { loadModule, scoreRows } from './runners.mjs';

/** Dumps: text and deflate are slower, and get less to do. Below 32 MiB more threads would not be used. */
const DUMPS = [
  { name: 'npy', format: 'npy', classes: 1000, megabytes: 512, quick: 64, threads: [1, 2] },
  { name: 'npy', format: 'npy', classes: 10, megabytes: 256, quick: 48, threads: [1, 2] },
  // Long enough for the start and the end of a second thread to be of no account.
  { name: 'npy', format: 'npy', classes: 1000, megabytes: 1200, quick: 0, threads: [1, 2] },
  { name: 'npy', format: 'npy', classes: 10, megabytes: 1200, quick: 0, threads: [1, 2] },
  { name: 'npz, stored', format: 'npz', classes: 1000, megabytes: 128, quick: 48, threads: [1, 2] },
  {
    name: 'safetensors',
    format: 'safetensors',
    classes: 1000,
    megabytes: 128,
    quick: 48,
    threads: [1, 2],
  },
  {
    name: 'npz, deflated',
    format: 'npz-deflated',
    classes: 1000,
    megabytes: 32,
    quick: 8,
    threads: [1],
  },
  { name: 'CSV', format: 'csv', classes: 10, megabytes: 16, quick: 4, threads: [1] },
  { name: 'JSON Lines', format: 'jsonl', classes: 10, megabytes: 16, quick: 4, threads: [1] },
];

/** What reports hold: everything, as they do unless told otherwise, or metrics without diagnosis and ranking. */
const EVERYTHING = { suffix: '', options: {} };
const METRICS_ALONE = { suffix: ', metrics alone', options: { diagnose: false, ranking: false } };

/** Dumps past this size repeat their rows. */
const LARGE_MEGABYTES = 600;

/** The fused kernel on rows that lie in memory: seconds per row, for comparison. */
async function kernelAlone(classes) {
  const rows = Math.floor((16 * 2 ** 20) / (4 * classes));
  const input = makeInput({ kind: 'logits', dtype: 'f32', rows, classes });
  const { run } = scoreRows()(await loadModule('core.wasm'), input);
  sample(run, 0.2);
  return () => median(sample(run, 0.1)) / rows;
}

/**
 * @returns rates for every dump and number of threads; two threads with their gain over one,
 *   npy with its share of the rate of the kernel on rows in memory
 */
export async function pipeline({ rounds, quick, folder }) {
  const results = [];
  for (const dump of DUMPS) {
    const megabytes = quick ? dump.quick : dump.megabytes;
    if (megabytes === 0) continue;
    const write = megabytes > LARGE_MEGABYTES ? writeLargeDump : writeDump;
    const { path, rows, bytes, options } = write(folder, { ...dump, megabytes });
    const run = async ({ count, report: { options: asked } }) => {
      const report = await scoreFile(path, { ...options, ...asked, threads: count });
      if (report.rows.scored !== rows) {
        throw new Error(`${path}: ${report.rows.scored} of ${rows} rows were scored`);
      }
      return report.metrics.log_loss.value;
    };
    const reports = dump.format === 'npy' ? [METRICS_ALONE, EVERYTHING] : [EVERYTHING];
    const counts = dump.threads.filter((count) => count <= availableParallelism());
    const runs = reports.flatMap((report) => counts.map((count) => ({ count, report })));
    const losses = [];
    for (const each of runs) losses.push(await run(each));
    if (new Set(losses).size > 1) throw new Error(`${path}: threads disagree: ${losses}`);
    const samples = runs.map(() => []);
    const kernel = dump.format === 'npy' ? await kernelAlone(dump.classes) : null;
    const kernelRounds = [];
    for (let round = 0; round < rounds; round++) {
      if (kernel) kernelRounds.push([kernel() * rows]);
      for (const [i, each] of runs.entries()) {
        samples[i].push(await sampleAsync(() => run(each), 0));
      }
    }
    for (const [i, { count, report }] of runs.entries()) {
      const { median, best, spread } = summarize(samples[i].flat());
      const first = runs.findIndex((other) => other.report === report);
      const metricsAlone = runs.findIndex(
        (other) => other.report === METRICS_ALONE && other.count === count,
      );
      results.push({
        format: `${dump.name}${report.suffix}`,
        classes: dump.classes,
        threads: count,
        rows,
        bytes,
        megabytesPerSecond: (bytes / median) * 1e-6,
        bestMegabytesPerSecond: (bytes / best) * 1e-6,
        rowsPerSecond: rows / median,
        spread,
        ...(kernel && { ofKernel: ratio(samples[i], kernelRounds) }),
        ...(i > first && { gain: ratio(samples[i], samples[first]) }),
        ...(metricsAlone >= 0 &&
          metricsAlone !== i && { cost: ratio(samples[metricsAlone], samples[i]) }),
      });
    }
    rmSync(path);
    if (options.labels) rmSync(options.labels);
  }
  return results;
}

/** Seconds of a whole process, from its start to its end. */
function secondsOf(args) {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`node ${args.join(' ')} ended with status ${status}:\n${stderr}`);
  return (performance.now() - start) / 1000;
}

/** `score` on a tiny file against `node -e 0`, whole processes in turn. */
export function start({ folder, quick }) {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
  const { path, options } = writeDump(folder, { format: 'npy', classes: 10, megabytes: 0.008 });
  const score = [cli, 'score', path, '--labels', options.labels, '--kind', 'logits', '--json'];
  const own = [];
  const empty = [];
  for (let round = 0; round < (quick ? 3 : 15); round++) {
    empty.push([secondsOf(['-e', '0'])]);
    own.push([secondsOf(score)]);
  }
  return {
    emptyProcess: summarize(empty.flat()),
    tinyFile: summarize(own.flat()),
    ratio: ratio(empty, own),
  };
}
