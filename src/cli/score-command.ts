/** `logitscope score`: one dump to one report. */

import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { checkMetricGates, type MetricGate, parseMetricGate } from '../diagnosis/gates.js';
import { scoreFile, type Threads } from '../node/score-file.js';
import type { KindOption, Like } from '../score/score-dump.js';
import type { InvalidPolicy } from '../score/scorer.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport, Task } from '../types/report.js';
import type { KernelName } from '../types/scores.js';
import { useColour } from './colour.js';
import { reportGates } from './gates.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';

interface ScoreFlags {
  labels?: string;
  task: Task | 'auto';
  threshold?: number;
  quantiles?: number[];
  kind: KindOption;
  scores?: string;
  target?: string;
  prediction?: string;
  id?: string;
  by?: string;
  cluster?: string;
  weights?: string;
  classWeights?: number[];
  classNames?: string[];
  ignoreIndex?: number;
  labelSmoothing?: number;
  eps?: number;
  invalid: InvalidPolicy;
  topK?: number[];
  zeroDivision?: number;
  worst?: number;
  fitRows?: number | 'all';
  diagnose?: boolean;
  format?: 'npy' | 'npz' | 'csv' | 'tsv' | 'jsonl';
  bfloat16?: boolean;
  delimiter?: string;
  header?: boolean;
  memoryBudget?: number;
  kernel: KernelName;
  threads: Threads;
  metrics?: string[];
  like?: Like;
  failIf: MetricGate[];
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
  program
    .command('score')
    .description('Loss and accuracy side by side, and every other metric of one prediction dump.')
    .argument('<predictions>', 'npy, npz, CSV, TSV or JSON Lines; - reads standard input')
    .option('-l, --labels <file>', 'targets in a file of their own (any of these formats, or text)')
    .addOption(
      new Option('--task <task>', 'what the predictions are for; auto decides from the first rows')
        .choices(['auto', 'classification', 'binary', 'multilabel', 'regression'])
        .default('auto'),
    )
    .addOption(
      new Option('--kind <kind>', 'what the scores are; auto decides once from the first rows')
        .choices(['auto', 'logits', 'log-probabilities', 'probabilities', 'labels'])
        .default('auto'),
    )
    .optionsGroup('Where things are:')
    .option('--scores <names>', 'member, field, or columns (a,b,c or p_*) with the scores')
    .option('--target <name>', 'column, field or member with the targets')
    .option('--prediction <name>', 'column, field or member with predicted labels')
    .option(
      '--id <name>',
      'names of rows, for the list of worst: a file, or else a column or member',
    )
    .option('--weights <name>', 'sample weights: a file, or else a column, field or member')
    .option(
      '--by <name>',
      'slices, each with loss and accuracy: a file, or else a column or member',
    )
    .option('--cluster <name>', 'rows that belong together, likewise: widens the intervals')
    .option('--class-names <names>', 'a,b,c or a file with one per line', parse.classNames)
    .addOption(
      new Option('--format <format>', 'instead of what the name and the first bytes say').choices([
        'npy',
        'npz',
        'csv',
        'tsv',
        'jsonl',
      ]),
    )
    .option('--bfloat16', 'npy scores of two raw bytes (V2), or u2, are bfloat16')
    .option('--delimiter <character>', 'of CSV: one character, or tab')
    .option('--header', 'the first line of the CSV names the columns')
    .option('--no-header', 'the first line of the CSV is a row')
    .optionsGroup('What counts:')
    .option('--class-weights <weights>', 'of the loss: 1,2,0.5 or a file', parse.classWeights)
    .option('--ignore-index <n>', 'target that leaves a row out of everything', parse.integer)
    .option('--label-smoothing <ε>', 'of the loss, from 0 to 1', parse.number(0, 1))
    .option('--eps <p>', 'smallest probability in a logarithm; 0 for none', parse.number(0, 0.49))
    .addOption(
      new Option('--invalid <policy>', 'rows of NaN or ∞, or without a target')
        .choices(['error', 'skip'])
        .default('error'),
    )
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
    .option(
      '--fit-rows <n>',
      'rows to fit the temperature on: a number to sample, or all, which reads the dump again',
      parse.fitRows,
    )
    .option('--no-diagnose', 'leave out temperature, refinement, calibration and the worst rows')
    .optionsGroup('Output:')
    .option('--metrics <names>', 'which metrics the report holds, in this order', parse.names)
    .option(
      '--fail-if <condition>',
      'end with status 1, as in "log_loss > 0.4" (repeatable)',
      (text, before: MetricGate[]) => [...before, parseMetricGate(text)],
      [],
    )
    .option('--json', 'one JSON object on standard output')
    .option('-o, --out <file>', 'also write the report: .json or .csv (repeatable)', collect)
    .option('-q, --quiet', 'no progress on standard error')
    .optionsGroup('How:')
    .option('--memory-budget <size>', 'for what cannot be streamed (default: 1G)', parse.bytes)
    .option('--threads <n>', 'threads that score: auto, or a number', parse.threads, 'auto')
    .addOption(
      new Option('--kernel <name>', 'code that computes the rows')
        .choices(['simd', 'relaxed', 'reference'])
        .default('simd'),
    )
    .addHelpText('after', EXAMPLES)
    .action(runScore);
}

async function runScore(predictions: string, flags: ScoreFlags): Promise<void> {
  const { json, failIf, out = [], quiet = false, metrics: only, ...options } = flags;
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
