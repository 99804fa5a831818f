/** `logitscope inspect`: what is in a file, what each part would be taken for, and how to score it. */

import type { Command } from 'commander';
import { inspectFile } from '../node/inspect-file.js';
import type { FormatName } from '../types/fields.js';
import type { Task } from '../types/report.js';
import { useColour } from './colour.js';
import { formatOption, taskOption } from './dump-options.js';
import { addJsonOptions } from './json-option.js';
import * as parse from './options.js';

interface InspectFlags {
  scores?: string;
  target?: string;
  task?: Task | 'auto';
  format?: Exclude<FormatName, 'txt'>;
  delimiter?: string;
  header?: boolean;
  bfloat16?: boolean;
  rows?: number;
  json?: boolean;
}

const EXAMPLES = `
Examples:
  logitscope inspect dump.npz
  logitscope inspect forest.csv --rows 1000000
  logitscope inspect 'shards/part-*.npz'
  logitscope inspect forest.csv --json | jq '.fields[] | select(.role == "scores") | .name'

Exit status: 0 done, 2 wrong usage, 3 input that cannot be read.`;

/** Adds the command to the program. */
export function addInspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description(
      'What is in a file: its fields, what each would be taken for, and how to score it.',
    )
    .argument('<files...>', 'as score takes them; several, a pattern or a directory are one dump')
    .option('--scores <names>', 'what holds the scores')
    .option('--target <name>', 'what holds the targets')
    .addOption(taskOption())
    .addOption(formatOption())
    .option('--delimiter <character>', 'of CSV: one character, or tab')
    .option('--header', 'the first line of the CSV names the columns')
    .option('--no-header', 'the first line of the CSV is a row')
    .option('--bfloat16', 'two-byte arrays that NumPy has no name for are bfloat16')
    .option('--rows <n>', 'how many rows to look at (default: 100000)', parse.count);
  addJsonOptions(command).addHelpText('after', EXAMPLES).action(runInspect);
}

async function runInspect(files: string[], flags: InspectFlags): Promise<void> {
  const { json, scores, target, ...options } = flags;
  const report = await inspectFile(files, {
    ...options,
    names: { scores, ...(target !== undefined && { target }) },
  });
  if (json) {
    const { renderJson } = await import('../render/json.js');
    process.stdout.write(renderJson(report));
    return;
  }
  const { renderInspectText } = await import('../render/inspect-text.js');
  process.stdout.write(renderInspectText(report, { colour: useColour(process.stdout) }));
}
