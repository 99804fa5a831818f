/** `logitscope convert`: a dump in another format. */

import { type Command, Option } from 'commander';
import { convertFile } from '../node/convert-file.js';
import type { OutFormat } from '../types/converted.js';
import { useColour } from './colour.js';
import type { DumpFlags } from './dump-options.js';
import { formatOption } from './dump-options.js';
import { addJsonOptions } from './json-option.js';
import * as parse from './options.js';
import { ProgressLine } from './progress.js';

interface ConvertFlags
  extends Pick<
    DumpFlags,
    | 'scores'
    | 'target'
    | 'prediction'
    | 'id'
    | 'weights'
    | 'format'
    | 'bfloat16'
    | 'delimiter'
    | 'header'
    | 'memoryBudget'
  > {
  fields?: string;
  to?: OutFormat;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  logitscope convert dump.npz dump.parquet
  logitscope convert forest.csv forest.npz                     p_0, p_1, … become one array
  logitscope convert forest.csv scores.npy --scores 'p_*'      npy holds one array: the scores
  logitscope convert forest.csv small.csv --fields id,label
  zcat dump.csv.gz | logitscope convert - dump.safetensors

Numbers keep their bits where the format has their type; integers and text stay what they are.
Exit status: 0 done, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addConvertCommand(program: Command): void {
  const command = program
    .command('convert')
    .description(
      'Copies a dump to another format: npy, npz, safetensors, Parquet, CSV, JSON Lines.',
    )
    .argument('<in>', 'any format that is read; - reads standard input')
    .argument('<out>', 'its ending says the format; it appears when it is whole')
    .addOption(
      new Option('--to <format>', 'format of the output, instead of what its name says').choices([
        'npy',
        'npz',
        'safetensors',
        'parquet',
        'csv',
        'jsonl',
      ]),
    )
    .optionsGroup('What is copied, instead of everything:')
    .option('--scores <names>', 'member, field, or columns (a,b,c or p_*), as one array')
    .option('--target <name>', 'column, field or member with the targets')
    .option('--prediction <name>', 'column, field or member with predicted labels')
    .option('--id <name>', 'column, field or member with names of rows')
    .option('--weights <name>', 'column, field or member with sample weights')
    .option('--fields <names>', 'any columns, fields or members (a,b,c or p_*)')
    .optionsGroup('How the input is read:')
    .addOption(formatOption())
    .option('--bfloat16', 'npy arrays of two raw bytes (V2), or u2, are bfloat16')
    .option('--delimiter <character>', 'of CSV: one character, or tab')
    .option('--header', 'the first line of the CSV names the columns')
    .option('--no-header', 'the first line of the CSV is a row')
    .option('--memory-budget <size>', 'for what cannot be streamed (default: 1G)', parse.bytes)
    .optionsGroup('Output:');
  addJsonOptions(command)
    .option('-q, --quiet', 'no progress on standard error')
    .addHelpText('after', EXAMPLES)
    .action(runConvert);
}

async function runConvert(from: string, out: string, flags: ConvertFlags): Promise<void> {
  const { json = false, quiet = false, ...options } = flags;
  const progress = new ProgressLine(!quiet);
  const converted = await convertFile(from, out, {
    ...options,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  if (json) {
    process.stdout.write((await import('../render/json.js')).renderJson(converted));
    return;
  }
  const { renderConvertedText } = await import('../render/convert-text.js');
  process.stdout.write(renderConvertedText(converted, { colour: useColour(process.stdout) }));
}
