/** `logitscope epochs`: how loss and accuracy went over a training run. */

import type { Command } from 'commander';
import { epochsFiles } from '../node/epochs-files.js';
import { useColour } from './colour.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import * as parse from './options.js';
import { StepLine } from './progress.js';

interface EpochsFlags extends DumpFlags {
  train?: string[];
  trainLabels?: string;
  level: number;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  logitscope epochs 'run/val-*.npy' --labels labels.npy
  logitscope epochs 'run/val-*.npy' --labels val.npy --train 'run/train-*.npy' --train-labels train.npy
  logitscope epochs a.npz b.npz c.npz --json | jq .best

Quote patterns, so that they work in every shell. Epochs are ordered by the last number in their names.
Exit status: 0 done, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addEpochsCommand(program: Command): void {
  const command = program
    .command('epochs')
    .description('Loss and accuracy over the epochs of a run, and why they part where they do.')
    .argument('<files...>', 'dumps of the same rows, one per epoch; patterns such as val-*.npy');
  addDumpOptions(command, { id: 'column with names of rows, left out' })
    .optionsGroup('Where things are:')
    .option('--train <files...>', 'dumps of the training rows, of the same epochs')
    .option('--train-labels <file>', 'targets of the training rows')
    .optionsGroup('Output:')
    .option('--level <α>', 'level that all tests keep together', parse.number(1e-9, 0.5), 0.05)
    .option('--json', 'one JSON object on standard output')
    .option('-q, --quiet', 'no progress on standard error');
  addHowOptions(command, 'as far as memory allows')
    .addHelpText('after', EXAMPLES)
    .action(runEpochs);
}

async function runEpochs(files: string[], flags: EpochsFlags): Promise<void> {
  const { json, quiet = false, ...options } = flags;
  const progress = new StepLine(!quiet);
  const report = await epochsFiles(files, {
    ...options,
    onEpoch: (name, done, total) => progress.show(name, done, total),
  }).finally(() => progress.clear());
  if (json) {
    const { renderJson } = await import('../render/json.js');
    process.stdout.write(renderJson(report));
  } else {
    const { renderEpochsText } = await import('../render/epochs-text.js');
    process.stdout.write(renderEpochsText(report, { colour: useColour(process.stdout) }));
  }
}
