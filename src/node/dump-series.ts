/** Several files of predictions of the same rows: which they are, and how each is scored. */

import { resolve } from 'node:path';
import { isDynamicPattern } from 'tinyglobby';
import { decimalsOf } from '../engine/decimals.js';
import type { OpenDump } from '../intake/dump-request.js';
import { choicesOf } from '../run/choices.js';
import { inOrderOf } from '../run/match-rows.js';
import type { ScoredDump } from '../run/read-dumps.js';
import type { NameOrder } from '../run/row-names.js';
import { scoreRows, told } from '../run/score-dump.js';
import { refuseSoftTargets } from '../tasks/soft-targets.js';
import type { DumpReader } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { loadCore } from './core.js';
import { canReopen, type FileRequest, fileRequestOf, openFileDump } from './file-request.js';
import type { ScoreFileOptions } from './score-file.js';
import { dumpsIn, filesOf, isFolder, natural, otherFiles } from './several-files.js';
import { spreadFile } from './spread-file.js';

/** Options of each dump. */
export type SeriesOptions = Omit<
  ScoreFileOptions,
  'metrics' | 'diagnose' | 'worst' | 'onProgress' | 'compared' | 'comparedRows'
>;

/**
 * Files of paths, patterns (`run/epoch-*.npy`) and folders, each once, in natural order: what they were named
 * in does not show.
 * @param expected what a pattern is to match, in messages
 * @param roles files of other roles, which are no dumps where they lie in a folder
 * @throws InputError `no-such-file` for a pattern that nothing matches, and a folder without dumps
 */
export function expandPatterns(
  patterns: readonly string[],
  expected: string,
  roles: readonly (string | undefined)[] = [],
): string[] {
  const files = new Map<string, string>();
  for (const pattern of patterns) {
    for (const file of expandOne(pattern, expected, roles)) {
      const place = resolve(file);
      if (!files.has(place)) files.set(place, file);
    }
  }
  return [...files.values()].sort(natural.compare);
}

function expandOne(
  pattern: string,
  expected: string,
  roles: readonly (string | undefined)[],
): readonly string[] {
  if (isFolder(pattern)) {
    const found = dumpsIn(pattern, otherFiles(roles));
    if (found.length > 0) return found;
    throw new InputError('no-such-file', {
      source: pattern,
      problem: 'there is no dump in this folder',
      expected:
        'files that end in .npy, .npz, .safetensors, .pt, .pth, .h5, .hdf5, .parquet, .arrow, .csv, .tsv, .jsonl or .json',
      advice: 'Name the folder that holds them, or the files.',
    });
  }
  if (!isDynamicPattern(pattern)) return [pattern];
  const found = filesOf(pattern);
  if (found.length > 0) return found;
  throw new InputError('no-such-file', {
    source: pattern,
    problem: 'no file matches this pattern',
    expected,
  });
}

/** Who asks for dumps to be compared. */
export interface SeriesPurpose {
  /** Name of the command, for messages. */
  readonly command: string;
  /** Rows of which each one's loss and second reading are kept; default none. */
  readonly comparedRows?: number | undefined;
  /** Rows to fit on where the caller does not say; default as for a dump by itself. */
  readonly fitRows?: ((dump: OpenDump) => number) | undefined;
}

/**
 * Scores a dump. Its rows are matched with those of the first by place, where both have names
 * by these, and in the order of the first where `id` asks for it.
 */
export async function scoreInOrder(
  path: string,
  options: SeriesOptions,
  order: NameOrder,
  purpose: SeriesPurpose,
): Promise<ScoredDump> {
  const findNames = options.join !== 'place';
  const request = { ...fileRequestOf(path, options), findNames };
  const isAsked = findNames && request.names?.id !== undefined;
  const { name: first } = order;
  try {
    return await scoreIn(request, options, purpose, async ({ reader }) => order.watch(reader));
  } catch (error) {
    const isOther = error instanceof InputError && error.code === 'other-order';
    if (!isAsked || !isOther || !canReopen(request)) throw error;
    return scoreIn(request, options, purpose, ({ reader, task }) =>
      inOrderOf(order.names, first!, reader, task, options.memoryBudget),
    );
  }
}

async function scoreIn(
  request: FileRequest,
  options: SeriesOptions,
  purpose: SeriesPurpose,
  asRead: (dump: OpenDump) => Promise<DumpReader>,
): Promise<ScoredDump> {
  const decimals = decimalsOf(loadCore, options.kernel);
  const dump = await openFileDump(request, null, decimals);
  try {
    refuseSoftTargets(dump.reader.info, purpose.command);
    const choices = choicesOf(dump, options);
    const { ranking = false, worst: _, ...chosen } = choices.options;
    const reader = await asRead(dump);
    // Rows whose names are watched are read in order.
    const scoreElsewhere = reader === dump.reader ? spreadFile(request, chosen) : undefined;
    // Without scores there are no rows of high loss.
    const none = dump.task === 'labels' ? {} : { worst: 0 };
    const scorer = await scoreRows(
      { ...dump, reader },
      {
        ...chosen,
        ...none,
        diagnose: true,
        compared: true,
        comparedRows: purpose.comparedRows,
        fitRows: chosen.fitRows ?? purpose.fitRows?.(dump),
        ranking,
      },
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
