/** `logitscope score`: one dump to one report. */

import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { checkMetricGates, type MetricGate, parseMetricGate } from '../diagnosis/gates.js';
import { scoreFile, type Threads } from '../node/score-file.js';
import type { Like } from '../score/score-dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport, Task } from '../types/report.js';
import { useColour } from './colour.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import { reportGates } from './gates.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';

interface ScoreFlags extends DumpFlags {
  task: Task | 'auto';
  threshold?: number;
  quantiles?: number[];
  prediction?: string;
  by?: string;
  cluster?: string;
  classWeights?: number[];
  labelSmoothing?: number;
  topK?: number[];
  zeroDivision?: number;
  worst?: number;
  diagnose?: boolean;
  threads: Threads;
  metrics?: string[];
  like?: Like;
  failIf?: MetricGate[];
  json?: boolean;
  out?: string[];
  quiet?: boolean;
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

/** How an \`--out\` file is written, by its ending. */
async function rendererFor(path: string): Promise<(report: ScoreReport) => string> {
  const ending = extname(path).toLowerCase();
  if (ending === '.json') return (await import('../render/json.js')).renderJson;
  if (ending === '.csv') return (await import('../render/csv.js')).renderCsv;
  throw new UsageError(
    'out-format',
    `--out ${path}: the ending must be .json or .csv, which says how to write the report.`,
  );
}

const collect = (value: string, before: string[] = []) => [...before, value];

/** Adds the command to the program. */
export function addScoreCommand(program: Command): void {
  const command = program
    .command('score')
    .description('Loss and accuracy side by side, and every other metric of one prediction dump.')
    .argument('<predictions>', 'npy, npz, CSV, TSV or JSON Lines; - reads standard input')
    .addOption(
      new Option('--task <task>', 'what the predictions are for; auto decides from the first rows')
        .choices(['auto', 'classification', 'binary', 'multilabel', 'regression'])
        .default('auto'),
    );
  addDumpOptions(command, {
    id: 'names of rows, for the list of worst: a file, or else a column or member',
    kinds: ['labels'],
  })
    .optionsGroup('Where things are:')
    .option('--prediction <name>', 'column, field or member with predicted labels')
    .option(
      '--by <name>',
      'slices, each with loss and accuracy: a file, or else a column or member',
    )
    .option('--cluster <name>', 'rows that belong together, likewise: widens the intervals')
    .optionsGroup('What counts:')
    .option('--class-weights <weights>', 'of the loss: 1,2,0.5 or a file', parse.classWeights)
    .option('--label-smoothing <ε>', 'of the loss, from 0 to 1', parse.number(0, 1))
    .option(
      '--threshold <x>',
      'least score that is called positive (default: 0.5, of logits 0)',
      parse.finite,
    )
    .option('--top-k <list>', 'which top-k accuracies, for example 1,5,10', parse.integers)
    .option('--zero-division <value>', 'what 0/0 counts as: 0, 1 or nan', parse.zeroDivision)
    .addOption(
      new Option('--like <library>', 'follow its conventions where they differ').choices([
        'sklearn',
        'torch',
        'keras',
      ]),
    )
    .option('--quantiles <list>', 'of the pinball losses, for example 0.1,0.9', parse.quantiles)
    .optionsGroup('Why:')
    .option('--worst <k>', 'how many of the rows of highest loss to list', parse.count)
    .option('--no-diagnose', 'leave out temperature, refinement, calibration and the worst rows')
    .optionsGroup('Output:')
    .option('--metrics <names>', 'which metrics the report holds, in this order', parse.names)
    .option(
      '--fail-if <condition>',
      'end with status 1, as in "log_loss > 0.4" (repeatable)',
      (text, before: MetricGate[] = []) => [...before, parseMetricGate(text)],
    )
    .option('--json', 'one JSON object on standard output')
    .option('-o, --out <file>', 'also write the report: .json or .csv (repeatable)', collect)
    .option('-q, --quiet', 'no progress on standard error');
  addHowOptions(command, 'which reads the dump again')
    .option('--threads <n>', 'threads that score: auto, or a number', parse.threads, 'auto')
    .addHelpText('after', EXAMPLES)
    .action(runScore);
}

async function runScore(predictions: string, flags: ScoreFlags): Promise<void> {
  const { json, failIf = [], out = [], quiet = false, metrics: only, ...options } = flags;
  const files = await Promise.all(
    out.map(async (path) => ({ path, render: await rendererFor(path) })),
  );
  // Most runs write no file, and start sooner without what it takes.
  const output = files.length > 0 ? await import('./output.js') : null;
  for (const { path } of files) output?.checkWritable(path);
  const progress = new ProgressLine(!quiet);
  let report: ScoreReport;
  try {
    report = await scoreFile(predictions, {
      ...options,
      only,
      onProgress: (state) => progress.show(state),
    });
  } finally {
    progress.clear();
  }
  const gates = checkMetricGates(report, failIf);
  for (const { path, render } of files) output?.writeWhole(path, render(report));
  if (json) {
    const { renderJson } = await import('../render/json.js');
    process.stdout.write(renderJson(gates.length === 0 ? report : { ...report, gates }));
  } else {
    const { renderText } = await import('../render/text.js');
    process.stdout.write(
      renderText(report, { colour: useColour(process.stdout), worst: flags.worst }),
    );
  }
  reportGates(gates);
}
