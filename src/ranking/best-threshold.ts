/** The best threshold for a purpose, and what it costs for the others. */

import { showLabel } from '../arrays/labels.js';
import type { ScoreBins } from '../tallies/score-bins.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';
import { BINARY_NAMES } from './curves.js';
import { type BinaryRankingOptions, checkNames } from './inputs.js';
import {
  type Costs,
  readThresholds,
  type ThresholdRow,
  type ThresholdTable,
  tableOf,
  tableRow,
} from './threshold-table.js';

/**
 * What a threshold is to be best for: the highest `f1`, `mcc` or `accuracy`;
 * the lowest cost of mistakes; the highest recall among thresholds of some
 * precision; the highest precision among thresholds of some recall.
 */
export type ThresholdPurpose =
  | 'f1'
  | 'mcc'
  | 'accuracy'
  | Costs
  | { readonly precisionAtLeast: number }
  | { readonly recallAtLeast: number };

/** Options of {@link bestThreshold}. */
export interface BestThresholdOptions extends BinaryRankingOptions {
  readonly for: ThresholdPurpose;
}

/** One purpose at the chosen threshold and at its own best. */
export interface ThresholdPrice {
  /** At the chosen threshold. */
  readonly value: number;
  /** The best that any threshold gives. */
  readonly best: number;
  /** The threshold that gives it. */
  readonly threshold: number;
  /** What choosing otherwise costs: |best − value|. */
  readonly loss: number;
}

/** What {@link bestThreshold} found. */
export interface BestThreshold extends ThresholdRow {
  /** What the choice costs, by purpose. `cost` is that of the purpose, or the number of mistakes. */
  readonly prices: Readonly<Record<'f1' | 'mcc' | 'accuracy' | 'cost', ThresholdPrice>>;
}

/**
 * The threshold that serves a purpose best, among ∞ and all scores. Of equally
 * good ones it is the highest. Chosen and judged on the same rows it looks
 * better than it is: choose on one part of the rows, report on another.
 *
 * @param yTrue as for {@link thresholdTable}; or bins, among whose bounds is chosen
 * @throws UsageError `bad-option`, `length-mismatch`, `unknown-option`
 * @throws InputError `one-class`; `unattainable` when no threshold has that precision;
 *   `empty-input`; `bad-score`, `bad-target`, `bad-weight` with the row
 * @example
 * ```ts
 * import { bestThreshold } from 'logitscope';
 * const best = bestThreshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], { for: 'f1' });
 * best.threshold; // 0.35
 * best.f1; // 0.8
 * best.prices.mcc.loss; // 0
 * ```
 */
export function bestThreshold(bins: ScoreBins, options: BestThresholdOptions): BestThreshold;
export function bestThreshold(
  yTrue: Targets,
  yScore: Scores,
  options: BestThresholdOptions,
): BestThreshold;
export function bestThreshold(
  yTrue: Targets | ScoreBins,
  scoresOrOptions: Scores | BestThresholdOptions,
  options = scoresOrOptions as BestThresholdOptions,
): BestThreshold {
  checkNames('bestThreshold', options, [...BINARY_NAMES, 'for']);
  const purpose = readPurpose(options.for);
  const table = tableOf(readThresholds(yTrue, scoresOrOptions, options), purpose.costs);
  if (!(table.recall[0] >= 0 && table.fpr[0] >= 0)) {
    throw new InputError('one-class', {
      problem: 'a threshold parts two classes, and the targets hold one only',
      expected: 'rows of both classes that do not weigh 0',
    });
  }
  const chosen = highest(table, purpose.merit(table));
  if (chosen < 0) {
    const best = table.precision[highest(table, (i) => table.precision[i])];
    throw new InputError('unattainable', {
      problem: 'no threshold has the precision that was asked for',
      found: `${best} at best`,
      expected: `at least ${purpose.bound}`,
      advice: 'Ask for less, or use a model that ranks better.',
    });
  }
  const row = tableRow(table, chosen);
  const price = (name: 'f1' | 'mcc' | 'accuracy' | 'cost'): ThresholdPrice => {
    const at = highest(table, (i) => (name === 'cost' ? -table.cost[i] : table[name][i]));
    const best = table[name][at];
    return {
      value: row[name],
      best,
      threshold: table.threshold[at],
      loss: Math.abs(best - row[name]),
    };
  };
  const prices = {
    f1: price('f1'),
    mcc: price('mcc'),
    accuracy: price('accuracy'),
    cost: price('cost'),
  };
  return { ...row, prices };
}

/** The first index, and so the highest threshold, of the greatest merit; −1 where every one is NaN. */
function highest({ threshold }: ThresholdTable, merit: (index: number) => number): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < threshold.length; i++) {
    const found = merit(i);
    if (found > most) {
      best = i;
      most = found;
    }
  }
  return best;
}

interface Purpose {
  readonly costs: Costs;
  readonly bound?: number;
  /** The greater, the better; NaN for thresholds that are out of the question. */
  readonly merit: (table: ThresholdTable) => (index: number) => number;
}

function readPurpose(purpose: unknown): Purpose {
  if (purpose === 'f1' || purpose === 'mcc' || purpose === 'accuracy') {
    return { costs: {}, merit: (table) => (i) => table[purpose][i] };
  }
  const keys = typeof purpose === 'object' && purpose !== null ? Object.keys(purpose) : [];
  const has = (...names: string[]) => keys.length > 0 && keys.every((key) => names.includes(key));
  if (has('costFp', 'costFn')) {
    return { costs: purpose as Costs, merit: (table) => (i) => -table.cost[i] };
  }
  if (has('precisionAtLeast') || has('recallAtLeast')) {
    const [name, bound] = Object.entries(purpose as Record<string, number>)[0]!;
    if (!(bound >= 0 && bound <= 1)) {
      throw new UsageError('bad-option', `Option ${name} is ${bound}; expected 0 … 1.`);
    }
    const [kept, raised] =
      name === 'precisionAtLeast'
        ? (['precision', 'recall'] as const)
        : (['recall', 'precision'] as const);
    const merit = (table: ThresholdTable) => (i: number) =>
      table[kept][i] >= bound ? table[raised][i] : Number.NaN;
    return { costs: {}, bound, merit };
  }
  throw new UsageError(
    'bad-option',
    `Option for is ${keys.length > 0 ? `an object with ${keys.join(', ')}` : showLabel(purpose)}; expected "f1", "mcc", "accuracy", {costFp, costFn}, {precisionAtLeast} or {recallAtLeast}.`,
  );
}
