/**
 * Isotonic regression by pooling adjacent violators, and the score
 * decomposition that rests on it (CORP: Dimitriadis, Gneiting & Jordan, PNAS
 * 118, 2021): mean score = miscalibration − discrimination + uncertainty.
 */

import { readNumbers } from '../arrays/numbers.js';
import { readPositives } from '../arrays/positives.js';
import { exactSum } from '../tallies/exact-sums.js';
import { InputError, UsageError } from '../types/errors.js';
import type { Scores, Targets } from '../types/forms.js';

/** A flat piece of the recalibrated curve. */
export interface IsotonicBlock {
  /** Probabilities from `low` to `high`, both of them included, become `value`. */
  readonly low: number;
  readonly high: number;
  readonly value: number;
  /** Weight of its rows. */
  readonly weight: number;
}

/** The parts of a mean score. */
export interface IsotonicDecomposition {
  /** Mean score: MCB − DSC + UNC. */
  readonly score: number;
  /** What recalibration would save; ≥ 0. */
  readonly miscalibration: number;
  /** What the recalibrated probabilities save beside the base rate; ≥ 0. */
  readonly discrimination: number;
  /** Score of the base rate for every row. */
  readonly uncertainty: number;
  /** score − (miscalibration − discrimination + uncertainty): rounding. */
  readonly residual: number;
  /** The recalibration, ascending. */
  readonly blocks: readonly IsotonicBlock[];
}

/** Options of {@link isotonicDecomposition}. */
export interface IsotonicOptions {
  /** `brier`: (p − y)²; `log`: −log of the probability of y. Default `brier`. */
  readonly score?: 'brier' | 'log' | undefined;
  /** Weight ≥ 0 of each row. */
  readonly sampleWeight?: ArrayLike<number> | undefined;
}

/**
 * Splits a mean score into miscalibration, discrimination and uncertainty.
 *
 * For several classes give the confidence of the prediction as `probability`
 * and whether it was right as `outcome`.
 *
 * @param outcome per row 0 or 1, −1 or 1, false or true, or a one-hot row of the two
 * @param probability of outcome 1, from 0 to 1: a number per row, or a list of one
 * @throws UsageError `not-numbers`, `length-mismatch`, `bad-option`; InputError `empty-input`,
 *   `target-out-of-range`, `bad-target-row`, `tied-target`, `bad-probability`, `bad-weight`
 * @example
 * ```ts
 * import { isotonicDecomposition } from 'logitscope';
 * const parts = isotonicDecomposition([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.9]);
 * parts.score; // 0.135
 * parts.miscalibration; // 0.01
 * parts.discrimination; // 0.125
 * parts.uncertainty; // 0.25
 * ```
 */
export function isotonicDecomposition(
  outcome: Targets,
  probability: Scores,
  options: IsotonicOptions = {},
): IsotonicDecomposition {
  const { score: name = 'brier', sampleWeight } = options;
  if (name !== 'brier' && name !== 'log') {
    throw new UsageError(
      'bad-option',
      `score must be "brier" or "log"; found ${JSON.stringify(name)}.`,
    );
  }
  const groups = tiedGroups(outcome, probability, sampleWeight);
  const blocks = pool(groups);
  const scoreOf = name === 'brier' ? brier : logarithmic;
  const weight = exactSum(groups.map((group) => group.weight));
  const base = exactSum(groups.map((group) => group.ones)) / weight;
  const mean = (probabilityOf: (group: Group) => number) =>
    exactSum(
      groups.flatMap((group) => {
        const p = probabilityOf(group);
        return [
          weighed(group.ones, scoreOf(p, 1)),
          weighed(group.weight - group.ones, scoreOf(p, 0)),
        ];
      }),
    ) / weight;
  const score = mean(({ p }) => p);
  const recalibrated = mean(({ block }) => block!.value);
  const uncertainty = mean(() => base);
  const miscalibration = score - recalibrated;
  const discrimination = uncertainty - recalibrated;
  return {
    score,
    miscalibration,
    discrimination,
    uncertainty,
    residual: score - (miscalibration - discrimination + uncertainty),
    blocks,
  };
}

