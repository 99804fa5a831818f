/**
 * The areas under the ROC and precision-recall curves, summed over runs of
 * equal scores; with bounds that hold whatever the order inside mixed runs.
 *
 * With P and F the positives and negatives above a run of p and n:
 *
 *     2 · AUC · P_all · N_all  = Σ n (2 P + p)       a tie counts one half
 *     AP · P_all               = Σ p · (P + p) / (P + p + F + n)
 *     trapezoid · P_all        = Σ p · (precision before + precision after) / 2
 */

import type { ScoreRuns } from '../types/ranking.js';
import { RunningSum } from './running-sum.js';

/** A number, and bounds that hold it; where it is known they are the number itself. */
export interface Bounded {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** More than rounding can do to sums of shares over any number of runs: they are compensated. */
const ROUNDING = 1e-12;

/** Adds runs, highest first, and gives the areas. What needs two classes is NaN with one. */
export class RankingSums {
  readonly #positives = new RunningSum();
  readonly #negatives = new RunningSum();
  readonly #concordance = new RunningSum();
  readonly #undecided = new RunningSum();
  readonly #steps = new RunningSum();
  readonly #trapezoid = new RunningSum();
  readonly #mixedSteps = triple();
  readonly #mixedTrapezoid = triple();
  #precision = 1;
  #anyMixed = false;

  add({ count, positives, negatives, mixed }: ScoreRuns): void {
    for (let i = 0; i < count; i++) {
      const p = positives[i];
      const n = negatives[i];
      const P = this.#positives.value;
      const F = this.#negatives.value;
      this.#positives.add(p);
      this.#negatives.add(n);
      this.#concordance.add(n * (2 * P + p));
      const after = this.#positives.value;
      const precision = after / (after + this.#negatives.value);
      if (mixed !== null && mixed[i] === 1) {
        this.#anyMixed = true;
        this.#undecided.add(n * p);
        if (p > 0) this.#addMixed(P, F, p, n, precision);
      } else if (p > 0) {
        this.#steps.add(p * precision);
        this.#trapezoid.add((p * (this.#precision + precision)) / 2);
      }
      this.#precision = precision;
    }
  }

  /**
   * A run of p positives and n negatives in unknown order. Least precise is a
   * positive below all negatives, at t of p: h(t) = (P + t) / (P + t + F + n);
   * most precise above all of them: g(t) = (P + t) / (P + t + F). Both grow
   * with t and are concave.
   */
  #addMixed(P: number, F: number, p: number, n: number, precision: number): void {
    const h = (t: number) => share(P + t, F + n);
    // One by one below all negatives. The chords of a concave function lie below it.
    let least = 0;
    let from = 0;
    for (let k = CHORDS; k >= 0; k--) {
      const to = p * 2 ** -k;
      least += ((to - from) * (h(from) + h(to))) / 2;
      from = to;
    }
    this.#mixedSteps[0].add(least);
    this.#mixedSteps[1].add(p * precision);
    // All tied above all negatives.
    this.#mixedSteps[2].add(p * share(P + p, F));
    // In the curve: one chord below all negatives; above them no more than g at the middle.
    this.#mixedTrapezoid[0].add((p * (h(0) + h(p))) / 2);
    this.#mixedTrapezoid[1].add((p * (this.#precision + precision)) / 2);
    this.#mixedTrapezoid[2].add(p * share(P + p / 2, F));
  }

  get positives(): number {
    return this.#positives.value;
  }

  get negatives(): number {
    return this.#negatives.value;
  }

  /** Whether there are rows of both classes. */
  get hasBoth(): boolean {
    return this.positives > 0 && this.negatives > 0;
  }

  get rocAuc(): Bounded {
    const pairs = this.positives * this.negatives;
    const value = this.#concordance.value / 2 / pairs;
    const slack = this.#undecided.value / 2 / pairs;
    return this.#bounded(value - slack, value, value + slack);
  }

  get averagePrecision(): Bounded {
    return this.#shares(this.#steps.value, this.#mixedSteps);
  }

  get prAucTrapezoid(): Bounded {
    return this.#shares(this.#trapezoid.value, this.#mixedTrapezoid);
  }

  #shares(known: number, mixed: Triple): Bounded {
    const [low, value, high] = mixed.map((sum) => (known + sum.value) / this.positives);
    return this.#bounded(low, value, high);
  }

  #bounded(low: number, value: number, high: number): Bounded {
    if (!this.hasBoth) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
    const within = Math.min(1, value);
    if (!this.#anyMixed) return { value: within, low: within, high: within };
    return { value: within, low: Math.max(0, low - ROUNDING), high: Math.min(1, high + ROUNDING) };
  }
}

/** Chords below a concave function: each twice as long as the one before. */
const CHORDS = 30;

/** Precision; 1 where nothing has been found yet, as precision-recall curves begin. */
function share(positives: number, negatives: number): number {
  return positives + negatives === 0 ? 1 : positives / (positives + negatives);
}

type Triple = readonly [low: RunningSum, value: RunningSum, high: RunningSum];

function triple(): Triple {
  return [new RunningSum(), new RunningSum(), new RunningSum()];
}
