/** `logitscope perplexity`: how well a model foresees text, from log-probabilities. */

import type { Command } from 'commander';
import { checkNumberGates, type Gate, parseGate } from '../diagnosis/gates.js';
import { loadCore } from '../node/core.js';
import { openInput } from '../node/file-request.js';
import { perplexityOf } from '../run/perplexity.js';
import type { PerplexityReport } from '../types/perplexity.js';
import { addJsonOptions } from './json-option.js';
import { ReportOutput } from './report-output.js';

interface PerplexityFlags {
  json?: boolean;
  failIf?: Gate[];
  out?: string[];
}

const EXAMPLES = `
Examples:
  logitscope perplexity samples_wikitext.jsonl        lm-evaluation-harness, --log_samples
  logitscope perplexity replies.jsonl --json          answers with logprobs, one per line
  logitscope perplexity samples_wikitext.jsonl --fail-if 'word_perplexity > 20'

Records hold one log-likelihood (filtered_resps), or log-probabilities of tokens (logprobs.content,
token_logprobs). Multiple choice is for logitscope score.
Exit status: 0 done, 1 a --fail-if condition holds, 2 wrong usage, 3 input that cannot be read or is refused.`;

/** Adds the command to the program. */
export function addPerplexityCommand(program: Command): void {
  const command = program
    .command('perplexity')
    .description('Log-probabilities of text: perplexity and bits, per token, byte and word.')
    .argument('<file>', 'JSON Lines with a record per document; - for standard input')
    .option(
      '--fail-if <condition>',
      'end with status 1, as in "bits_per_byte > 0.9" (repeatable)',
      (text: string, before: Gate[] = []) => [...before, parseGate(text)],
    )
    .option(
      '-o, --out <file>',
      'also write the report: .json or .csv (repeatable)',
      (value, before: string[] = []) => [...before, value],
    );
  addJsonOptions(command).addHelpText('after', EXAMPLES).action(runPerplexity);
}

async function runPerplexity(file: string, flags: PerplexityFlags): Promise<void> {
  const output = await ReportOutput.open<PerplexityReport>(flags, {
    text: async (report, options) =>
      (await import('../render/perplexity-text.js')).renderPerplexityText(report, options),
    csv: async (report) => (await import('../render/csv.js')).renderCsv(report),
  });
  const report = await perplexityOf(openInput(file), loadCore);
  await output.write(report, checkNumberGates(report.metrics, flags.failIf ?? []));
}
