/** The SIMD row scorer: leases of wasm memory, and calls into the kernels. */

import { checkLease, deadLease } from '../types/leases.js';
import type { RowTally, RowTallyOptions } from '../types/row-tally.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel, RowBuffers, RowOptions, RowScorer, RowScores } from '../types/scores.js';
import type { Core } from './core.js';
import { align, type LeaseLayout, layOut, rowScoreViews, tallyBytes } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';
import { CoreRowTally, type ScoredBatch } from './row-tally.js';

/**
 * Row scorer on the WebAssembly SIMD core. The core's memory belongs to it.
 * @throws LogitscopeError `out-of-memory` from {@link lease} when the host refuses memory
 */
export class RowEngine implements RowScorer {
  readonly kernel: CoreKernel;
  readonly options: RowOptions;
  readonly #core: Core;
  readonly #rowsPerCall: number;
  #lease: RowBuffers | null = null;
  #layout: LeaseLayout | null = null;
  /** Where leases begin: after the tally, where there is one. */
  #base: number;

  constructor(core: Core, options: RowOptions) {
    this.#core = core;
    this.#base = core.heap_base.value as number;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
    this.options = options;
    const rowBytes = options.classes * BYTES_PER_SCORE[options.dtype];
    this.#rowsPerCall = rowsPerCall(rowBytes);
  }

  lease(rows: number): RowBuffers {
    const { classes, classWeights, dtype } = this.options;
    const layout = layOut(this.#base, rows, this.options);
    const { memory } = this.#core;
    growTo(memory, layout.end, rows);
    const { buffer } = memory;
    if (classWeights) {
      new Float64Array(buffer, layout.classWeights, classes).set(classWeights);
    }
    const reusable = this.#lease?.weights;
    this.#lease = {
      capacity: rows,
      scores: scoreView(dtype, buffer, layout.scores, rows * classes),
      targets: new Int32Array(buffer, layout.targets, rows),
      weights: reusable && reusable.length === rows ? reusable : new Float64Array(rows),
    };
    this.#layout = layout;
    return this.#lease;
  }

  tally(options: RowTallyOptions): RowTally {
    this.#lease = null;
    const at = align(this.#base);
    this.#base = at + tallyBytes(this.options.classes);
    const { memory } = this.#core;
    // What memory grows by is clear, and stays untouched until it is needed.
    new Uint8Array(memory.buffer, at, Math.min(this.#base, memory.buffer.byteLength) - at).fill(0);
    growTo(memory, this.#base, 1);
    return new CoreRowTally(this.#core, at, this.options, options, () => this.#batch());
  }

  #batch(): ScoredBatch {
    if (this.#layout === null || this.#lease === null) throw deadLease();
    return { ...this.#layout, capacity: this.#lease.capacity };
  }

  score(buffers: RowBuffers, count: number): RowScores {
    checkLease(buffers, this.#lease, count);
    const layout = this.#layout as LeaseLayout;
    const { classes, kind, ignoreIndex, classWeights, labelSmoothing, eps } = this.options;
    const core = this.#core;
    const kernel = kernelFor(core, this.options);
    for (let first = 0; first < count; first += this.#rowsPerCall) {
      const rows = Math.min(this.#rowsPerCall, count - first);
      kernel(
        layout.scores,
        first,
        rows,
        classes,
        layout.targets,
        ignoreIndex === null ? 0 : 1,
        ignoreIndex ?? 0,
        classWeights ? layout.classWeights : 0,
        labelSmoothing,
        kind === 'probabilities' ? eps : kind === 'log-probabilities' ? 1 : 0,
        layout.out,
        buffers.capacity,
      );
    }
    return rowScoreViews(core.memory.buffer, layout.out, buffers.capacity, count);
  }
}

/** The export for a number format and kind. */
function kernelFor(core: Core, { kind, dtype }: RowOptions) {
  if (kind === 'probabilities') {
    return dtype === 'f64' ? core.score_probabilities_f64 : core.score_probabilities_f32;
  }
  return core[`score_logits_${dtype}`];
}
