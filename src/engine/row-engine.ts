/** The SIMD row scorer: leases of wasm memory, and calls into the kernels. */

import { checkLease, deadLease } from '../types/leases.js';
import type { RowTally, RowTallyOptions } from '../types/row-tally.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel, RowBuffers, RowOptions, RowScorer, RowScores } from '../types/scores.js';
import {
  CAPACITY,
  CLASS_WEIGHTS,
  CLASSES,
  EPS,
  FLAGS,
  ignoring,
  OUT,
  SCORES,
  SMOOTHING,
  TARGETS,
  WEIGHT_SUM,
  weightSum,
  writeCall,
} from './call.js';
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
  readonly #weightSum: number;
  #leases: readonly RowBuffers[] = [];
  /** Where each lease lies. */
  #layouts: readonly LeaseLayout[] = [];
  #scored: ScoredBatch | null = null;
  /** Where leases begin: after the tally, where there is one. */
  #base: number;

  constructor(core: Core, options: RowOptions) {
    this.#core = core;
    this.#base = core.heap_base.value as number;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
    this.options = options;
    const rowBytes = options.classes * BYTES_PER_SCORE[options.dtype];
    this.#rowsPerCall = rowsPerCall(rowBytes);
    this.#weightSum = weightSum(options);
  }

  lease(rows: number): RowBuffers {
    this.#lend(rows, [layOut(this.#base, rows, this.options)]);
    return this.#leases[0]!;
  }

  leasePair(rows: number): readonly [RowBuffers, RowBuffers] {
    const first = layOut(this.#base, rows, this.options);
    this.#lend(rows, [first, layOut(first.end, rows, this.options)]);
    return [this.#leases[0]!, this.#leases[1]!];
  }

  /** Grows once for all of them: views made before would be dead. */
  #lend(rows: number, layouts: readonly LeaseLayout[]): void {
    const { classes, classWeights, dtype } = this.options;
    const { memory } = this.#core;
    growTo(memory, layouts.at(-1)!.end, rows);
    const { buffer } = memory;
    this.#leases = layouts.map((layout, i) => {
      if (classWeights) {
        new Float64Array(buffer, layout.classWeights, classes).set(classWeights);
      }
      const reusable = this.#leases[i]?.weights;
      return {
        capacity: rows,
        scores: scoreView(dtype, buffer, layout.scores, rows * classes),
        targets: new Int32Array(buffer, layout.targets, rows),
        weights: reusable && reusable.length === rows ? reusable : new Float64Array(rows),
      };
    });
    this.#layouts = layouts;
    this.#scored = null;
  }

  tally(options: RowTallyOptions): RowTally {
    this.#leases = [];
    this.#scored = null;
    const at = align(this.#base);
    this.#base = at + tallyBytes(this.options.classes);
    const { memory } = this.#core;
    // What memory grows by is clear, and stays untouched until it is needed.
    new Uint8Array(memory.buffer, at, Math.min(this.#base, memory.buffer.byteLength) - at).fill(0);
    growTo(memory, this.#base, 1);
    return new CoreRowTally(this.#core, at, this.options, options, () => this.#batch());
  }

  #batch(): ScoredBatch {
    if (this.#scored === null) throw deadLease();
    return this.#scored;
  }

  score(buffers: RowBuffers, count: number): RowScores {
    checkLease(buffers, this.#leases, count);
    const layout = this.#layouts[this.#leases.indexOf(buffers)]!;
    this.#scored = { ...layout, capacity: buffers.capacity };
    const { classes, kind, ignoreIndex, classWeights, labelSmoothing, eps } = this.options;
    const core = this.#core;
    const kernel = kernelFor(core, this.options);
    writeCall(core, [
      [SCORES, layout.scores],
      [CLASSES, classes],
      [TARGETS, layout.targets],
      [OUT, layout.out],
      [CAPACITY, buffers.capacity],
      [CLASS_WEIGHTS, classWeights ? layout.classWeights : 0],
      [SMOOTHING, labelSmoothing],
      [WEIGHT_SUM, this.#weightSum],
      [EPS, eps],
      [FLAGS, kind === 'log-probabilities' ? 1 : 0],
      ...ignoring(ignoreIndex),
    ]);
    for (let first = 0; first < count; first += this.#rowsPerCall) {
      kernel(first, Math.min(this.#rowsPerCall, count - first));
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
