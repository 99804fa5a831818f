/** Rows of one score again, in plain f64 TypeScript: the truth that the kernels are tested against. */

import { checkLease, checkLeaseSize } from '../types/leases.js';
import { newScoreArray, scoreAt } from '../types/score-array.js';
import { MISSING_TARGET, RowStatus } from '../types/scores.js';
import type {
  SingleScoreBuffers,
  SingleScoreOptions,
  SingleScoreScorer,
  SingleScores,
} from '../types/single-scores.js';

/** The reference twin of the engine for rows of one score. */
export class SingleScoreReference implements SingleScoreScorer {
  readonly kernel = 'reference';
  readonly options: SingleScoreOptions;
  #lease: SingleScoreBuffers | null = null;

  constructor(options: SingleScoreOptions) {
    this.options = options;
  }

  lease(rows: number): SingleScoreBuffers {
    checkLeaseSize(rows);
    this.#lease = {
      capacity: rows,
      scores: newScoreArray(this.options.dtype, rows),
      targets: new Int32Array(rows),
    };
    return this.#lease;
  }

  score(buffers: SingleScoreBuffers, count: number): SingleScores {
    checkLease(buffers, this.#lease, count);
    const out: SingleScores = {
      count,
      status: new Uint8Array(count),
      prediction: new Uint8Array(count),
      nll: new Float64Array(count).fill(Number.NaN),
      probability: new Float64Array(count).fill(Number.NaN),
    };
    const { dtype, threshold, kind } = this.options;
    for (let r = 0; r < count; r++) {
      const score = scoreAt(buffers.scores, dtype, r);
      const target = buffers.targets[r];
      const status = this.#statusOf(score, target);
      out.status[r] = status;
      if (status !== RowStatus.scored) continue;
      out.prediction[r] = Number(score >= threshold);
      out.probability[r] = kind === 'probabilities' ? score : 1 / (1 + Math.exp(-score));
      out.nll[r] = this.#lossOf(score, target);
    }
    return out;
  }

  #statusOf(score: number, target: number): number {
    const { ignoreIndex, kind } = this.options;
    if (ignoreIndex !== null && target === ignoreIndex) return RowStatus.ignored;
    if (target === MISSING_TARGET) return RowStatus.missingTarget;
    if (target !== 0 && target !== 1) return RowStatus.badTarget;
    if (!Number.isFinite(score)) return RowStatus.invalid;
    const outside = score < 0 || score > 1;
    return kind === 'probabilities' && outside ? RowStatus.contradiction : RowStatus.scored;
  }

  #lossOf(score: number, target: number): number {
    const { kind, eps } = this.options;
    if (kind === 'logits') {
      const against = target === 1 ? -score : score;
      return Math.max(against, 0) + Math.log1p(Math.exp(-Math.abs(score)));
    }
    if (target === 1) return 0 - Math.log(Math.max(score, eps));
    return 0 - (1 - score < eps ? Math.log(eps) : Math.log1p(-score));
  }
}
