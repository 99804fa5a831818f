import { basename, resolve } from 'node:path';
import { type CompareInput, compareDumps, comparedRows } from '../run/compare-dumps.js';
import { comparedSample } from '../run/fit-rows.js';
import { NameOrder } from '../run/row-names.js';
import type { CompareReport } from '../types/compare.js';
import { checkThreads } from '../workers/threads.js';
import { expandPatterns, scoreInOrder } from './dump-series.js';
import type { ScoreFileOptions } from './score-file.js';

/** Options of {@link compareFiles}. */
export interface CompareFilesOptions
  extends Omit<
    ScoreFileOptions,
    'metrics' | 'diagnose' | 'worst' | 'onProgress' | 'fitRows' | 'compared' | 'comparedRows'
  > {
  /**
   * Rows of each dump that temperature and refinement are fitted on, and models compared by
   * refinement with: so many are sampled at most, and about half as many at least. `all`: as many as
   * there is memory for (`memoryBudget`). Default: 24 MiB of scores, and 131 072 rows at most.
   */
  readonly fitRows?: ScoreFileOptions['fitRows'];
  /** Level that the intervals of a measure keep together, and each set of the best; default 0.05. */
  readonly level?: number | undefined;
  /** A difference, in the unit of each measure: the report says how many rows finding it takes. */
  readonly difference?: number | undefined;
  /** Called before each dump is read. */
  readonly onDump?: ((name: string, done: number, total: number) => void) | undefined;
}

const EXPECTED = 'the dumps of models, one each';

/** Names of models from the paths of their files, as short as tells them apart. */
export function modelNames(paths: readonly string[]): string[] {
  const withoutEnding = (name: string) => name.replace(/\.gz$/i, '').replace(/(?<=.)\.\w+$/, '');
  const segments = paths.map((path) => withoutEnding(resolve(path)).split(/[\\/]/));
  const isShared = (from: (parts: readonly string[]) => string | undefined) =>
    segments.every((parts) => parts.length > 1 && from(parts) === from(segments[0]));
  const files = paths.map((path) => basename(path));
  const candidates = [files.map(withoutEnding), files];
  const isTold = (names: readonly string[]) =>
    new Set(names).size === names.length && !names.includes('');
  const short = candidates.find(isTold);
  if (short !== undefined) return short;
  while (isShared((parts) => parts[0])) for (const parts of segments) parts.shift();
  while (isShared((parts) => parts.at(-1))) for (const parts of segments) parts.pop();
  const whole = segments.map((parts) => parts.join('/'));
  return isTold(whole) ? whole : [...paths];
}

/**
 * Compares models by their predictions of the same rows: loss, accuracy, refinement and
 * calibration of each, differences to the best with simultaneous intervals, the models that
 * cannot be told from the best, tests of all pairs, and what difference these rows can show.
 *
 * Rows are matched by their place, or by a column `id`, as {@link explainFiles} does.
 *
 * @param paths two or more: files, patterns with `*`, folders; what they are named in does not matter
 * @returns plain values; of each measure's unit, p-values two-sided
 * @throws InputError where a file cannot be read or is refused; `dumps-differ`, `no-such-file`
 * @throws UsageError where options do not fit; `too-few-dumps`, `soft-targets`
 * @example
 * ```ts
 * import { compareFiles } from 'logitscope';
 * const labels = 'labels.npy';
 * const report = await compareFiles(['epoch-*.npy'], { labels });
 * report.comparisons[0].bestSet; // ['epoch-024']
 * ```
 */
export async function compareFiles(
  paths: readonly string[],
  options: CompareFilesOptions = {},
): Promise<CompareReport> {
  const { labels, weights, id, by, cluster, level, difference, onDump } = options;
  checkThreads(options.threads ?? 'auto');
  const files = expandPatterns(paths, EXPECTED, [labels, weights, id, by, cluster]);
  const names = modelNames(files);
  const order = new NameOrder();
  const purpose = {
    command: 'compare',
    comparedRows: comparedRows(files.length),
    fitRows: comparedSample,
  };
  const input: CompareInput = {
    models: files.map((path, i) => ({
      name: path,
      model: names[i],
      score: () => {
        onDump?.(path, i, files.length);
        return scoreInOrder(path, options, order, purpose);
      },
    })),
    labels,
    cluster,
    level,
    difference,
  };
  return compareDumps(input);
}