/** Rows of one probability. */
interface Group {
  readonly p: number;
  weight: number;
  /** Weight of the rows with outcome 1. */
  ones: number;
  block: IsotonicBlock | null;
}

const brier = (p: number, y: number) => (p - y) ** 2;
const logarithmic = (p: number, y: number) => -Math.log(y === 1 ? p : 1 - p);

/** A score that no row has counts nothing, be it infinite. */
function weighed(weight: number, score: number): number {
  return weight === 0 ? 0 : weight * score;
}

/** Checked rows, those of equal probability together, ascending. */
function tiedGroups(
  outcome: Targets,
  given: Scores,
  weights: ArrayLike<number> | undefined,
): Group[] {
  const rows = outcome.length;
  if (rows === 0) {
    throw new InputError('empty-input', {
      problem: 'there are no rows to decompose a score of',
      expected: 'one row or more',
    });
  }
  const { values: probability, width } = readNumbers('probability', given);
  if (width !== null && width !== 1) {
    throw new UsageError(
      'length-mismatch',
      `probability needs one number per row, that of outcome 1; found rows of ${width}.`,
    );
  }
  for (const [what, values] of Object.entries({ probability, sampleWeight: weights })) {
    if (values === undefined || values.length === rows) continue;
    throw new UsageError(
      'length-mismatch',
      `${what} needs ${rows} numbers, one per outcome; found ${values.length}.`,
    );
  }
  const outcomes = readPositives(outcome, {
    source: 'outcome',
    code: 'target-out-of-range',
    problem: 'the outcome cannot be used',
  });
  const groups = new Map<number, Group>();
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    // Zero has two signs and is one probability.
    const p = probability[row]! + 0;
    const y = outcomes[row]!;
    if (!(p >= 0 && p <= 1)) {
      throw bad('bad-probability', row, 'the probability', p, 'a number from 0 to 1');
    }
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw bad('bad-weight', row, 'the weight', weight, 'a finite number ≥ 0');
    }
    if (weight === 0) continue;
    let group = groups.get(p);
    if (group === undefined) {
      group = { p, weight: 0, ones: 0, block: null };
      groups.set(p, group);
    }
    group.weight += weight;
    group.ones += y * weight;
  }
  if (groups.size === 0) {
    throw new InputError('empty-input', {
      problem: 'every row has weight 0',
      expected: 'a row of weight above 0',
    });
  }
  return [...groups.values()].sort((a, b) => a.p - b.p);
}

function bad(code: string, row: number, what: string, found: unknown, expected: string) {
  return new InputError(code, {
    row,
    problem: `${what} cannot be used`,
    found: String(found),
    expected,
  });
}

/** Pools neighbours until means ascend, and tells every group its block. */
function pool(groups: readonly Group[]): IsotonicBlock[] {
  interface Pool {
    weight: number;
    ones: number;
    readonly first: number;
    last: number;
  }
  const pools: Pool[] = [];
  groups.forEach(({ weight, ones }, i) => {
    let pooled: Pool = { weight, ones, first: i, last: i };
    for (;;) {
      const before = pools[pools.length - 1];
      if (before === undefined || before.ones * pooled.weight < pooled.ones * before.weight) break;
      pools.pop();
      pooled = {
        weight: before.weight + pooled.weight,
        ones: before.ones + pooled.ones,
        first: before.first,
        last: pooled.last,
      };
    }
    pools.push(pooled);
  });
  return pools.map(({ weight, ones, first, last }) => {
    const block = { low: groups[first]!.p, high: groups[last]!.p, value: ones / weight, weight };
    for (let i = first; i <= last; i++) groups[i]!.block = block;
    return block;
  });
}
