/** Options that every command with dumps has. */

import { type Command, Option } from 'commander';
import type { JoinHow, Threads } from '../node/score-file.js';
import type { KindOption } from '../run/dump-options.js';
import type { InvalidPolicy } from '../run/scorer-options.js';
import type { FormatName } from '../types/fields.js';
import type { Task } from '../types/report.js';
import type { KernelName } from '../types/scores.js';
import * as parse from './options.js';

/** Values of the options that {@link addDumpOptions} and {@link addHowOptions} add. */
export interface DumpFlags {
  task: Task | 'auto';
  labels?: string;
  kind: KindOption;
  scores?: string;
  target?: string;
  prediction?: string;
  id?: string;
  by?: string;
  cluster?: string;
  threshold?: number;
  weights?: string;
  classNames?: string[];
  labelsFrom?: number;
  join: JoinHow;
  ignoreIndex?: number;
  shift?: boolean;
  eps?: number;
  invalid: InvalidPolicy;
  format?: Exclude<FormatName, 'txt'>;
  bfloat16?: boolean;
  filter?: string;
  delimiter?: string;
  header?: boolean;
  memoryBudget?: number;
  fitRows?: number | 'all';
  kernel: KernelName;
  threads: Threads;
}

const TASKS = ['auto', 'classification', 'binary', 'multilabel', 'regression'];
const KINDS = ['auto', 'logits', 'log-probabilities', 'probabilities', 'labels'];

const FORMATS: readonly Exclude<FormatName, 'txt'>[] = [
  ...(['npy', 'npz', 'safetensors', 'pt', 'hdf5', 'parquet', 'arrow'] as const),
  ...(['csv', 'tsv', 'json', 'jsonl', 'eval'] as const),
];

export function taskOption(): Option {
  return new Option(
    '--task <task>',
    'what the predictions are for; auto decides from the first rows',
  )
    .choices(TASKS)
    .default('auto');
}

export function formatOption(): Option {
  return new Option(
    '--format <format>',
    'instead of what the name and the first bytes say',
  ).choices(FORMATS);
}

/** What to do with slices and clusters, and with names of rows: each command's own words. */
export interface DumpHelp {
  readonly id: string;
  readonly by: string;
  readonly cluster: string;
}

/** What to read, and which rows count. */
export function addDumpOptions(command: Command, { id, by, cluster }: DumpHelp): Command {
  return command
    .addOption(taskOption())
    .option('-l, --labels <file>', 'targets in a file of their own (any of these formats, or text)')
    .addOption(
      new Option('--kind <kind>', 'what the scores are; auto decides once from the first rows')
        .choices(KINDS)
        .default('auto'),
    )
    .optionsGroup('Where things are:')
    .option('--scores <names>', 'member, field, or columns (a,b,c or p_*) with the scores')
    .option('--target <name>', 'column, field or member with the targets')
    .option('--prediction <name>', 'column, field or member with predicted labels')
    .option('--id <name>', id)
    .option('--by <name>', by)
    .option('--cluster <name>', cluster)
    .addOption(
      new Option(
        '--join <how>',
        'rows that files name: all, inner (leave out those on one side alone), or by place',
      )
        .choices(['all', 'inner', 'place'])
        .default('all'),
    )
    .option('--weights <name>', 'sample weights: a file, or else a column, field or member')
    .option('--class-names <names>', 'a,b,c or a file with one per line', parse.classNames)
    .addOption(formatOption())
    .option(
      '--bfloat16',
      'scores of two raw bytes (V2), u2, or HDF5 floats of two bytes are bfloat16',
    )
    .option(
      '--filter <name>',
      'of records of an evaluation: the filter, or the scorer, that is scored',
    )
    .option('--delimiter <character>', 'of CSV: one character, or tab')
    .option('--header', 'the first line of the CSV names the columns')
    .option('--no-header', 'the first line of the CSV is a row')
    .optionsGroup('What counts:')
    .option(
      '--labels-from <n>',
      'number of the first class in the targets (default: 0)',
      parse.integer,
    )
    .option('--shift', 'the target of each step of a sequence is the next one (language models)')
    .option('--ignore-index <n>', 'target that leaves a row out of everything', parse.integer)
    .option('--eps <p>', 'smallest probability in a logarithm; 0 for none', parse.number(0, 0.49))
    .option(
      '--threshold <x>',
      'least score that is called positive (default: 0.5, of logits 0)',
      parse.finite,
    )
    .addOption(
      new Option('--invalid <policy>', 'rows of NaN or ∞, or without a target')
        .choices(['error', 'skip'])
        .default('error'),
    );
}

/**
 * How it is computed.
 * @param fitRows what fitting on all rows does
 */
export function addHowOptions(command: Command, fitRows: string): Command {
  return command
    .optionsGroup('How:')
    .option('--memory-budget <size>', 'for what cannot be streamed (default: 1G)', parse.bytes)
    .option(
      '--fit-rows <n>',
      `rows to fit the temperature on: a number to sample, or all, ${fitRows}`,
      parse.fitRows,
    )
    .addOption(
      new Option('--kernel <name>', 'code that computes the rows')
        .choices(['simd', 'relaxed', 'reference'])
        .default('simd'),
    )
    .option('--threads <n>', 'threads that score: auto, or a number', parse.threads, 'auto');
}
