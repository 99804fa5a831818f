/** The SIMD kernels of the focal loss of a softmax and of the margin loss. */

import type { RowShape } from '../types/gradients.js';
import { type Field, FLAGS, P } from './call.js';
import type { LossCore } from './loss-core.js';
import type { RowKernel } from './module-exports.js';
import { RowLossEngine } from './row-loss-engine.js';

/** Focal loss and its gradient on the WebAssembly core. */
export class FocalEngine extends RowLossEngine {
  readonly #shape: RowShape & { readonly gamma: number };

  constructor(core: LossCore, shape: RowShape & { readonly gamma: number }) {
    super(core, shape);
    this.#shape = shape;
  }

  protected override plan(core: LossCore): readonly [RowKernel, readonly Field[]] {
    const { dtype, gamma } = this.#shape;
    return [core[`softmax_focal_${dtype}`], [[P, gamma]]];
  }
}

/** Margin loss and its gradient on the WebAssembly core. */
export class MarginEngine extends RowLossEngine {
  readonly #shape: RowShape & { readonly margin: number; readonly p: number };

  constructor(core: LossCore, shape: RowShape & { readonly margin: number; readonly p: number }) {
    super(core, shape);
    this.#shape = shape;
  }

  protected override plan(core: LossCore): readonly [RowKernel, readonly Field[]] {
    const { dtype, margin, p } = this.#shape;
    const own: readonly Field[] = [
      [P, margin],
      [FLAGS, p === 2 ? 1 : 0],
    ];
    return [core[`multi_margin_${dtype}`], own];
  }
}
