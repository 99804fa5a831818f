/** `logitscope epochs`: how loss and accuracy went over a training run. */

import type { Command } from 'commander';
import { asksChange, checkEpochGates } from '../diagnosis/gates.js';
import { epochsFiles } from '../node/epochs-files.js';
import type { EpochsReport } from '../types/epochs.js';
import { UsageError } from '../types/errors.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import * as parse from './options.js';
import { StepLine } from './progress.js';
import { addOutputOptions, type OutputFlags, ReportOutput } from './report-output.js';

interface EpochsFlags extends DumpFlags, OutputFlags {
  train?: string[];
  trainLabels?: string;
  level: number;
  follow?: boolean;
  patience?: number;
  interval?: number;
  idle?: number;
}

const EXAMPLES = `
Examples:
  logitscope epochs 'run/val-*.npy' --labels labels.npy
  logitscope epochs 'run/val-*.npy' --labels val.npy --train 'run/train-*.npy' --train-labels train.npy
  logitscope epochs a.npz b.npz c.npz --json | jq .best
  logitscope epochs 'run/*.csv' --task regression --out run.csv --metrics r2 --fail-if 'r2 < 0.8'
  logitscope epochs 'run/val-*.npy' --labels labels.npy --follow
  logitscope epochs 'run/val-*.npy' --labels labels.npy --follow --patience 5 || kill "$TRAINING"

Quote patterns, so that they work in every shell. Epochs are ordered by the last number in their names.
Exit status: 0 done, 1 a --fail-if condition holds or patience is over, 2 wrong usage, 3 input that cannot be read or is refused, 130 Ctrl-C ended --follow.`;

/** Adds the command to the program. */
export function addEpochsCommand(program: Command): void {
  const command = program
    .command('epochs')
    .description('Loss and accuracy over the epochs of a run, and why they part where they do.')
    .argument('<files...>', 'dumps of the same rows, one per epoch; patterns such as val-*.npy');
  addDumpOptions(command, {
    id: 'column with names of rows, left out of the scores; rows in another order are matched by it',
    by: 'slices of every epoch: a file, or else a column or member',
    cluster: 'rows that belong together, likewise: the tests take them for dependent',
  })
    .optionsGroup('Where things are:')
    .option('--train <files...>', 'dumps of the training rows, of the same epochs')
    .option('--train-labels <file>', 'targets of the training rows');
  addOutputOptions(command, {
    metrics: 'metrics to show of every epoch, in this order',
    failIf: '"accuracy drops" from the first to the last, or "loss > 0.4" of the last',
  }).option('--level <α>', 'level that all tests keep together', parse.number(1e-9, 0.5), 0.05);
  command
    .optionsGroup('A run in progress:')
    .option('--follow', 'read dumps as they come, and show how the run goes, until Ctrl-C')
    .option(
      '--patience <n>',
      'end with status 1 when the last n epochs brought nothing better',
      parse.positive,
    )
    .option(
      '--interval <time>',
      'between looks at the folder, and for which a dump has to stand still (default: 2s)',
      parse.duration,
    )
    .option(
      '--idle <time>',
      'end when no dump came for so long, such as 10m (default: never)',
      parse.duration,
    );
  addHowOptions(command, 'as far as memory allows')
    .addHelpText('after', EXAMPLES)
    .action(runEpochs);
}

async function runEpochs(files: string[], flags: EpochsFlags): Promise<void> {
  const { json = false, failIf = [], out: __, quiet = false, metrics: only, ...options } = flags;
  const { follow = false, ...asked } = options;
  requireFollow(flags);
  const output = await ReportOutput.open<EpochsReport>(flags, {
    text: async (report, { colour }) =>
      (await import('../render/epochs-text.js')).renderEpochsText(report, { colour }),
    csv: async (report) => (await import('../render/csv.js')).renderEpochsCsv(report),
  });
  const request = { ...asked, only, withChange: asksChange(failIf) };
  if (follow) {
    const { followRun } = await import('./follow-command.js');
    const report = await followRun(files, request, { json, quiet });
    if (report === null) return;
    await output.write(report, checkEpochGates(report, failIf, flags.level), true);
    return;
  }
  const progress = new StepLine(!quiet);
  const report = await epochsFiles(files, {
    ...request,
    onEpoch: (name, done, total) => progress.show(name, done, total),
  }).finally(() => progress.clear());
  await output.write(report, checkEpochGates(report, failIf, flags.level));
}

/** @throws UsageError `needs-follow` */
function requireFollow({ follow = false, ...flags }: EpochsFlags): void {
  if (follow) return;
  for (const name of ['patience', 'interval', 'idle'] as const) {
    if (flags[name] === undefined) continue;
    throw new UsageError(
      'needs-follow',
      `--${name} is about a run in progress: give --follow, too, or leave it out.`,
    );
  }
}
