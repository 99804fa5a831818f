/** Scoring of arrays in memory, on several threads where they are large. */

import type { CoreLoader } from '../score/create-scorer.js';
import { type DumpOptions, type ScoreElsewhere, scoreDump } from '../score/score-dump.js';
import { type MemoryRows, memoryDump } from '../sources/memory-dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import type { RowTexts, TextRole } from '../types/row-texts.js';
import type { Dtype, ScoreArray, ScoreKind } from '../types/scores.js';
import { planStripes } from './stripes.js';
import type { ThreadHost } from './thread-host.js';
import { checkThreads, type Threads, worthSpreading } from './threads.js';

/** Bytes of scores that are copied at a time for a worker. */
const STRIPE_BYTES = 8 * 1024 * 1024;

/** Options of `scoreArrays`. */
export interface ScoreArraysOptions extends Omit<DumpOptions, 'kind' | 'by' | 'cluster'> {
  /** What the scores are; `auto` (the default) decides from the first rows. */
  readonly kind?: ScoreKind | 'auto' | undefined;
  /** Number format; needed for the bits of f16 or bf16 in a Uint16Array. Default: that of the array. */
  readonly dtype?: Dtype | undefined;
  /** Sample weight of each row. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Name of each row, for lists of rows; '' for none. */
  readonly ids?: ArrayLike<string | number> | undefined;
  /** Slice of each row: the report has the loss and accuracy of each. */
  readonly by?: ArrayLike<string | number> | undefined;
  /** Cluster of each row (its patient, its user): the intervals of loss and accuracy take rows of one cluster for dependent. */
  readonly clusters?: ArrayLike<string | number> | undefined;
  /**
   * Threads that score; default `auto`: one per processor, at most 8. Small arrays stay on the
   * calling thread, and so do those with `ids`, `by` or `clusters`.
   */
  readonly threads?: Threads | undefined;
  /** Name of the predictions in messages and in the report; default `predictions`. */
  readonly source?: string | undefined;
  /** Bytes of scores that a worker takes at a time; with it, small arrays are spread too. @internal */
  readonly stripeBytes?: number | undefined;
}

/**
 * Scores arrays on a host's threads, for its `scoreArrays`.
 * @param threadHost loads what is needed for several threads
 */
export async function scoreArraysOn(
  loadCore: CoreLoader,
  threadHost: () => Promise<ThreadHost>,
  scores: ScoreArray,
  targets: ArrayLike<number | bigint>,
  options: ScoreArraysOptions = {},
): Promise<ScoreReport> {
  const { threads = 'auto', stripeBytes, weights, source = 'predictions', ...more } = options;
  const { ids, by, clusters, ...rest } = more;
  const others: DumpOptions = { ...rest, by: by && 'slice', cluster: clusters && 'cluster' };
  checkThreads(threads);
  const dtype = dtypeOf(scores, options.dtype);
  const rows = targets.length;
  const classes = rows === 0 ? 0 : scores.length / rows;
  if (rows === 0) {
    throw new InputError('no-rows', {
      source,
      problem: 'there are no rows to score',
      expected: 'one row or more',
    });
  }
  if (!Number.isInteger(classes)) {
    throw new UsageError(
      'length-mismatch',
      `${scores.length} scores do not make ${rows} rows, one per target: expected a multiple of ${rows}.`,
    );
  }
  if (weights !== undefined && weights.length !== rows) {
    throw new UsageError(
      'length-mismatch',
      `Expected ${rows} weights, one per row; found ${weights.length}.`,
    );
  }
  const texts = textsOf({ id: ids, by, cluster: clusters }, rows);
  const data: MemoryRows = {
    scores,
    dtype,
    targets: targets instanceof Int32Array ? targets : wholeTargets(targets),
    weights:
      weights === undefined || weights instanceof Float64Array
        ? (weights ?? null)
        : Float64Array.from(weights),
    texts,
  };
  const open = () => ({ content: 'scores' as const, reader: memoryDump(source, data, classes) });
  const reopen = async () => open();
  if (texts !== undefined || !worthSpreading(threads, scores.byteLength, stripeBytes)) {
    return scoreDump(open(), others, loadCore, undefined, { reopen });
  }
  const scoreElsewhere: ScoreElsewhere = async (started) => {
    const { reader, nextRow } = started;
    const host = await threadHost();
    const plan = planStripes(reader, {
      threads,
      processors: host.processors,
      nextRow,
      stripeBytes: stripeBytes ?? STRIPE_BYTES,
    });
    if (plan === null) return false;
    const { spreadOverWorkers } = await import('./spread.js');
    const { onProgress } = options;
    return spreadOverWorkers(started, plan, { host, reader, source: { data }, onProgress });
  };
  return scoreDump(open(), others, loadCore, undefined, { scoreElsewhere, reopen });
}

/** @throws UsageError `length-mismatch` */
function textsOf(
  given: { readonly [role in TextRole]: ArrayLike<string | number> | undefined },
  rows: number,
): RowTexts | undefined {
  const nouns = { id: 'ids', by: 'slices (by)', cluster: 'clusters' };
  const texts: { [role in TextRole]?: readonly string[] } = {};
  for (const [role, values] of Object.entries(given) as [TextRole, (typeof given)[TextRole]][]) {
    if (values === undefined) continue;
    if (values.length !== rows) {
      throw new UsageError(
        'length-mismatch',
        `Expected ${rows} ${nouns[role]}, one per row; found ${values.length}.`,
      );
    }
    texts[role] = Array.from(values, (value) =>
      value === null || value === undefined || Number.isNaN(value) ? '' : String(value),
    );
  }
  return Object.keys(texts).length === 0 ? undefined : texts;
}

function dtypeOf(scores: ScoreArray, given: Dtype | undefined): Dtype {
  const isTyped =
    scores instanceof Float32Array ||
    scores instanceof Float64Array ||
    scores instanceof Uint16Array;
  if (!isTyped) {
    throw new UsageError(
      'bad-scores',
      `The scores must be a Float32Array, a Float64Array or a Uint16Array; found ${Object.prototype.toString.call(scores).slice(8, -1)}. Float64Array.from(scores) makes one of a list.`,
    );
  }
  const natural = scores instanceof Float64Array ? 'f64' : 'f32';
  const dtype = given ?? natural;
  const fits =
    scores instanceof Uint16Array ? dtype === 'f16' || dtype === 'bf16' : dtype === natural;
  if (fits) return dtype;
  throw new UsageError(
    'bad-dtype',
    scores instanceof Uint16Array
      ? 'Scores in a Uint16Array need dtype "f16" or "bf16", which say what the bits mean.'
      : `The scores are ${natural}; dtype ${JSON.stringify(given)} does not fit.`,
  );
}

function wholeTargets(targets: ArrayLike<number | bigint>): Int32Array {
  const whole = new Int32Array(targets.length);
  for (let row = 0; row < whole.length; row++) {
    const target = Number(targets[row]);
    if ((target | 0) !== target) {
      throw new UsageError(
        'bad-target',
        `Row ${row}: a target must be a whole number of 32 bits; found ${targets[row]}.`,
      );
    }
    whole[row] = target;
  }
  return whole;
}
