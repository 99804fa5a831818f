/**
 * Rows with soft targets: a kernel scores them by their largest class, and
 * what all classes of the target add up to is computed beside it.
 *
 *   loss = Σ_c a_c (−log p_c)     −log p_c = (max z − z_c) + log Σ e^(z − max z)
 *
 * The kernel has found max z and Σ e^(z − max z) = 1 / confidence. The largest
 * class comes first, with the kernel's own −log p, so that a one-hot target
 * has the loss of the same hard target to the last bit.
 */

import type { ScalarMath } from '../metrics/scalar-math.js';
import { deadLease } from '../types/leases.js';
import { scoreAt } from '../types/score-array.js';
import {
  type KernelName,
  MISSING_TARGET,
  NO_LARGEST,
  type RowBuffers,
  type RowOptions,
  type RowScorer,
  type RowScores,
  RowStatus,
  type ScoreArray,
  type SoftScores,
  STATUS_MASK,
} from '../types/scores.js';
import { firstLargest, softProblem, softTarget } from '../types/soft-targets.js';

/** No class: the kernel refuses such a row, and its checks find out what is wrong with it. */
const BAD_TARGET = -1;

/** A lease with its soft targets, and the one that the kernel knows. */
interface SoftLease {
  readonly own: RowBuffers & { readonly soft: Float64Array };
  readonly kernels: RowBuffers;
}

/** A row scorer whose rows have a probability per class as target. */
export class SoftRows implements RowScorer {
  readonly kernel: KernelName;
  readonly options: RowOptions;
  readonly #rows: RowScorer;
  readonly #math: ScalarMath;
  #leases: readonly SoftLease[] = [];
  #scores: SoftScores & { readonly capacity: number } = noScores(0);
  /** Weight of each class times 1 − ε, and times ε/C; null where both are plain. */
  readonly #shape: { readonly own: Float64Array; readonly smooth: Float64Array } | null;
  /** 16-bit scores of a row as numbers. */
  readonly #widened: Float64Array;

  constructor(rows: RowScorer, math: ScalarMath) {
    this.#rows = rows;
    this.#math = math;
    this.kernel = rows.kernel;
    this.options = rows.options;
    const { classes, classWeights, labelSmoothing, dtype } = rows.options;
    const weights = classWeights ?? new Float64Array(classes).fill(1);
    this.#shape =
      classWeights === null && labelSmoothing === 0
        ? null
        : {
            own: weights.map((w) => w * (1 - labelSmoothing)),
            smooth: weights.map((w) => w * (labelSmoothing / classes)),
          };
    this.#widened = new Float64Array(dtype === 'f16' || dtype === 'bf16' ? classes : 0);
  }

  lease(rows: number): RowBuffers {
    return this.#lend([this.#rows.lease(rows)])[0]!;
  }

  leasePair(rows: number): readonly [RowBuffers, RowBuffers] {
    const [first, second] = this.#lend(this.#rows.leasePair(rows));
    return [first!, second!];
  }

