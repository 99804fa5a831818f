/** The SIMD kernel of the divergence of Gaussians from the standard normal, block by block. */

import type { RealArray } from '../types/gradients.js';
import { scoreView } from '../types/score-array.js';
import { CLASSES, EXTRA, LOSSES, SCALE, SCORES, writeCall } from './call.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo, rowsPerCall } from './memory.js';

/** Rows of Gaussians: their means and log-variances, rows × dimensions each. */
export interface GaussianRows {
  readonly mean: RealArray;
  readonly logVariance: RealArray;
  readonly dimensions: number;
}

/** Where the gradients go; null for those that are not asked for. */
export interface GaussianGradients {
  readonly mean: RealArray | null;
  readonly logVariance: RealArray | null;
}

/**
 * Divergence of every row, and the gradients of `scale` · (their sum). Blocks
 * are as long as a call; gradients may go over the inputs.
 */
export function gaussianKlRows(
  core: LossCore,
  { mean, logVariance, dimensions }: GaussianRows,
  scale: number,
  gradients: GaussianGradients,
): Float64Array {
  const dtype = mean instanceof Float32Array ? 'f32' : 'f64';
  const rows = mean.length / dimensions;
  const step = Math.min(rows, rowsPerCall(dimensions * mean.BYTES_PER_ELEMENT));
  const meansAt = align(core.heap_base.value as number);
  const variancesAt = align(meansAt + step * dimensions * mean.BYTES_PER_ELEMENT + PADDING);
  const lossesAt = align(variancesAt + (variancesAt - meansAt));
  growTo(core.memory, lossesAt + step * 8, step);
  const { buffer } = core.memory;
  const view = (at: number) => scoreView(dtype, buffer, at, step * dimensions) as RealArray;
  const [means, variances] = [view(meansAt), view(variancesAt)];
  const blockLosses = new Float64Array(buffer, lossesAt, step);
  const losses = new Float64Array(rows);
  writeCall(core, [
    [SCORES, meansAt],
    [EXTRA, variancesAt],
    [CLASSES, dimensions],
    [LOSSES, lossesAt],
    [SCALE, scale],
  ]);
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first);
    const [from, to] = [first * dimensions, (first + count) * dimensions];
    means.set(mean.subarray(from, to));
    variances.set(logVariance.subarray(from, to));
    core[`gaussian_kl_${dtype}`](count);
    losses.set(blockLosses.subarray(0, count), first);
    gradients.mean?.set(means.subarray(0, to - from), from);
    gradients.logVariance?.set(variances.subarray(0, to - from), from);
  }
  return losses;
}
