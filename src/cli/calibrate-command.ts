/** `logitscope calibrate`: fits temperature and offsets on a dump, and applies what was fitted. */

import { type Command, Option } from 'commander';
import { readCalibration } from '../diagnosis/read-calibration.js';
import { applyCalibration, requireOther } from '../node/apply-file.js';
import { calibrateFile } from '../node/calibrate-file.js';
import { openFile } from '../node/files.js';
import type { Calibration } from '../types/calibration.js';
import { InputError, UsageError } from '../types/errors.js';
import { useColour } from './colour.js';
import { addDumpOptions, addHowOptions, type DumpFlags } from './dump-options.js';
import { addJsonOptions } from './json-option.js';
import { ProgressLine } from './progress.js';

interface CalibrateFlags extends DumpFlags {
  out?: string;
  apply?: string;
  only?: 'scale';
  isotonic?: boolean;
  json?: boolean;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  logitscope calibrate val.npy --labels val-labels.npy --out fitted.json
  logitscope calibrate test.npy --apply fitted.json --out recalibrated.npy    needs no targets
  logitscope calibrate val.npz --only scale --out temperature.json
  logitscope calibrate scans.csv --by hospital --out fitted.json              one fit for each hospital
  logitscope calibrate new.csv --by hospital --apply fitted.json --out recalibrated.csv
  logitscope calibrate spam.csv --task binary --isotonic --out curve.json
  logitscope calibrate prices.csv --target y_true --json | jq .line

What is gained is told out of fold; score the dump that was fitted on, and it will look better than
new rows do. So fit on rows that the model was not trained on, and apply to others.
Exit status: 0 done, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addCalibrateCommand(program: Command): void {
  const command = program
    .command('calibrate')
    .description('Fits temperature and offsets on one dump, and applies them to it or to others.')
    .argument(
      '<predictions>',
      'npy, npz, safetensors, .pt, HDF5, Parquet, Arrow, CSV, TSV or JSON Lines; - reads standard input',
    );
  addDumpOptions(command, {
    id: 'names of rows, to find their targets by in another file',
    by: 'slices, each with a fit of its own: a file, or else a column or member',
    cluster: 'not used here',
  })
    .optionsGroup('What is fitted:')
    .addOption(new Option('--only <part>', 'the temperature alone').choices(['scale']))
    .option('--isotonic', 'of one score per row an ascending curve instead')
    .optionsGroup('Output:')
    .option('--apply <file>', 'apply what was fitted before, instead of fitting')
    .option(
      '-o, --out <file>',
      'where the fit goes, as .json; with --apply the scores, as .npy, .npz or .csv',
    );
  addJsonOptions(command).option('-q, --quiet', 'no progress on standard error');
  addHowOptions(command, 'which reads the dump again')
    .addHelpText('after', EXAMPLES)
    .action(runCalibrate);
}

async function runCalibrate(predictions: string, flags: CalibrateFlags): Promise<void> {
  const { cluster } = flags;
  if (cluster !== undefined) {
    throw new UsageError(
      'no-such-option-here',
      '--cluster does nothing to a fit. Leave it out; logitscope score --cluster widens the intervals.',
    );
  }
  if (flags.apply === undefined) return fitDump(predictions, flags);
  return applyFit(predictions, flags.apply, flags);
}

async function fitDump(predictions: string, flags: CalibrateFlags): Promise<void> {
  const { json = false, quiet = false, out, apply: _, ...options } = flags;
  const { checkWritable, writeWhole } = await import('./output.js');
  if (out !== undefined) {
    if (!/\.json$/i.test(out)) {
      throw new UsageError(
        'out-format',
        `--out ${out}: what is fitted is written as JSON; end the name in .json. To write recalibrated scores, name the fit with --apply.`,
      );
    }
    checkWritable(out);
    for (const input of [predictions, flags.labels ?? '-']) requireOther(input, out);
  }
  const progress = new ProgressLine(!quiet);
  const calibration = await calibrateFile(predictions, {
    ...options,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  const { renderJson } = await import('../render/json.js');
  const text = renderJson(calibration);
  if (out !== undefined) writeWhole(out, text);
  if (json) {
    process.stdout.write(text);
    return;
  }
  const { renderCalibrationText } = await import('../render/calibrate-text.js');
  const shown = renderCalibrationText(calibration, { colour: useColour(process.stdout) });
  const next =
    out === undefined
      ? 'Nothing was written: name a file with --out fitted.json.'
      : `Written to ${out}. Apply it with --apply ${out} --out recalibrated.npy.`;
  process.stdout.write(`${shown}\n${next}\n`);
}

async function applyFit(predictions: string, fitted: string, flags: CalibrateFlags): Promise<void> {
  const { out, only, isotonic, fitRows, labels, json = false, quiet = false, task } = flags;
  const given = {
    '--only': only,
    '--isotonic': isotonic,
    '--fit-rows': fitRows,
    '--labels': labels,
  };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new UsageError(
      'no-such-option-here',
      `${name} is for a fit, and --apply ${fitted} is one already. Leave one of them out.`,
    );
  }
  if (out === undefined) {
    throw new UsageError(
      'no-out',
      'Where the recalibrated scores are to go is missing: add --out recalibrated.npy (or .npz, .csv).',
    );
  }
  const calibration = readFit(fitted);
  if (task !== 'auto' && task !== calibration.task) {
    throw new UsageError(
      'other-task',
      `${fitted} was fitted for --task ${calibration.task}, not ${task}. Leave --task out, or fit again.`,
    );
  }
  requireOther(fitted, out);
  const progress = new ProgressLine(!quiet);
  const applied = await applyCalibration(predictions, calibration, out, {
    ...flags,
    onProgress: (state) => progress.show(state),
  }).finally(() => progress.clear());
  if (json) {
    process.stdout.write((await import('../render/json.js')).renderJson(applied));
    return;
  }
  const { renderAppliedText } = await import('../render/calibrate-text.js');
  process.stdout.write(renderAppliedText(applied));
}

/** @throws InputError `file-not-found` and the like, `bad-json`, `bad-calibration` */
function readFit(path: string): Calibration {
  let value: unknown;
  try {
    value = JSON.parse(readWhole(path));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new InputError('bad-json', {
      source: path,
      problem: `this is no JSON (${cause.message})`,
      expected: 'a file as logitscope calibrate --out writes it',
      advice: 'It may have been cut off; fit again.',
      cause,
    });
  }
  return readCalibration(value, path);
}

/** @throws InputError as `openFile` */
function readWhole(path: string): string {
  const file = openFile(path);
  try {
    const bytes = new Uint8Array(file.size);
    file.read(bytes, 0);
    return new TextDecoder().decode(bytes);
  } finally {
    file.close();
  }
}