  #lend(kernels: readonly RowBuffers[]): readonly RowBuffers[] {
    const { classes } = this.options;
    this.#leases = kernels.map((lease, i) => {
      const length = lease.capacity * classes;
      const last = this.#leases[i]?.own.soft;
      const soft = last?.length === length ? last : new Float64Array(length);
      return { own: { ...lease, soft }, kernels: lease };
    });
    return this.#leases.map(({ own }) => own);
  }

  score(buffers: RowBuffers, count: number): RowScores {
    const lease = this.#leases.find(({ own }) => own === buffers);
    if (lease === undefined) throw deadLease();
    const { soft, targets } = lease.own;
    const { classes } = this.options;
    if (this.#scores.capacity < count) this.#scores = noScores(count);
    const { undecided, counted } = this.#scores;
    undecided.fill(0, 0, count);
    for (let r = 0; r < count; r++) {
      let target = softTarget(soft, r * classes, classes);
      if (target !== MISSING_TARGET && softProblem(soft, r * classes, classes) !== null) {
        target = BAD_TARGET;
      } else if (target === NO_LARGEST) {
        undecided[r] = 1;
        target = firstLargest(soft, r * classes, classes);
      }
      targets[r] = target;
    }
    const scores = this.#rows.score(lease.kernels, count);
    for (let r = 0; r < count; r++) {
      counted[r] = (scores.status[r]! & STATUS_MASK) === RowStatus.scored ? 1 : 0;
      if (counted[r] === 1) this.#scoreRow(buffers.scores, soft, targets[r]!, scores, r);
      else blank(this.#scores, r);
      if (undecided[r] === 1) {
        targets[r] = NO_LARGEST;
        if (counted[r] === 1) leaveToLoss(scores, r);
        else undecided[r] = 0;
      }
    }
    return { ...scores, soft: { ...this.#scores, targets: soft } };
  }

  /** @param target one of the largest classes, so that its share of the loss is not small */
  #scoreRow(all: ScoreArray, q: Float64Array, target: number, rows: RowScores, r: number): void {
    const { classes, kind, eps, dtype } = this.options;
    const math = this.#math;
    const start = r * classes;
    const isProbability = kind === 'probabilities';
    const isLogit = kind === 'logits';
    let scores = all;
    let at = start;
    if (this.#widened.length > 0) {
      for (let c = 0; c < classes; c++) this.#widened[c] = scoreAt(all, dtype, start + c);
      scores = this.#widened as ScoreArray;
      at = 0;
    }
    const confidence = rows.confidence[r]!;
    const top = isLogit ? scores[at + rows.prediction[r]!]! : 0;
    const lift = isLogit ? -math.log(confidence) : 0;
    const scale = isLogit ? confidence : 1;

    const ownCost = rows.nll[r]!;
    const ownShare = q[start + target]!;
    let nll = ownShare * ownCost;
    let overlap = ownShare * rows.targetProbability[r]!;
    let squares = ownShare * ownShare;
    let sum = ownShare;
    let negative = ownShare * math.log(ownShare);
    let lowest = isProbability ? rows.targetProbability[r]! : 1;
    for (let c = 0; c < classes; c++) {
      const share = q[start + c]!;
      // A class of no share adds 0, be it masked: 0 · ∞ is 0 here.
      if (share === 0 || c === target) continue;
      const score = scores[at + c]!;
      if (isProbability) {
        nll += share * (0 - math.log(Math.min(Math.max(score, eps), 1)));
        overlap += share * score;
        if (score < lowest) lowest = score;
      } else {
        nll += share * (top - score + lift);
        overlap += share * (math.exp(score - top) * scale);
      }
      squares += share * share;
      sum += share;
      negative += share * math.log(share);
    }
    const out = this.#scores;
    out.nll[r] = nll;
    out.squares[r] = squares;
    out.lowest[r] = lowest;
    out.brier[r] = Math.max(rows.sumSquares[r]! - 2 * overlap + squares, 0);
    // Of q that add up to 1 but for rounding: least for p = q / Σ q.
    out.entropy[r] = Math.max(sum * math.log(sum) - negative, 0);
    out.loss[r] = nll;
    out.least[r] = out.entropy[r]!;
    if (this.#shape !== null) {
      const cost = (c: number) => {
        if (c === target) return ownCost;
        const score = scores[at + c]!;
        if (!isProbability) return top - score + lift;
        return 0 - math.log(Math.min(Math.max(score, eps), 1));
      };
      this.#shapeLoss(q, start, target, cost, r);
    }
    rows.loss[r] = out.loss[r]!;
  }

  /** Class weights and label smoothing. */
  #shapeLoss(
    q: Float64Array,
    start: number,
    target: number,
    cost: (c: number) => number,
    r: number,
  ): void {
    const { own, smooth } = this.#shape!;
    const math = this.#math;
    let loss = 0;
    let sum = 0;
    let negative = 0;
    const add = (c: number) => {
      const part = own[c]! * q[start + c]! + smooth[c]!;
      if (part === 0) return;
      loss += part * cost(c);
      sum += part;
      negative += part * math.log(part);
    };
    add(target);
    for (let c = 0; c < this.options.classes; c++) if (c !== target) add(c);
    this.#scores.loss[r] = loss;
    this.#scores.least[r] = sum === 0 ? 0 : Math.max(sum * math.log(sum) - negative, 0);
  }
}

function noScores(capacity: number): SoftScores & { readonly capacity: number } {
  const real = () => new Float64Array(capacity);
  return {
    capacity,
    counted: new Uint8Array(capacity),
    undecided: new Uint8Array(capacity),
    targets: new Float64Array(0),
    nll: real(),
    loss: real(),
    entropy: real(),
    least: real(),
    brier: real(),
    squares: real(),
    lowest: real(),
  };
}

function blank({ nll, loss, entropy, least, brier, squares, lowest }: SoftScores, r: number): void {
  for (const values of [nll, loss, entropy, least, brier, squares, lowest]) values[r] = 0;
}

/** Takes a row without a largest class out of everything but what {@link SoftScores} holds. */
function leaveToLoss(scores: RowScores, r: number): void {
  scores.status[r] = RowStatus.ignored;
  scores.prediction[r] = 0;
  scores.rank[r] = 0;
  const { nll, loss, confidence, targetProbability, sumSquares, normalizer } = scores;
  for (const values of [nll, loss, confidence, targetProbability, sumSquares, normalizer]) {
    values[r] = Number.NaN;
  }
}
