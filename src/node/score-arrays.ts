/** Scoring of arrays in memory, on several threads where they are large. */

import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { type DumpOptions, scoreDump } from '../score/score-dump.js';
import { type MemoryRows, memoryDump } from '../sources/memory-dump.js';
import { InputError, UsageError } from '../types/errors.js';
import type { ScoreReport } from '../types/report.js';
import type { Dtype, ScoreArray, ScoreKind } from '../types/scores.js';
import { checkThreads, planStripes, type Threads, worthSpreading } from '../workers/stripes.js';
import { compileCore, loadCore } from './core.js';

/** Bytes of scores that are copied at a time for a worker. */
const STRIPE_BYTES = 8 * 1024 * 1024;

/** Options of {@link scoreArrays}. */
export interface ScoreArraysOptions extends Omit<DumpOptions, 'kind'> {
  /** What the scores are; `auto` (the default) decides from the first rows. */
  readonly kind?: ScoreKind | 'auto' | undefined;
  /** Number format; needed for the bits of f16 or bf16 in a Uint16Array. Default: that of the array. */
  readonly dtype?: Dtype | undefined;
  /** Sample weight of each row. */
  readonly weights?: ArrayLike<number> | undefined;
  /** Threads that score; default `auto`: one per processor, at most 8. Small arrays stay on the calling thread. */
  readonly threads?: Threads | undefined;
  /** Name of the predictions in messages and in the report; default `predictions`. */
  readonly source?: string | undefined;
  /** Bytes of scores that a worker takes at a time; with it, small arrays are spread too. @internal */
  readonly stripeBytes?: number | undefined;
}

/**
 * Scores arrays in memory. The report does not depend on `threads`, to the last bit.
 *
 * Memory that is shared (`SharedArrayBuffer`) is read by the workers where it
 * lies; other memory is copied to them in pieces of about 8 MiB.
 *
 * @param scores row-major, rows × classes; the number of classes is `scores.length / targets.length`
 * @param targets class index of each row
 * @throws UsageError `length-mismatch`, `bad-target`, `bad-threads`, and for options that do not fit
 * @throws InputError as `scoreFile` does for rows that cannot be scored
 * @example
 * ```ts
 * import { scoreArrays } from 'logitscope';
 * const report = await scoreArrays(new Float32Array([2, 1, 0.1]), [0]);
 * report.metrics.log_loss.value; // 0.4170300
 * ```
 */
export async function scoreArrays(
  scores: ScoreArray,
  targets: ArrayLike<number | bigint>,
  options: ScoreArraysOptions = {},
): Promise<ScoreReport> {
  const { threads = 'auto', stripeBytes, weights, source = 'predictions', ...others } = options;
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
  const data: MemoryRows = {
    scores,
    dtype,
    targets: targets instanceof Int32Array ? targets : wholeTargets(targets),
    weights:
      weights === undefined || weights instanceof Float64Array
        ? (weights ?? null)
        : Float64Array.from(weights),
  };
  const dump = { content: 'scores' as const, reader: memoryDump(source, data, classes) };
  if (!worthSpreading(threads, scores.byteLength, stripeBytes)) {
    return scoreDump(dump, others, loadCore);
  }
  return scoreDump(dump, others, loadCore, undefined, async (started) => {
    const plan = planStripes(started.reader, {
      threads,
      processors: availableParallelism(),
      nextRow: started.nextRow,
      stripeBytes: stripeBytes ?? STRIPE_BYTES,
    });
    if (plan === null) return false;
    const [{ spreadOverWorkers }, { startThread }] = await Promise.all([
      import('../workers/spread.js'),
      import('./worker-threads.js'),
    ]);
    await spreadOverWorkers(started, plan, {
      start: startThread,
      here: { reader: started.reader, pause: setImmediate },
      module: options.kernel === 'reference' ? null : await compileCore(options.kernel ?? 'simd'),
      source: { data },
      onProgress: options.onProgress,
    });
    return true;
  });
}

function dtypeOf(scores: ScoreArray, given: Dtype | undefined): Dtype {
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
