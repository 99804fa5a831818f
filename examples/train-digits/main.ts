/** `npm run train-digits`: trains a small network on handwritten digits; see README.md. */

import { parseArgs } from 'node:util';
import { UsageError } from 'logitscope';
import { readDigits } from './digits.js';
import { DumpFolder } from './dumps.js';
import { Random } from './random.js';
import { type Epoch, OVERFIT, type Recipe, SOUND, split, train } from './train.js';

/** npm runs scripts in the folder of package.json. */
const DATA = 'examples/train-digits/digits.csv';

const HELP = `Usage: npm run train-digits -- [options]

Trains a small network on 8×8 handwritten digits and leaves its logits after each epoch.

  --overfit    too few rows, some with wrong labels, far too many epochs
  --out <dir>  folder for the logits; default build/train-digits, with --overfit build/train-digits-overfit
  --seed <n>   whole number that decides all that is random; default 1
  --help       this text
`;

interface Flags {
  readonly overfit: boolean;
  readonly out: string;
  readonly seed: number;
  readonly help: boolean;
}

function readFlags(args: string[]): Flags {
  const { values } = parse(args);
  const { overfit = false, help = false, seed = '1' } = values;
  const { out = overfit ? 'build/train-digits-overfit' : 'build/train-digits' } = values;
  if (!/^\d{1,9}$/.test(seed)) {
    throw new UsageError(
      'bad-seed',
      `--seed takes a whole number of up to nine digits; found "${seed}".`,
    );
  }
  if (out === '') throw new UsageError('bad-out', '--out takes the name of a folder; found none.');
  return { overfit, out, seed: Number(seed), help };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        overfit: { type: 'boolean' },
        out: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    // What is wrong stands in the first sentence; the rest tells programmers of other ways.
    throw new UsageError('bad-flag', `${(error as Error).message.split('. ')[0]}. Try --help.`);
  }
}

const COLUMNS = ['epoch', 'train loss', 'accuracy', 'validation loss', 'accuracy'];

/** A line of the table, cells right-aligned below their headings. */
function line(cells: readonly (string | number)[]): string {
  return cells
    .map((cell, i) => {
      const text = typeof cell === 'number' && i > 0 ? cell.toFixed(4) : String(cell);
      return text.padStart(COLUMNS[i].length);
    })
    .join('  ');
}

/** Trains, prints a line per epoch as it comes, and writes the dumps. */
async function run({ overfit, out, seed }: Flags): Promise<void> {
  const recipe: Recipe = overfit ? OVERFIT : SOUND;
  const random = new Random(seed);
  const digits = readDigits(DATA);
  const data = split(digits, recipe, random);
  const folder = new DumpFolder(out, recipe.epochs, data);
  const wrong = Math.round(recipe.mislabelled * data.training.count);
  print(
    `${data.training.count} training rows${wrong > 0 ? `, ${wrong} of them with wrong labels` : ''}, ${data.validation.count} validation rows, seed ${seed}\n`,
  );
  print(line(COLUMNS));
  let best: Epoch | null = null;
  let last: Epoch | null = null;
  for await (const epoch of train(data, recipe, random)) {
    const { number, training, validation } = epoch;
    print(line([number, training.loss, training.accuracy, validation.loss, validation.accuracy]));
    folder.write(epoch);
    if (best === null || validation.loss < best.validation.loss) best = epoch;
    last = epoch;
  }
  const points = 100 * (last!.validation.accuracy - best!.validation.accuracy);
  print(
    `\nValidation loss was lowest after epoch ${best!.number}, ${best!.validation.loss.toFixed(4)}. At the end it is ${last!.validation.loss.toFixed(4)}; accuracy has changed by ${points.toFixed(1).replace('-', '−')} points since.`,
  );
  print(`To see why:\n\n  ${folder.command()}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  const flags = readFlags(process.argv.slice(2));
  if (flags.help) process.stdout.write(HELP);
  else await run(flags);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`train-digits: ${error.message}\n`);
  process.exitCode = 2;
}
