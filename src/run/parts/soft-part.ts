/** The loss against soft targets, as a part of a scorer. */

import type { ScalarMath } from '../../metrics/scalar-math.js';
import { softLosses } from '../../metrics/soft-metrics.js';
import { SoftTally } from '../../tallies/soft-tally.js';
import type { ScoredRows as AnyRows } from '../../types/rows.js';
import type { PartReport, ScorerPart } from '../../types/scorer-part.js';
import type { RowOptions, ScoredRows } from '../../types/scores.js';
import { softNotice } from './soft-notice.js';

export class SoftPart implements ScorerPart {
  readonly name = 'soft';
  readonly #rows: RowOptions;
  readonly #math: ScalarMath;
  #tally: SoftTally;

  constructor(rows: RowOptions, weighted: boolean, math: ScalarMath) {
    this.#rows = rows;
    this.#math = math;
    const { classes, kind, eps, classWeights, labelSmoothing } = rows;
    this.#tally = new SoftTally({
      classes,
      weighted,
      shaped: classWeights !== null || labelSmoothing > 0,
      eps: kind === 'probabilities' ? eps : 0,
    });
  }

  /** The scorer's rows have soft targets. */
  add(scored: AnyRows): void {
    const rows = scored as ScoredRows;
    this.#tally.add(rows, rows.scores.soft!);
  }

  merge(other: SoftPart): void {
    this.#tally.merge(other.#tally);
  }

  read(state: unknown): SoftPart {
    const { options } = this.#tally;
    const part = new SoftPart(this.#rows, options.weighted, this.#math);
    part.#tally = SoftTally.fromJSON(state, options);
    return part;
  }

  toJSON(): unknown {
    return this.#tally.toJSON();
  }

  toThread(): unknown {
    return this.toJSON();
  }

  report(): PartReport {
    const { rows, options, weights } = this.#tally;
    const { metrics, least, uniform } = softLosses(this.#tally, this.#rows, this.#math);
    const { scored, infiniteLoss, belowEps, zeroProbability } = rows;
    return {
      metrics,
      soft: { rows: scored, infiniteLoss, belowEps, zeroProbability, uniformLogLoss: uniform },
      notices: [
        softNotice({
          least,
          undecided: rows.undecided,
          weight: weights.totals().weight,
          shaped: options.shaped,
        }),
      ],
    };
  }
}
