/** Scores of any kind as logits, which temperatures divide. */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { RowSample } from '../tallies/row-sample.js';
import type { RealArray } from '../types/gradients.js';
import type { ScoreKind } from '../types/scores.js';

/** What makes a logit of a score; null where it is one. */
export type ToLogit = ((score: number) => number) | null;

/** @param eps probabilities below this are raised to it before logarithms are taken */
export function logitOf(kind: ScoreKind, eps: number, math: ScalarMath): ToLogit {
  return kind === 'probabilities' ? (p) => math.log(Math.max(p, eps)) : null;
}

/** The sampled rows as logits; the sample itself where they are. */
export function sampleAsLogits(sample: RowSample, toLogit: ToLogit): RowSample {
  return toLogit === null ? sample : sample.mapped(toLogit);
}

/** Scores as logits; the same array where they are. */
export function asLogits(scores: RealArray, toLogit: ToLogit): RealArray {
  return toLogit === null ? scores : scores.map(toLogit);
}
