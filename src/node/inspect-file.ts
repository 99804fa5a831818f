/** What is in a file of predictions. */

import { type InspectOptions, inspectDump } from '../run/inspect-dump.js';
import { UsageError } from '../types/errors.js';
import type { InspectReport } from '../types/inspect.js';
import { openAny } from './file-request.js';
import { listed } from './several-files.js';

export type { InspectOptions };

/**
 * Looks into a file: its fields with their shapes, first values, ranges and counts, what each would
 * be taken for and why, what stands in the way of scoring it, and the command that does.
 *
 * @param path as `scoreFile` takes it, but for standard input
 * @throws InputError where the file is refused as a whole; UsageError `cannot-read-again`
 * @example
 * ```ts
 * import { inspectFile } from 'logitscope';
 * const report = await inspectFile('epoch-070.npy');
 * report.fields[0].shape; // [1000, 10]
 * report.kind; // 'logits'
 * report.command.join(' '); // 'logitscope score epoch-070.npy --labels LABELS'
 * ```
 */
export async function inspectFile(
  path: string | readonly string[],
  options: InspectOptions = {},
): Promise<InspectReport> {
  const words = typeof path === 'string' ? [path] : path;
  const input = listed(words);
  if (input === '-') {
    throw new UsageError(
      'cannot-read-again',
      'Standard input can be read only once, and looking into a file reads it several times. Write it to a file first.',
    );
  }
  return inspectDump(() => openAny(input), { words, ...options });
}
