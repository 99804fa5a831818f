/** The command line. Data goes to stdout, everything else to stderr. */

import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { style } from '../render/style.js';
import { InputError, LogitscopeError, UsageError } from '../types/errors.js';
import { VERSION } from '../version.js';
import { addCalibrateCommand } from './calibrate-command.js';
import { addCatalogCommands } from './catalog-commands.js';
import { useColour } from './colour.js';
import { addCompareCommand } from './compare-command.js';
import { addCompletionCommand } from './completion-command.js';
import { addConvertCommand } from './convert-command.js';
import { addEpochsCommand } from './epochs-command.js';
import { addExplainCommand } from './explain-command.js';
import { addInspectCommand } from './inspect-command.js';
import { SchemaAsked } from './json-option.js';
import { addPerplexityCommand } from './perplexity-command.js';
import { addScoreCommand } from './score-command.js';

const EXIT_USAGE = 2;
const EXIT_INPUT = 3;
/** As shells report a process that a closed pipe ended. */
const EXIT_PIPE = 141;

/** Errors of what is for what: what a file holds tells more than a message can. */
const UNCLEAR: ReadonlySet<string> = new Set([
  ...['missing-scores', 'missing-prediction', 'several-scores', 'ambiguous-column'],
  ...['unknown-column', 'missing-column', 'unnamed-columns', 'column-order', 'duplicate-class'],
  ...['column-used-twice', 'other-task', 'npz-no-arrays', 'parts-differ'],
]);

function program(): Command {
  const logitscope = new Command('logitscope')
    .description('Reads model predictions: loss and accuracy, and why they disagree.')
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, 'logitscope: ')),
    })
    .showSuggestionAfterError()
    .showHelpAfterError(
      'Run logitscope --help, or logitscope <command> --help, for what there is.',
    );
  addScoreCommand(logitscope);
  addExplainCommand(logitscope);
  addEpochsCommand(logitscope);
  addCompareCommand(logitscope);
  addPerplexityCommand(logitscope);
  addCalibrateCommand(logitscope);
  addInspectCommand(logitscope);
  addConvertCommand(logitscope);
  addCatalogCommands(logitscope);
  addCompletionCommand(logitscope);
  for (const command of logitscope.commands) {
    command.copyInheritedSettings(logitscope);
  }
  return logitscope;
}

function explain(error: unknown): number {
  const { red } = style(useColour(process.stderr));
  const say = (text: string) => process.stderr.write(`${red('logitscope:')} ${text}\n`);
  if (error instanceof InputError) {
    const { source } = error.place;
    const isOpen = source !== undefined && UNCLEAR.has(error.code) && process.argv[2] !== 'inspect';
    const look =
      isOpen && existsSync(source) ? ` \`logitscope inspect ${source}\` shows what is in it.` : '';
    say(`${error.message}${look}`);
    return EXIT_INPUT;
  }
  if (error instanceof UsageError) {
    say(error.message);
    return EXIT_USAGE;
  }
  if (error instanceof LogitscopeError) {
    say(error.message);
    return EXIT_INPUT;
  }
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(`internal error, which is a bug in logitscope ${VERSION}. Please report it:\n${reason}`);
  return 70;
}

async function main(): Promise<number> {
  try {
    await program().parseAsync();
    return 0;
  } catch (error) {
    if (error instanceof SchemaAsked) {
      await error.write();
      return 0;
    }
    // Commander has said it already; asking for help or the version is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    return explain(error);
  }
}

// `logitscope … | head` closes the pipe early: that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT_PIPE : 1);
});
const status = await main();
// A gate that failed has set it already.
if (status !== 0) process.exitCode = status;
