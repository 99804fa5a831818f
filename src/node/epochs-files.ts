/** The dumps of a training run, one file per epoch. */

import { basename } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { decimalsOf } from '../engine/decimals.js';
import type { OpenDump } from '../intake/dump-request.js';
import { choicesOf } from '../run/choices.js';
import { inOrderOf } from '../run/match-rows.js';
import { NameOrder } from '../run/row-names.js';
import { scoreRows, told } from '../run/score-dump.js';
import {
  type EpochSource,
  type EpochsInput,
  type ScoredEpoch,
  scoreEpochs,
} from '../run/score-epochs.js';
import { refuseSoftTargets } from '../tasks/soft-targets.js';
import type { DumpReader } from '../types/dump.js';
import type { EpochsReport } from '../types/epochs.js';
import { InputError, UsageError } from '../types/errors.js';
import { checkThreads } from '../workers/threads.js';
import { loadCore } from './core.js';
import { canReopen, type FileRequest, fileRequestOf, openFileDump } from './file-request.js';
import type { ScoreFileOptions } from './score-file.js';
import { spreadFile } from './spread-file.js';

/** Options of {@link epochsFiles}. */
export interface EpochsFilesOptions
  extends Omit<
    ScoreFileOptions,
    'metrics' | 'diagnose' | 'worst' | 'onProgress' | 'fitRows' | 'compared'
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
 * and temperature of each epoch, as far as its task has them, the stretches where
 * loss and accuracy part with their causes, and which epoch is best by what.
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
  const { labels, train = [], trainLabels, level, withChange, onEpoch } = options;
  checkThreads(options.threads ?? 'auto');
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
    return await scoreIn(request, options, async ({ reader }) => order.watch(reader));
  } catch (error) {
    const isOther = error instanceof InputError && error.code === 'other-order';
    if (!isAsked || !isOther || !canReopen(request)) throw error;
    return scoreIn(request, options, ({ reader, task }) =>
      inOrderOf(order.names, first!, reader, task, options.memoryBudget),
    );
  }
}

async function scoreIn(
  request: FileRequest,
  options: EpochsFilesOptions,
  asRead: (dump: OpenDump) => Promise<DumpReader>,
): Promise<ScoredEpoch> {
  const decimals = decimalsOf(loadCore, options.kernel);
  const dump = await openFileDump(request, null, decimals);
  try {
    refuseSoftTargets(dump.reader.info, 'epochs');
    const choices = choicesOf(dump, options);
    const { ranking = false, worst: _, ...chosen } = choices.options;
    const reader = await asRead(dump);
    // Rows whose names are watched are read in order.
    const scoreElsewhere = reader === dump.reader ? spreadFile(request, chosen) : undefined;
    // Without scores there are no rows of high loss.
    const none = dump.task === 'labels' ? {} : { worst: 0 };
    const scorer = await scoreRows(
      { ...dump, reader },
      { ...chosen, ...none, diagnose: true, compared: true, ranking },
      loadCore,
      undefined,
      { scoreElsewhere },
    );
    const { only, like } = choices.asked;
    const hasChosen = only !== undefined || like !== undefined;
    return {
      task: dump.task,
      scorer,
      notices: dump.notices(),
      chosen: (report) =>
        hasChosen ? choices.finish(told(dump, report, chosen), scorer.weight).metrics : undefined,
    };
  } finally {
    await dump.reader.close();
  }
}
