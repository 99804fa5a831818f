/** Losses that are sums over elements, with their gradients, on leased wasm memory. */

import { LogitscopeError, UsageError } from '../types/errors.js';
import type { RealArray } from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';

/** Kernels by the name of their export. */
export type ElementwiseKernel = 'squared_error' | 'huber' | 'binary_cross_entropy';

/** Memory for elements on their way through a kernel. */
export interface ElementBuffers {
  readonly capacity: number;
  readonly input: RealArray;
  readonly target: RealArray;
  /** Where the gradient goes. */
  readonly gradient: RealArray;
  /** Where the loss of each element goes, where it is asked for. */
  readonly losses: RealArray;
}

/** One kernel on the WebAssembly core. The core's memory belongs to it. */
export class ElementwiseEngine {
  readonly dtype: 'f32' | 'f64';
  readonly #core: Core;
  readonly #kernel: ElementwiseKernel;
  readonly #parameter: number;
  #lease: ElementBuffers | null = null;

  /** @param parameter δ of `huber`, the weight of the positive term of `binary_cross_entropy` */
  constructor(core: Core, kernel: ElementwiseKernel, dtype: 'f32' | 'f64', parameter: number) {
    this.#core = core;
    this.#kernel = kernel;
    this.dtype = dtype;
    this.#parameter = parameter;
  }

  /**
   * Lends memory for `count` elements; the lease before it is dead.
   * @param withLosses whether there is room for the loss of each element
   */
  lease(count: number, withLosses: boolean): ElementBuffers {
    const bytes = align(count * BYTES_PER_SCORE[this.dtype] + PADDING);
    const input = align(this.#core.heap_base.value as number);
    const end = input + bytes * (withLosses ? 4 : 3);
    growTo(this.#core.memory, end, count);
    const { buffer } = this.#core.memory;
    const view = (at: number, length = count) =>
      scoreView(this.dtype, buffer, at, length) as RealArray;
    this.#lease = {
      capacity: count,
      input: view(input),
      target: view(input + bytes),
      gradient: view(input + 2 * bytes),
      losses: view(input + (withLosses ? 3 * bytes : 0), withLosses ? count : 0),
    };
    return this.#lease;
  }

  /**
   * Sum of the losses of the first `count` elements; writes the gradient of `scale` · sum.
   * @throws LogitscopeError `dead-lease`, UsageError `bad-row-count`
   */
  run(buffers: ElementBuffers, count: number, scale: number, withGradient = true): number {
    if (buffers !== this.#lease) {
      throw new LogitscopeError(
        'dead-lease',
        'This lease ended when the next one was taken. Fill and run the newest lease.',
      );
    }
    if (!(count >= 0 && count <= buffers.capacity)) {
      throw new UsageError(
        'bad-row-count',
        `The lease holds ${buffers.capacity} elements; asked for ${count}.`,
      );
    }
    const kernel = this.#core[`${this.#kernel}_${this.dtype}`];
    const { BYTES_PER_ELEMENT: size } = buffers.input;
    const step = rowsPerCall(size);
    const at = (array: RealArray, first: number) =>
      array.length === 0 ? 0 : array.byteOffset + first * size;
    let sum = 0;
    for (let first = 0; first < count; first += step) {
      sum += kernel(
        at(buffers.input, first),
        at(buffers.target, first),
        Math.min(step, count - first),
        this.#parameter,
        scale,
        withGradient ? at(buffers.gradient, first) : 0,
        at(buffers.losses, first),
      );
    }
    return sum;
  }
}
