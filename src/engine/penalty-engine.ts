/** The SIMD kernels of penalties on parameters, block by block. */

import type { RealArray } from '../types/gradients.js';
import { scoreView } from '../types/score-array.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo, rowsPerCall } from './memory.js';

/** Kernels by the beginning of their exports' names. */
export type PenaltyKernel = 'squared_penalty' | 'absolute_penalty';

/** Σ θ² or Σ |θ|; writes scale · θ or scale · sign θ, which may go over the parameters. */
export function penaltyOf(
  core: LossCore,
  kernel: PenaltyKernel,
  parameters: RealArray,
  scale: number,
  gradient: RealArray | null,
): number {
  const dtype = parameters instanceof Float32Array ? 'f32' : 'f64';
  const run = core[`${kernel}_${dtype}`];
  const size = parameters.BYTES_PER_ELEMENT;
  const step = Math.min(parameters.length, rowsPerCall(size));
  const at = align(core.heap_base.value as number);
  growTo(core.memory, at + step * size + PADDING, step);
  const view = scoreView(dtype, core.memory.buffer, at, step) as RealArray;
  let sum = 0;
  for (let first = 0; first < parameters.length; first += step) {
    const end = Math.min(first + step, parameters.length);
    view.set(parameters.subarray(first, end));
    sum += run(at, end - first, scale);
    gradient?.set(view.subarray(0, end - first), first);
  }
  return sum;
}
