/** Runs a loss over rows of classes: block by block on a kernel, or by its reference. */

import type { LossCore } from '../engine/loss-core.js';
import type { RowLossEngine } from '../engine/row-loss-engine.js';
import type { ClassRows } from '../types/class-rows.js';
import type { RowShape } from '../types/gradients.js';
import type { LossArithmetic, LossOptions, LossResult } from '../types/loss.js';
import { asDoubles, gradientFor } from './arrays.js';
import type { ReadRows } from './class-rows.js';
import { coreOf, evaluateArithmetic, lossResult, scaleOf, sumOf } from './loss-function.js';
import type { CheckedOptions } from './options.js';

/** Bytes of scores that go through the kernel at a time: they stay in the cache. */
const BLOCK_BYTES = 256 * 1024;

/** How a loss computes its rows. */
export interface RowLoss<Terms extends object> {
  /** Its own parameters, checked. */
  readonly terms: Terms;
  /** What the mean divides by. */
  readonly denominator: number;
  readonly reference: LossArithmetic<ClassRows, Terms>;
  readonly engine: (core: LossCore, shape: RowShape & Terms) => RowLossEngine;
}

/** Value and gradient of a loss over rows. */
export function evaluateRows<Terms extends object>(
  read: ReadRows,
  options: LossOptions & CheckedOptions,
  loss: RowLoss<Terms>,
): LossResult {
  const { scores, counted, rows, classes } = read;
  const { denominator, terms } = loss;
  const reduced = { reduction: options.reduction, denominator, rows: counted };
  const gradient = gradientFor(options.gradient, scores);
  const core = coreOf(options.kernel);
  if (core === null) {
    const soft = read.soft && asDoubles(read.soft);
    const inputs = [asDoubles(scores), { ...read, soft }, terms] as const;
    return evaluateArithmetic(loss.reference, inputs, reduced, gradient);
  }
  const shape: RowShape & Terms = {
    ...terms,
    classes,
    dtype: scores instanceof Float32Array ? 'f32' : 'f64',
    ignoreIndex: read.ignoreIndex,
    classWeights: read.weights,
  };
  const losses = new Float64Array(rows);
  runBlocks(loss.engine(core, shape), read, scaleOf(reduced), losses, gradient);
  return lossResult(sumOf(losses), reduced, { values: losses, gradient });
}

function runBlocks(
  engine: RowLossEngine,
  { scores, soft, indices, rows, classes }: ReadRows,
  scale: number,
  losses: Float64Array,
  gradient: ReadRows['scores'] | null,
): void {
  const most = Math.max(1, Math.floor(BLOCK_BYTES / (classes * scores.BYTES_PER_ELEMENT)));
  const lease = engine.lease(Math.min(most, rows), { soft: soft !== null });
  for (let first = 0; first < rows; first += most) {
    const count = Math.min(most, rows - first);
    const [from, to] = [first * classes, (first + count) * classes];
    lease.scores.set(scores.subarray(from, to));
    if (soft) lease.soft.set(soft.subarray(from, to));
    if (indices) lease.targets.set(indices.subarray(first, first + count));
    losses.set(engine.run(lease, count, scale), first);
    gradient?.set(lease.gradient.subarray(0, to - from), from);
  }
}
