/** `logitscope explain`: what changed between two dumps of the same rows. */

import type { Command } from 'commander';
import { checkChangeGates } from '../diagnosis/gates.js';
import { explainFiles } from '../node/explain-files.js';
import type { ExplainReport } from '../types/explain.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';
import { addOutputOptions, type OutputFlags, ReportOutput } from './report-output.js';

interface ExplainFlags extends DumpFlags, OutputFlags {
  level: number;
  worst?: number;
}

const EXAMPLES = `
Examples:
  logitscope explain epoch-070.npy epoch-160.npy --labels labels.npy
  logitscope explain old.npz new.npz --json | jq .verdict
  logitscope explain a.csv b.csv --id id --worst 10         rows of the same id, in any order
  logitscope explain main.npz pull-request.npz --fail-if 'accuracy drops' --fail-if 'loss rises'

Rows are matched by their place; with --id COLUMN by their names, whatever their order.
Exit status: 0 done, 1 a --fail-if condition holds, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addExplainCommand(program: Command): void {
  const command = program
    .command('explain')
    .description(
      'What changed between two dumps of the same rows, and why loss and accuracy disagree.',
    )
    .argument(
      '<before>',
      'npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines',
    )
    .argument('<after>', 'the same rows, scored again');
  addDumpOptions(command, {
    id: 'names of rows: a column or member to match rows by, or a file',
    by: 'slices, each with its own change: a file, or else a column or member',
    cluster: 'rows that belong together, likewise: widens intervals and tests',
  });
  addOutputOptions(command, {
    metrics: 'metrics to show of both dumps, in this order',
    failIf: '"accuracy drops" by its paired test, or "loss > 0.4" after',
  })
    .option(
      '--level <α>',
      'level that the tests of the verdict keep together',
      parse.number(1e-9, 0.5),
      0.05,
    )
    .option('--worst <k>', 'how many of the rows that moved most to list', parse.count);
  addHowOptions(command, 'as far as memory allows')
    .addHelpText('after', EXAMPLES)
    .action(runExplain);
}

async function runExplain(before: string, after: string, flags: ExplainFlags): Promise<void> {
  const { json: _, failIf = [], out: __, quiet = false, metrics: only, ...options } = flags;
  const output = await ReportOutput.open<ExplainReport>(flags, {
    text: async (report, { colour }) =>
      (await import('../render/explain-text.js')).renderExplainText(report, {
        colour,
        worst: flags.worst,
      }),
    csv: async (report) => (await import('../render/csv.js')).renderExplainCsv(report),
  });
  const progress = new ProgressLine(!quiet);
  const report = await explainFiles(before, after, {
    ...options,
    only,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  await output.write(report, checkChangeGates(report, failIf, flags.level));
}
