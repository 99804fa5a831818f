/** The SIMD scorer of rows of one score: leases of wasm memory, and calls into the kernels. */

import { checkLease } from '../types/leases.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel } from '../types/scores.js';
import type {
  SingleScoreBuffers,
  SingleScoreOptions,
  SingleScoreScorer,
  SingleScores,
} from '../types/single-scores.js';
import { CAPACITY, EPS, ignoring, OUT, SCORES, TARGETS, THRESHOLD, writeCall } from './call.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';

/** Byte offsets of a lease; the results hold `room` rows. */
interface Places {
  readonly scores: number;
  readonly targets: number;
  readonly out: number;
  readonly room: number;
}

/**
 * Scorer of rows of one score on the WebAssembly SIMD core. The core's memory belongs to it.
 * @throws LogitscopeError `out-of-memory` from {@link lease} when the host refuses memory
 */
export class SingleScoreEngine implements SingleScoreScorer {
  readonly kernel: CoreKernel;
  readonly options: SingleScoreOptions;
  readonly #core: Core;
  #lease: SingleScoreBuffers | null = null;
  #places: Places | null = null;

  constructor(core: Core, options: SingleScoreOptions) {
    this.#core = core;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
    this.options = options;
  }

  lease(rows: number): SingleScoreBuffers {
    const { dtype } = this.options;
    const { memory } = this.#core;
    const scores = align(this.#core.heap_base.value as number);
    const targets = align(scores + rows * BYTES_PER_SCORE[dtype] + PADDING);
    const out = align(targets + rows * 4 + PADDING);
    // The kernel writes whole vectors.
    const room = align(rows);
    growTo(memory, out + room * 18, rows);
    this.#places = { scores, targets, out, room };
    this.#lease = {
      capacity: rows,
      scores: scoreView(dtype, memory.buffer, scores, rows),
      targets: new Int32Array(memory.buffer, targets, rows),
    };
    return this.#lease;
  }

  score(buffers: SingleScoreBuffers, count: number): SingleScores {
    checkLease(buffers, this.#lease, count);
    const { scores, targets, out, room } = this.#places as Places;
    const { kind, dtype, ignoreIndex, threshold, eps } = this.options;
    const kernel = kernelFor(this.#core, this.options);
    writeCall(this.#core, [
      [SCORES, scores],
      [TARGETS, targets],
      [OUT, out],
      [CAPACITY, room],
      [THRESHOLD, threshold],
      [EPS, kind === 'probabilities' ? eps : 0],
      ...ignoring(ignoreIndex),
    ]);
    const step = rowsPerCall(BYTES_PER_SCORE[dtype]);
    for (let first = 0; first < count; first += step) kernel(first, Math.min(step, count - first));
    const { buffer } = this.#core.memory;
    return {
      count,
      nll: new Float64Array(buffer, out, count),
      probability: new Float64Array(buffer, out + 8 * room, count),
      prediction: new Uint8Array(buffer, out + 16 * room, count),
      status: new Uint8Array(buffer, out + 17 * room, count),
    };
  }
}

/** The export for a number format and kind. */
function kernelFor(core: Core, { kind, dtype }: SingleScoreOptions) {
  if (kind === 'probabilities') {
    return dtype === 'f64'
      ? core.score_single_probabilities_f64
      : core.score_single_probabilities_f32;
  }
  return core[`score_single_logits_${dtype}`];
}
