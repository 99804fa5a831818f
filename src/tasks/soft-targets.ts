/** What scorers and commands take soft targets for, and what they refuse. */

import type { DumpInfo } from '../types/dump.js';
import { quote, UsageError } from '../types/errors.js';

/**
 * Refuses options that say nothing of a probability per class.
 * @throws UsageError `soft-targets`
 */
export function checkSoftOptions({
  ignoreIndex,
  by,
  cluster,
}: {
  readonly ignoreIndex?: number | null | undefined;
  readonly by?: string | undefined;
  readonly cluster?: string | undefined;
}): void {
  if (ignoreIndex !== undefined && ignoreIndex !== null) {
    throw new UsageError(
      'soft-targets',
      `The targets are probabilities, so no index marks rows to leave out; found ${ignoreIndex} (--ignore-index). Make all probabilities of such a row NaN and say --invalid skip, or give hard labels.`,
    );
  }
  const name = by ?? cluster;
  if (name === undefined) return;
  throw new UsageError(
    'soft-targets',
    `The targets are probabilities, and ${by === undefined ? 'clusters' : 'slices'} (${quote(name)}) are there for rows of one true class alone. Give hard labels for them, or leave ${by === undefined ? '--cluster' : '--by'} out.`,
  );
}

/**
 * Refuses a dump of soft targets where rows of one true class are needed.
 * @param what needs them: `explain`, `epochs`
 * @throws UsageError `soft-targets`
 */
export function refuseSoftTargets({ name, softTargets }: DumpInfo, what: string): void {
  if (!softTargets) return;
  throw new UsageError(
    'soft-targets',
    `The targets of ${quote(name)} are probabilities; ${what} compares rows of one true class. Give hard labels (--labels), the largest class of each row say, or use score, which takes probabilities.`,
  );
}
