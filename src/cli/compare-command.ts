/** `logitscope compare`: several models over the same rows. */

import type { Command } from 'commander';
import {
  type CompareGate,
  checkCompareGates,
  parseCompareGate,
} from '../diagnosis/compare-gates.js';
import { compareFiles } from '../node/compare-files.js';
import type { CompareReport } from '../types/compare.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import * as parse from './options.js';
import { StepLine } from './progress.js';
import { addOutputOptions, type OutputFlags, ReportOutput } from './report-output.js';

interface CompareFlags extends DumpFlags, OutputFlags<CompareGate> {
  level: number;
  difference?: number;
}

const EXAMPLES = `
Examples:
  logitscope compare small.npy large.npy --labels labels.npy
  logitscope compare 'models/*.csv' --id id --by language --cluster document
  logitscope compare models/ --labels labels.npy --difference 0.01      how many rows that takes
  logitscope compare main.npz branch.npz --fail-if 'branch worse than main by 0.01 in accuracy'

Models are called as their files, as short as tells them apart. A condition on a metric
("log_loss > 0.4") holds where it holds for any model; "a worse than b [by x] [in loss]" where the
paired test of the two says so.
Exit status: 0 done, 1 a --fail-if condition holds, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addCompareCommand(program: Command): void {
  const command = program
    .command('compare')
    .description(
      'Several models over the same rows: which is best, and which cannot be told from it.',
    )
    .argument('<files...>', 'dumps of the same rows, one per model; quoted patterns, folders');
  addDumpOptions(command, {
    id: 'column with names of rows, left out of the scores; rows in another order are matched by it',
    by: 'slices of every model: a file, or else a column or member',
    cluster: 'rows that belong together, likewise: intervals and tests take them for dependent',
  });
  addOutputOptions(
    command,
    {
      metrics: 'metrics to show of every model, in this order',
      failIf: '"b worse than a by 0.01 in accuracy", or "log_loss > 0.4" of any model',
    },
    parseCompareGate,
  )
    .option('--level <α>', 'level that intervals and tests keep', parse.number(1e-9, 0.5), 0.05)
    .option('--difference <d>', 'say how many rows finding such a difference takes', parse.finite);
  addHowOptions(command, 'as far as memory allows')
    .addHelpText('after', EXAMPLES)
    .action(runCompare);
}

async function runCompare(files: string[], flags: CompareFlags): Promise<void> {
  const { json: _, failIf = [], out: __, quiet = false, metrics: only, ...options } = flags;
  const output = await ReportOutput.open<CompareReport>(flags, {
    text: async (report, { colour }) =>
      (await import('../render/compare-text.js')).renderCompareText(report, { colour }),
    csv: async (report) => (await import('../render/csv.js')).renderCompareCsv(report),
  });
  const progress = new StepLine(!quiet);
  const report = await compareFiles(files, {
    ...options,
    only,
    onDump: (name, done, total) => progress.show(name, done, total),
  }).finally(() => progress.clear());
  await output.write(report, checkCompareGates(report, failIf));
}
