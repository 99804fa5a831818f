/** The dumps of a training run, one file per epoch. */

import { basename } from 'node:path';
import { NameOrder } from '../run/row-names.js';
import { type EpochSource, type EpochsInput, scoreEpochs } from '../run/score-epochs.js';
import type { EpochsReport } from '../types/epochs.js';
import { UsageError } from '../types/errors.js';
import { checkThreads } from '../workers/threads.js';
import { expandPatterns, scoreInOrder } from './dump-series.js';
import type { ScoreFileOptions } from './score-file.js';

/** What a pattern of a run is to match. */
const EXPECTED = 'the dumps of a run, one per epoch';

/** Options of {@link epochsFiles}. */
export interface EpochsFilesOptions
  extends Omit<
    ScoreFileOptions,
    'metrics' | 'diagnose' | 'worst' | 'onProgress' | 'fitRows' | 'compared' | 'comparedRows'
  > {
  /**
   * Rows of each dump that temperature and refinement are fitted on and tests are made with: so
   * many are sampled at most, and about half as many at least. `all`: as many as there is memory for
   * (`memoryBudget`). Default: 2048 to 65 536, the more the shorter
   * they are, and fewer where 2048 would take more than 64 MiB.
   */
  readonly fitRows?: ScoreFileOptions['fitRows'];
  /** Level that the tests of all pairs of epochs keep together; default 0.05. */
  readonly level?: number | undefined;
  /** Dumps of the training rows of the same epochs: paths or patterns. */
  readonly train?: readonly string[] | undefined;
  /** Targets of the training rows; default: those in the dumps. */
  readonly trainLabels?: string | undefined;
  /** Whether the report has the change from the first epoch to the last, as gates need it; default false. */
  readonly withChange?: boolean | undefined;
  /** Called before each dump is read. */
  readonly onEpoch?: ((name: string, done: number, total: number) => void) | undefined;
}

/**
 * The last number in each name, where every name has one of its own; else the place in the series.
 * @param files in natural order
 */
export function epochNumbers(files: readonly string[]): number[] {
  const numbers = files.map((file) => Number(/(\d+)\D*$/.exec(basename(file))?.[1] ?? Number.NaN));
  const isTold = !numbers.some(Number.isNaN) && new Set(numbers).size === files.length;
  return isTold ? numbers : files.map((_, i) => i);
}

/**
 * Reads the dumps of a training run: loss, accuracy, refinement, calibration
 * and temperature of each epoch, as far as its task has them, the stretches where
 * loss and accuracy part with their causes, and which epoch is best by what.
 *
 * @param patterns paths, patterns with `*`, or folders; ordered by the number in their names
 * @throws InputError where a file cannot be read or is refused; `epochs-differ`, `no-such-file`
 * @throws UsageError where options do not fit; `too-few-epochs`, `train-epochs`, `soft-targets`
 * @example
 * ```ts
 * import { epochsFiles } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await epochsFiles(['epoch-*.npy'], { labels });
 * report.best[0].epoch; // 24
 * ```
 */
export async function epochsFiles(
  patterns: readonly string[],
  options: EpochsFilesOptions = {},
): Promise<EpochsReport> {
  const { labels, train = [], trainLabels, level, withChange, onEpoch } = options;
  checkThreads(options.threads ?? 'auto');
  const roles = [labels, trainLabels, options.weights, options.id, options.by, options.cluster];
  const files = expandPatterns(patterns, EXPECTED, roles);
  const trainFiles = expandPatterns(train, EXPECTED, roles);
  const total = files.length + trainFiles.length;
  let done = 0;
  const sources = (paths: readonly string[], targets: string | undefined): EpochSource[] => {
    const numbers = epochNumbers(paths);
    const order = new NameOrder();
    const list = paths.map((path, i) => ({
      epoch: numbers[i],
      name: path,
      score: () => {
        onEpoch?.(path, done++, total);
        return scoreInOrder(path, { ...options, labels: targets }, order, { command: 'epochs' });
      },
    }));
    return list.sort((a, b) => a.epoch - b.epoch);
  };
  const input: EpochsInput = {
    validation: sources(files, labels),
    train: sources(trainFiles, trainLabels),
    labels,
    level,
    withChange,
  };
  requireSameEpochs(input);
  return scoreEpochs(input);
}

function requireSameEpochs({ validation, train }: EpochsInput): void {
  if (train.length === 0) return;
  const numbers = (list: readonly EpochSource[]) => list.map(({ epoch }) => epoch).join(', ');
  if (numbers(train) === numbers(validation)) return;
  throw new UsageError(
    'train-epochs',
    `The training dumps are of epochs ${numbers(train)} and the others of ${numbers(validation)}. Give one training dump for each.`,
  );
}
