import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SingleScoreEngine } from '../../src/engine/single-score-engine.js';
import { loadCore } from '../../src/node/core.js';
import { SingleScoreReference } from '../../src/reference/single-score-reference.js';
import { type SingleScoreOptionsInput, singleScoreOptions } from '../../src/types/row-options.js';
import { type Dtype, MISSING_TARGET, RowStatus } from '../../src/types/scores.js';
import type { SingleScoreScorer, SingleScores } from '../../src/types/single-scores.js';
import { normal, seeded, toBrainBits, toHalfBits } from '../support/rows.js';

type Kind = 'logits' | 'probabilities';

const CASES: [Dtype, Kind][] = [
  ['f32', 'logits'],
  ['f64', 'logits'],
  ['f16', 'logits'],
  ['bf16', 'logits'],
  ['f32', 'probabilities'],
  ['f64', 'probabilities'],
];

/** Scores at and beside everything where the arithmetic takes another turn. */
const SPECIAL: Record<Kind, number[]> = {
  logits: [
    ...[0, -0, 1e4, -1e4, 87, -87, 88.1, -88.1, 104, -104, 708, -708, 710, -710, 745, -745],
    ...[1e-3, -1e-3, 1e-8, -1e-8, 1e-40, -1e-40, 5e-324, 17, -17, 0.88, -0.88],
    ...[3e38, -3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ],
  probabilities: [
    ...[0, -0, 1, 0.5, 0.25, Math.SQRT1_2, 1 - Math.SQRT1_2, 1e-3, 1 - 1e-3, 1e-7, 1 - 1e-7],
    ...[2 ** -23, 2 ** -24, 2 ** -52, 1 - 2 ** -24, 1 - 2 ** -53, 1e-30, 1e-38, 1e-40, 1e-310],
    ...[-1e-9, 1.0000002, 2, -3, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ],
};

const BITS = { f16: toHalfBits, bf16: toBrainBits };
const bitsOf = (dtype: Dtype, score: number) =>
  dtype === 'f16' || dtype === 'bf16' ? BITS[dtype](score) : score;

function run(scorer: SingleScoreScorer, scores: number[], targets: number[]): SingleScores {
  const lease = scorer.lease(scores.length);
  lease.scores.set(scores.map((score) => bitsOf(scorer.options.dtype, score)));
  lease.targets.set(targets);
  return scorer.score(lease, scores.length);
}

async function scoreBoth(input: SingleScoreOptionsInput, scores: number[], targets: number[]) {
  const options = singleScoreOptions(input);
  const engine = new SingleScoreEngine(await loadCore(), options);
  return [engine, new SingleScoreReference(options)].map((scorer) => run(scorer, scores, targets));
}

function expectClose(name: string, actual: Float64Array, expected: Float64Array, dtype: Dtype) {
  const [relative, absolute] = dtype === 'f64' ? [1e-15, 1e-300] : [5e-7, 1e-37];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i], expected[i]];
    if (Object.is(a, e) || a === e) continue;
    const ok = Math.abs(a - e) <= Math.max(relative * Math.abs(e), absolute);
    if (!ok) expect.fail(`${name}[${i}]: ${a}, expected ${e}`);
  }
}

function expectParity(actual: SingleScores, expected: SingleScores, dtype: Dtype) {
  expect([...actual.status]).toEqual([...expected.status]);
  expect([...actual.prediction]).toEqual([...expected.prediction]);
  expectClose('nll', actual.nll, expected.nll, dtype);
  expectClose('probability', actual.probability, expected.probability, dtype);
}

/** Every special score with every kind of target, then random ones. */
function rowsOf(kind: Kind, seed: number) {
  const random = seeded(seed);
  const scores: number[] = [];
  const targets: number[] = [];
  const put = (score: number, target: number) => {
    scores.push(score);
    targets.push(target);
  };
  for (const target of [0, 1]) for (const score of SPECIAL[kind]) put(score, target);
  for (const target of [-100, 2, -1, MISSING_TARGET]) for (let i = 0; i < 3; i++) put(0.3, target);
  for (let i = 0; i < 400; i++) {
    const logit = 4 * normal(random) * (i % 7 === 0 ? 10 : 1);
    put(kind === 'logits' ? logit : 1 / (1 + Math.exp(-logit)), Number(random() < 0.4));
  }
  return { scores, targets };
}

