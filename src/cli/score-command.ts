/** `logitscope score`: one dump to one report. */

import type { Command } from 'commander';
import { checkMetricGates, requireMetricGates } from '../diagnosis/gates.js';
import { scoreFile } from '../node/score-file.js';
import type { ScoreReport } from '../types/report.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';
import { addOutputOptions, type OutputFlags, ReportOutput } from './report-output.js';

interface ScoreFlags extends DumpFlags, OutputFlags {
  quantiles?: number[];
  classWeights?: number[];
  labelSmoothing?: number;
  topK?: number[];
  zeroDivision?: number;
  worst?: number;
  diagnose?: boolean;
}

const EXAMPLES = `
Examples:
  logitscope score logits.npy --labels labels.npy
  logitscope score dump.npz                              members logits (or probs) and labels
  logitscope score forest.csv --id id                    columns p_<class> and label; id names the worst
  logitscope score scans.csv --by hospital --cluster patient
  logitscope score logits.npy -l labels.npy --by languages.txt
  logitscope score records.jsonl --json | jq .metrics.log_loss
  logitscope score prices.csv --target y_true            a regression, from y_pred
  logitscope score spam.csv --task binary                y_score is that of class 1 of 0 and 1
  logitscope score spam.csv --task binary --class-names ham,spam --threshold 0.3
  logitscope score tags.csv --task multilabel            columns p_<label> and y_<label>
  logitscope score logits.npy -l tags.npy --task multilabel   both of shape (rows, labels)
  logitscope score dump.npz --metrics log_loss,accuracy,f1_none
  logitscope score probs.csv --like sklearn              with a note on each number that differs
  logitscope score val.npy --labels y.npy --ignore-index -100 --out report.json
  zcat dump.csv.gz | logitscope score - --target label

Exit status: 0 done, 1 a --fail-if condition holds, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addScoreCommand(program: Command): void {
  const command = program
    .command('score')
    .description('Loss and accuracy side by side, and every other metric of one prediction dump.')
    .argument(
      '<predictions>',
      'npy, npz, safetensors, .pt, HDF5, CSV, TSV or JSON Lines; - reads standard input',
    );
  addDumpOptions(command, {
    id: 'names of rows, for the list of worst: a file, or else a column or member',
    by: 'slices, each with loss and accuracy: a file, or else a column or member',
    cluster: 'rows that belong together, likewise: widens the intervals',
  })
    .optionsGroup('What counts:')
    .option('--class-weights <weights>', 'of the loss: 1,2,0.5 or a file', parse.classWeights)
    .option('--label-smoothing <ε>', 'of the loss, from 0 to 1', parse.number(0, 1))
    .option('--top-k <list>', 'which top-k accuracies, for example 1,5,10', parse.integers)
    .option('--zero-division <value>', 'what 0/0 counts as: 0, 1 or nan', parse.zeroDivision)
    .option('--quantiles <list>', 'of the pinball losses, for example 0.1,0.9', parse.quantiles)
    .optionsGroup('Why:')
    .option('--worst <k>', 'how many of the rows of highest loss to list', parse.count)
    .option('--no-diagnose', 'leave out temperature, refinement, calibration and the worst rows');
  addOutputOptions(command, {
    metrics: 'which metrics the report holds, in this order',
    failIf: '"log_loss > 0.4"',
  });
  addHowOptions(command, 'which reads the dump again')
    .addHelpText('after', EXAMPLES)
    .action(runScore);
}

async function runScore(predictions: string, flags: ScoreFlags): Promise<void> {
  const { json: _, failIf = [], out: __, quiet = false, metrics: only, ...options } = flags;
  requireMetricGates(failIf);
  const output = await ReportOutput.open<ScoreReport>(flags, {
    text: async (report, { colour }) =>
      (await import('../render/text.js')).renderText(report, { colour, worst: flags.worst }),
    csv: async (report) => (await import('../render/csv.js')).renderCsv(report),
  });
  const progress = new ProgressLine(!quiet);
  const report = await scoreFile(predictions, {
    ...options,
    only,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  await output.write(report, checkMetricGates(report, failIf));
}
