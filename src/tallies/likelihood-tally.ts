/** Log-likelihoods of documents, and what they are divided by. */

import type { TextLikelihood } from '../types/perplexity.js';
import { type Mean, RatioMoments, WeightMoments } from './ratio-moments.js';

/** What a log-likelihood may be shared among. */
export const UNITS = ['tokens', 'bytes', 'words', 'answers'] as const;
export type Unit = (typeof UNITS)[number];

/** Sums of one quantity over documents, and of what it is divided by. */
class Ratio {
  readonly weights = new WeightMoments(true);
  readonly moments = new RatioMoments(true);

  add(numerators: Float64Array, denominators: Float64Array, count: number): void {
    this.weights.addRows(denominators, count);
    this.moments.addRows(numerators, denominators, count);
  }

  /** With a standard error that takes what one document holds for dependent, n − 1 in it. */
  mean(documents: number): Mean {
    const { mean, standardError } = this.moments.over(this.weights.totals());
    const factor = documents > 1 ? Math.sqrt(documents / (documents - 1)) : Number.NaN;
    return { mean, standardError: standardError * factor };
  }
}

/** Documents by what their records say of them; the same for any order of them. */
export class LikelihoodTally {
  #documents = 0;
  #floored = 0;
  readonly #losses = new Map<Unit, Ratio>(UNITS.map((unit) => [unit, new Ratio()]));
  readonly #greedy = new Ratio();
  /** Documents that say how much of a unit they have. */
  readonly #known = new Map<Unit | 'greedy', number>();
  readonly #u = new Float64Array(1);
  readonly #v = new Float64Array(1);

  get documents(): number {
    return this.#documents;
  }

  /** Tokens whose log-probability stands for "very unlikely". */
  get floored(): number {
    return this.#floored;
  }

  add(text: TextLikelihood): void {
    this.#documents++;
    this.#floored += text.floored;
    for (const unit of UNITS)
      this.#count(unit, this.#losses.get(unit)!, -text.logLikelihood, text[unit]);
    if (text.greedy !== null) {
      this.#count('greedy', this.#greedy, text.greedy, text.tokens ?? text.answers);
    }
  }

  #count(name: Unit | 'greedy', ratio: Ratio, numerator: number, denominator: number | null): void {
    if (denominator === null || denominator === 0) return;
    this.#known.set(name, (this.#known.get(name) ?? 0) + 1);
    this.#u[0] = numerator;
    this.#v[0] = denominator;
    ratio.add(this.#u, this.#v, 1);
  }

  /** Documents that say how much of a unit they have. */
  known(name: Unit | 'greedy'): number {
    return this.#known.get(name) ?? 0;
  }

  /** Loss per unit, in nats; null unless every document says how many it has. */
  loss(unit: Unit): Mean | null {
    return this.#isComplete(unit) ? this.#losses.get(unit)!.mean(this.#documents) : null;
  }

  /** Share that greedy decoding gives; null unless every document says it. */
  greedy(): Mean | null {
    return this.#isComplete('greedy') ? this.#greedy.mean(this.#documents) : null;
  }

  /** Units in all; null unless every document says how many it has. */
  total(unit: Unit): number | null {
    return this.#isComplete(unit) ? this.#losses.get(unit)!.weights.totals().weight : null;
  }

  #isComplete(name: Unit | 'greedy'): boolean {
    return this.#documents > 0 && this.known(name) === this.#documents;
  }
}
