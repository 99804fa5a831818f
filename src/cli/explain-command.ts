/** `logitscope explain`: what changed between two dumps of the same rows. */

import type { Command } from 'commander';
import { type ChangeGate, checkChangeGates, parseChangeGate } from '../diagnosis/gates.js';
import { explainFiles } from '../node/explain-files.js';
import type { Threads } from '../node/score-file.js';
import { useColour } from './colour.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import { reportGates } from './gates.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';

interface ExplainFlags extends DumpFlags {
  level: number;
  worst?: number;
  threads: Threads;
  failIf?: ChangeGate[];
  json?: boolean;
  quiet?: boolean;
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
    .argument('<before>', 'npy, npz, CSV, TSV or JSON Lines')
    .argument('<after>', 'the same rows, scored again');
  addDumpOptions(command, { id: 'names of rows: a column or member to match rows by, or a file' })
    .optionsGroup('Output:')
    .option(
      '--level <α>',
      'level that the tests of the verdict keep together',
      parse.number(1e-9, 0.5),
      0.05,
    )
    .option('--worst <k>', 'how many of the rows that moved most to list', parse.count)
    .option(
      '--fail-if <condition>',
      'end with status 1, as in "accuracy drops", by its paired test at the level (repeatable)',
      (text, before: ChangeGate[] = []) => [...before, parseChangeGate(text)],
    )
    .option('--json', 'one JSON object on standard output')
    .option('-q, --quiet', 'no progress on standard error');
  addHowOptions(command, 'as far as memory allows')
    .option('--threads <n>', 'threads that score: auto, or a number', parse.threads, 'auto')
    .addHelpText('after', EXAMPLES)
    .action(runExplain);
}

async function runExplain(before: string, after: string, flags: ExplainFlags): Promise<void> {
  const { json, failIf = [], quiet = false, ...options } = flags;
  const progress = new ProgressLine(!quiet);
  const report = await explainFiles(before, after, {
    ...options,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  const gates = checkChangeGates(report, failIf, flags.level);
  if (json) {
    const { renderJson } = await import('../render/json.js');
    process.stdout.write(renderJson(gates.length === 0 ? report : { ...report, gates }));
  } else {
    const { renderExplainText } = await import('../render/explain-text.js');
    const colour = useColour(process.stdout);
    process.stdout.write(renderExplainText(report, { colour, worst: flags.worst }));
  }
  reportGates(gates);
}
