/** The dumps of a training run, one file per epoch. */

import { basename } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { decimalsOf } from '../engine/decimals.js';
import { inOrderOf } from '../score/match-rows.js';
import { NameOrder } from '../score/row-names.js';
import { scoreRows } from '../score/score-dump.js';
import { type EpochSource, type EpochsInput, scoreEpochs } from '../score/score-epochs.js';
import { refuseSoftTargets } from '../score/soft-targets.js';
import type { DumpReader } from '../types/dump.js';
import type { EpochsReport } from '../types/epochs.js';
import { InputError, UsageError } from '../types/errors.js';
import { loadCore } from './core.js';
import { canReopen, type FileRequest, fileRequestOf, openFileDump } from './file-request.js';
import type { ScoreFileOptions } from './score-file.js';

/** Options of {@link epochsFiles}. */
export interface EpochsFilesOptions
  extends Omit<
    ScoreFileOptions,
    'metrics' | 'diagnose' | 'worst' | 'prediction' | 'onProgress' | 'fitRows' | 'by' | 'cluster'
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
  /** Called before each dump is read. */
  readonly onEpoch?: ((name: string, done: number, total: number) => void) | undefined;
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * Files of paths and patterns (`run/epoch-*.npy`), each once, in natural order.
 * @throws InputError `no-such-file` for a pattern that nothing matches
 */
async function expand(patterns: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    if (!isDynamicPattern(pattern)) {
      files.add(pattern);
      continue;
    }
    const found = await glob(pattern.replaceAll('\\', '/'), { expandDirectories: false });
    if (found.length === 0) {
      throw new InputError('no-such-file', {
        source: pattern,
        problem: 'no file matches this pattern',
        expected: 'the dumps of a run, one per epoch',
      });
    }
    for (const file of found) files.add(file);
  }
  return [...files].sort(natural.compare);
}

/** The last number in each name, where every name has one of its own; else the place in the series. */
function epochNumbers(files: readonly string[]): number[] {
  const numbers = files.map((file) => Number(/(\d+)\D*$/.exec(basename(file))?.[1] ?? Number.NaN));
  const isTold = !numbers.some(Number.isNaN) && new Set(numbers).size === files.length;
  return isTold ? numbers : files.map((_, i) => i);
}

/**
 * Reads the dumps of a training run: loss, accuracy, refinement, calibration
 * and temperature of each epoch, the stretches where loss and accuracy part
 * with their causes, and which epoch is best by what.
 *
 * @param patterns paths, or patterns with `*`; ordered by the number in their names
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
  const { labels, train = [], trainLabels, level, onEpoch } = options;
  const files = await expand(patterns);
  const trainFiles = await expand(train);
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
        return scoreEpoch(path, { ...options, labels: targets }, order);
      },
    }));
    return list.sort((a, b) => a.epoch - b.epoch);
  };
  const input: EpochsInput = {
    validation: sources(files, labels),
    train: sources(trainFiles, trainLabels),
    labels,
    level,
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

/**
 * Scores a dump. Its rows are matched with those of the first by place, where both have names
 * by these, and in the order of the first where `id` asks for it.
 */
async function scoreEpoch(path: string, options: EpochsFilesOptions, order: NameOrder) {
  const findNames = options.join !== 'place';
  const request = { ...fileRequestOf(path, options), findNames };
  const isAsked = findNames && request.names?.id !== undefined;
  const { name: first } = order;
  try {
    return await scoreIn(request, options, async (reader) => order.watch(reader));
  } catch (error) {
    const isOther = error instanceof InputError && error.code === 'other-order';
    if (!isAsked || !isOther || !canReopen(request)) throw error;
    return scoreIn(request, options, (reader) =>
      inOrderOf(order.names, first!, reader, options.memoryBudget),
    );
  }
}

async function scoreIn(
  request: FileRequest,
  options: EpochsFilesOptions,
  asRead: (reader: DumpReader) => Promise<DumpReader>,
) {
  const decimals = decimalsOf(loadCore, options.kernel);
  const dump = await openFileDump(request, null, decimals);
  try {
    if (dump.content !== 'scores') {
      throw new UsageError(
        'needs-scores',
        `${request.predictions} holds predicted ${dump.content}; epochs are compared by scores of classes.`,
      );
    }
    refuseSoftTargets(dump.reader.info, 'epochs');
    const scorer = await scoreRows(
      await asRead(dump.reader),
      { ...options, diagnose: true, ranking: false, worst: 0 },
      loadCore,
    );
    return { scorer, notices: dump.notices() };
  } finally {
    await dump.reader.close();
  }
}
