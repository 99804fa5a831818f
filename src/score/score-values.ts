/** Scores predicted values against true ones: regression. */

import type { ValueDump } from '../intake/dump-request.js';
import { valueBuffers } from '../intake/value-rows.js';
import type { ScalarMath } from '../metrics/scalar-math.js';
import { buildRegressionReport } from '../report/regression-report.js';
import { isUsable, RegressionTally } from '../tallies/regression-tally.js';
import type { ValueBuffers } from '../types/dump.js';
import { UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import { VERSION } from '../version.js';
import type { CoreLoader } from './create-scorer.js';
import { complain } from './row-checks.js';
import type { DumpOptions } from './score-dump.js';
import { type Complaints, noComplaints, refuseRows, requireWeights } from './value-checks.js';

const BATCH_ROWS = 16_384;

/**
 * Scores values.
 * @throws UsageError `no-classes` for options that need classes, `several-outputs`;
 *   InputError `invalid-rows`, `missing-targets` (policy `error`), `bad-weight`, `no-rows`
 */
export async function scoreValueDump(
  dump: ValueDump,
  options: DumpOptions,
  loadCore: CoreLoader,
  labelsName: string | undefined,
): Promise<ScoreReport> {
  const { reader, task, reason } = dump;
  const { info } = reader;
  const { kernel = 'simd', invalid = 'error', quantiles, memoryBudget, onProgress } = options;
  refuseClassOptions(options, info.name);
  if (info.outputs !== 1) {
    throw new UsageError(
      'several-outputs',
      `${info.name} has ${info.outputs} predictions per row; a regression is scored one output at a time. Choose one with --scores and its targets with --target.`,
    );
  }
  const math: ScalarMath = kernel === 'reference' ? Math : await loadCore(kernel);
  const tally = new RegressionTally({
    weighted: info.hasWeights,
    ...(quantiles !== undefined && { quantiles }),
    ...(memoryBudget !== undefined && { keptBytes: memoryBudget }),
    math,
    kernel,
    version: VERSION,
  });
  const buffers = valueBuffers(info, BATCH_ROWS);
  const complaints = noComplaints();
  let row = 0;
  for (;;) {
    const count = await reader.read(buffers);
    if (count === 0) break;
    const kept = keepUsable(buffers, count, row, complaints);
    const weights = info.hasWeights ? buffers.weights : null;
    requireWeights(weights, kept, info.name, row);
    tally.add({ ...buffers, weights, count: kept, firstRow: row });
    tally.addInvalid(count - kept);
    row += count;
    onProgress?.({ rows: row, ...reader.progress() });
  }
  if (invalid === 'error') {
    refuseRows(complaints, info.name, labelsName, 'finite numbers of at most 1e100 in size');
  }
  return buildRegressionReport({
    tally,
    math,
    task: { name: task, from: reason === null ? 'option' : 'data', reason },
    source: {
      name: info.name,
      format: info.format,
      stored: info.stored,
      kind: 'values',
      kindFrom: reason === null ? 'option' : 'data',
      ...(labelsName !== undefined && { labels: labelsName }),
    },
    invalid,
    quantilesGiven: quantiles !== undefined,
    firstInvalidRow: Math.min(complaints.invalid.firstRow, complaints.missing.firstRow),
  });
}

/** Moves the rows that can be scored to the front; counts the others. @returns how many there are */
function keepUsable(
  { predictions, targets, weights }: ValueBuffers,
  count: number,
  firstRow: number,
  { invalid, missing }: Complaints,
): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const [target, prediction] = [targets[i]!, predictions[i]!];
    if (!isUsable(prediction)) {
      complain(invalid, firstRow + i, () => `the prediction ${named(prediction)}`);
    } else if (Number.isNaN(target)) {
      complain(missing, firstRow + i, () => 'none');
    } else if (!isUsable(target)) {
      complain(invalid, firstRow + i, () => `the target ${named(target)}`);
    } else {
      predictions[kept] = prediction;
      targets[kept] = target;
      weights[kept] = weights[i]!;
      kept++;
    }
  }
  return kept;
}

function named(value: number): string {
  return Number.isNaN(value) ? 'NaN, or none' : String(value).replace('Infinity', '∞');
}

/** Options that say something about classes are refused where there are none. */
function refuseClassOptions(options: DumpOptions, source: string): void {
  const given = (
    [
      ['--kind', options.kind === 'auto' ? undefined : options.kind],
      ['--threshold', options.threshold],
      ['--class-weights', options.classWeights],
      ['--class-names', options.classNames],
      ['--ignore-index', options.ignoreIndex],
      ['--label-smoothing', options.labelSmoothing],
      ['--eps', options.eps],
      ['--top-k', options.topK],
      ['--zero-division', options.zeroDivision],
      ['--worst', options.worst],
      ['custom metrics', options.metrics?.length ? options.metrics : undefined],
    ] as const
  ).filter(([, value]) => value !== undefined && value !== null);
  if (given.length === 0) return;
  throw new UsageError(
    'no-classes',
    `${source} is scored as a regression, which has no classes; ${given.map(([name]) => name).join(', ')} cannot apply. Leave the option out, or say --task classification.`,
  );
}