describe.each(CASES)('rows of one score, %s %s', (dtype, kind) => {
  const { scores, targets } = rowsOf(kind, 3);

  it.each([null, -100, 0, 1])('agree with the reference, ignoreIndex %s', async (ignoreIndex) => {
    const [actual, expected] = await scoreBoth({ dtype, kind, ignoreIndex }, scores, targets);
    expectParity(actual, expected, dtype);
    expect(new Set(expected.status).size).toBeGreaterThanOrEqual(4);
  });

  it.each([0, 1e-15, 1e-3])('clip the probability of the truth at eps = %s', async (eps) => {
    const [actual, expected] = await scoreBoth({ dtype, kind, eps }, scores, targets);
    expectParity(actual, expected, dtype);
  });

  it('are predicted to be 1 from the threshold on, to the last bit', async () => {
    const thresholds = [0.3, 0.7, Math.fround(0.3), 0.1 + 0.2, 1e-50, -1e-50, 1e300, -1e300];
    for (const threshold of thresholds) {
      const near = [threshold, Math.fround(threshold), 0, 0.3, 0.30000001, 0.29999998, 1];
      const own = kind === 'logits' ? near : near.map((p) => Math.min(1, Math.abs(p)));
      const zeros = own.map(() => 0);
      const [actual, expected] = await scoreBoth({ dtype, kind, threshold }, own, zeros);
      expectParity(actual, expected, dtype);
    }
  });

  it('have the same scores in any batch, at any place', async () => {
    const options = singleScoreOptions({ dtype, kind });
    const core = await loadCore();
    const whole = run(new SingleScoreEngine(core, options), scores, targets);
    const text = (out: SingleScores, r: number) =>
      [out.nll[r], out.probability[r], out.prediction[r], out.status[r]].map(String).join(' ');
    const expected = scores.map((_, r) => text(whole, r));
    fc.assert(
      fc.property(
        fc.nat({ max: scores.length - 1 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 8 }),
        (row, count, place) => {
          const at = Math.min(place, count - 1);
          const batch = Array(count).fill(Number.NaN);
          batch[at] = scores[row];
          const labels = Array(count).fill(7);
          labels[at] = targets[row];
          const out = run(new SingleScoreEngine(core, options), batch, labels);
          expect(text(out, at)).toBe(expected[row]);
          for (let r = 0; r < count; r++) {
            if (r !== at) expect(out.status[r]).toBe(RowStatus.badTarget);
          }
        },
      ),
    );
  });

  it('are all scored where there are more than one call takes', async () => {
    const repeats = Math.ceil(150_001 / scores.length);
    const many = Array.from({ length: repeats }, () => scores).flat();
    const labels = Array.from({ length: repeats }, () => targets).flat();
    const [actual, expected] = await scoreBoth({ dtype, kind }, many, labels);
    expectParity(actual, expected, dtype);
  });
});

interface BinaryCase {
  name: string;
  score: number[];
  target: number[];
  sample_weight: number[] | null;
  expected: { log_loss: number; brier: number; accuracy: number };
}

const binary = JSON.parse(
  readFileSync(new URL('../oracles/binary.json', import.meta.url), 'utf8'),
) as { cases: BinaryCase[] };

describe.each(['f32', 'f64'] as const)('rows of one score, %s, against scikit-learn', (dtype) => {
  it.each(binary.cases)('$name', async (example) => {
    const { score, target, sample_weight: weights, expected } = example;
    const bar = dtype === 'f64' ? 1e-12 : 2e-6;
    const logits = score.map((p) => Math.log(p / (1 - p)));
    for (const kind of ['probabilities', 'logits'] as const) {
      const scores = kind === 'logits' ? logits : score;
      // Probabilities of exactly 0 and 1 have no finite logit.
      if (!scores.every(Number.isFinite)) continue;
      const own = (await scoreBoth({ dtype, kind }, scores, target))[0];
      const sums = { log_loss: 0, brier: 0, accuracy: 0 };
      let total = 0;
      for (let r = 0; r < score.length; r++) {
        const weight = weights?.[r] ?? 1;
        total += weight;
        sums.log_loss += weight * own.nll[r];
        sums.brier += weight * (own.probability[r] - target[r]) ** 2;
        sums.accuracy += weight * Number(own.prediction[r] === target[r]);
      }
      for (const name of ['log_loss', 'brier', 'accuracy'] as const) {
        expect(Math.abs(sums[name] / total - expected[name])).toBeLessThanOrEqual(bar);
      }
    }
  });
});

describe('a scorer of rows of one score', () => {
  it.each(['engine', 'reference'])('refuses dead leases and too many rows: %s', async (name) => {
    const options = singleScoreOptions();
    const scorer =
      name === 'engine'
        ? new SingleScoreEngine(await loadCore(), options)
        : new SingleScoreReference(options);
    const first = scorer.lease(2);
    const second = scorer.lease(2);
    expect(() => scorer.score(first, 1)).toThrow(/lease ended/);
    expect(() => scorer.score(second, 3)).toThrow(/holds 2 rows/);
    expect(() => scorer.lease(0)).toThrow(/≥ 1/);
    expect(scorer.score(second, 0).nll).toHaveLength(0);
  });

  it('refuses options that do not exist', () => {
    const refuse = (input: object, message: RegExp) =>
      expect(() => singleScoreOptions(input)).toThrow(message);
    refuse({ threshold: Number.NaN }, /threshold must be a number; found NaN/);
    refuse({ kind: 'log-probabilities' }, /"logits" or "probabilities"; found "log-prob/);
    refuse({ kind: 'probabilities', dtype: 'f16' }, /Widen them first/);
    refuse({ eps: 0.5 }, /eps must lie in \[0, 0\.5\)/);
    refuse({ ignoreIndex: 0.5 }, /32-bit integer/);
    expect(singleScoreOptions({ kind: 'probabilities' }).threshold).toBe(0.5);
    expect(singleScoreOptions({ dtype: 'f64' }).threshold).toBe(0);
  });
});
