/** What is in a file that a person picked or a page fetched. */

import { blobBytes } from '../formats/blob.js';
import type { InspectOptions } from '../run/inspect-dump.js';
import type { InspectReport } from '../types/inspect.js';
import { nameOf } from './blob-request.js';

/**
 * Looks into a Blob or a File: its fields with their shapes, first values, ranges and counts, what
 * each would be taken for and why, and what stands in the way of scoring it.
 *
 * @throws InputError where the file is refused as a whole
 * @example
 * ```ts
 * import { inspectBlob } from 'logitscope/browser';
 * const [file] = document.querySelector('input')!.files!;
 * const report = await inspectBlob(file);
 * report.fields[0].role; // 'scores'
 * ```
 */
export async function inspectBlob(
  blob: Blob,
  options: InspectOptions = {},
): Promise<InspectReport> {
  const { inspectDump } = await import('../run/inspect-dump.js');
  return inspectDump(() => blobBytes(nameOf(blob, 'predictions'), blob), options);
}
