/** Losses that are sums over elements, with their gradients, block by block through wasm memory. */

import type { RealArray } from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import {
  EXTRA,
  EXTRA_GRADIENT,
  FLAGS,
  LOSSES,
  OUT,
  P,
  Q,
  SCALE,
  SCORES,
  TARGETS,
  WEIGHTS,
  writeCall,
} from './call.js';
import { align, PADDING } from './layout.js';
import type { LossCore } from './loss-core.js';
import { growTo } from './memory.js';

/** Kernels that there are for f32 and for f64. */
type BothFormats =
  | 'squared_error'
  | 'huber'
  | 'quantile'
  | 'binary_logits'
  | 'hinge'
  | 'squared_hinge';

/** Kernels that there are for f64 only: f32 numbers are widened on their way. */
type DoubleOnly =
  | 'log_cosh'
  | 'binary_probabilities'
  | 'focal'
  | 'soft_margin'
  | 'poisson'
  | 'gaussian'
  | 'divergence';

/** Kernels by the name of their exports, without the number format. */
export type ElementwiseKernel = BothFormats | DoubleOnly;

const DOUBLE_ONLY: readonly ElementwiseKernel[] = [
  'log_cosh',
  'binary_probabilities',
  'focal',
  'soft_margin',
  'poisson',
  'gaussian',
  'divergence',
];

/** Flags of a call: see assembly/gradients/elementwise-losses.ts. */
export const LOGARITHM = 1;
export const FULL = 2;

/** A sum of losses over elements to be computed. All arrays belong to the caller. */
export interface ElementwiseCall {
  readonly kernel: ElementwiseKernel;
  readonly input: RealArray;
  /** As many as `input`. */
  readonly target: RealArray;
  /** A third array: the variance of `gaussian`, the weights of the positive term of `binary_logits`. Repeats. */
  readonly extra?: RealArray | null;
  /** Weights of the elements. Repeats. */
  readonly weight?: RealArray | null;
  /** The loss's own numbers. */
  readonly p?: number;
  readonly q?: number;
  readonly flags?: number;
  /** The gradient is that of `scale` · sum. */
  readonly scale: number;
  /** Receives the gradient; may be `input`. */
  readonly gradient?: RealArray | null;
  /** Receives the gradient with respect to `extra`, which then is as long as `input`. */
  readonly extraGradient?: RealArray | null;
  /** Receives the loss of each element. */
  readonly losses?: Float64Array | null;
  /**
   * Looks for the reason when the sum over elements `first` … `end` is not
   * finite, and throws where it is a target that the loss cannot have.
   */
  inspect(first: number, end: number): void;
}

/**
 * Bytes of one array's block. Two or three of them stay in a core's cache from
 * the copy through the kernel to the copy back.
 */
const BLOCK_BYTES = 64 * 1024;

/**
 * Σ of the losses, in f64. Kernels write the gradient over the input, in wasm
 * memory, which halves what has to stay in the cache.
 */
export function sumElementwise(core: LossCore, call: ElementwiseCall): number {
  const { kernel, input, target, extra = null, weight = null, losses = null } = call;
  const { gradient = null, extraGradient = null } = call;
  const dtype =
    input instanceof Float32Array && !DOUBLE_ONLY.includes(kernel)
      ? ('f32' as const)
      : ('f64' as const);
  const run = core[`${kernel as BothFormats}_${dtype}`];
  const size = BYTES_PER_SCORE[dtype];
  const count = input.length;
  const block = Math.min(count, blockOf(BLOCK_BYTES / size, extra, weight));

  const base = align(core.heap_base.value as number);
  const bytes = align(block * size + PADDING);
  const place = (index: number) => base + index * bytes;
  growTo(core.memory, place(5), block);
  const { buffer } = core.memory;
  const view = (index: number) => scoreView(dtype, buffer, place(index), block) as RealArray;
  const [x, t, e, w, l] = [view(0), view(1), view(2), view(3), view(4)];
  writeCall(core, [
    [SCORES, place(0)],
    [TARGETS, place(1)],
    [EXTRA, extra ? place(2) : 0],
    [WEIGHTS, weight ? place(3) : 0],
    [OUT, gradient ? place(0) : 0],
    [EXTRA_GRADIENT, extraGradient ? place(2) : 0],
    [LOSSES, losses ? place(4) : 0],
    [FLAGS, call.flags ?? 0],
    [P, call.p ?? 0],
    [Q, call.q ?? 0],
    [SCALE, call.scale],
  ]);

  let sum = 0;
  for (let first = 0; first < count; first += block) {
    const end = Math.min(first + block, count);
    const length = end - first;
    const isWhole = length === block;
    x.set(input.subarray(first, end));
    t.set(target.subarray(first, end));
    if (extra) fill(e, extra, first, length, block);
    if (weight) fill(w, weight, first, length, block);
    const part = run(length);
    if (!Number.isFinite(part)) call.inspect(first, end);
    sum += part;
    gradient?.set(isWhole ? x : x.subarray(0, length), first);
    extraGradient?.set(isWhole ? e : e.subarray(0, length), first);
    losses?.set(isWhole ? l : l.subarray(0, length), first);
  }
  return sum;
}

/** Elements of a block: where it can be, a multiple of the length of what repeats. */
function blockOf(most: number, extra: RealArray | null, weight: RealArray | null): number {
  const period = Math.max(1, extra?.length ?? 1, weight?.length ?? 1);
  return period <= most ? most - (most % period) : most;
}

/** Copies what belongs to elements from `first` on; what repeats with the block is there already. */
function fill(
  into: RealArray,
  source: RealArray,
  first: number,
  length: number,
  block: number,
): void {
  const period = source.length;
  if (first > 0 && block % period === 0) return;
  for (let done = 0; done < length; ) {
    const from = (first + done) % period;
    const piece = source.subarray(from, Math.min(period, from + length - done));
    into.set(piece, done);
    done += piece.length;
  }
}
