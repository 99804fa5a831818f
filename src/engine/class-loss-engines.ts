/** The SIMD kernels of the focal loss of a softmax and of the margin loss. */

import type { RowShape } from '../types/gradients.js';
import type { LossCore } from './loss-core.js';
import { RowLossEngine, type RowLossPlaces } from './row-loss-engine.js';

/** Focal loss and its gradient on the WebAssembly core. */
export class FocalEngine extends RowLossEngine {
  readonly #shape: RowShape & { readonly gamma: number };

  constructor(core: LossCore, shape: RowShape & { readonly gamma: number }) {
    super(core, shape);
    this.#shape = shape;
  }

  protected override call(
    core: LossCore,
    places: RowLossPlaces,
    first: number,
    rows: number,
    scale: number,
  ): void {
    const { classes, dtype, ignoreIndex, gamma } = this.#shape;
    core[`softmax_focal_${dtype}`](
      places.scores,
      first,
      rows,
      classes,
      places.targets,
      ignoreIndex === null ? 0 : 1,
      ignoreIndex ?? 0,
      places.classWeights,
      gamma,
      scale,
      places.gradient,
      places.losses,
    );
  }
}

/** Margin loss and its gradient on the WebAssembly core. */
export class MarginEngine extends RowLossEngine {
  readonly #shape: RowShape & { readonly margin: number; readonly p: number };

  constructor(core: LossCore, shape: RowShape & { readonly margin: number; readonly p: number }) {
    super(core, shape);
    this.#shape = shape;
  }

  protected override call(
    core: LossCore,
    places: RowLossPlaces,
    first: number,
    rows: number,
    scale: number,
  ): void {
    const { classes, dtype, ignoreIndex, margin, p } = this.#shape;
    core[`multi_margin_${dtype}`](
      places.scores,
      first,
      rows,
      classes,
      places.targets,
      ignoreIndex === null ? 0 : 1,
      ignoreIndex ?? 0,
      places.classWeights,
      margin,
      p === 2 ? 1 : 0,
      scale,
      places.gradient,
      places.losses,
    );
  }
}
