import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScorer, type Metric, type ScoredRows, type Scorer } from '../../src/index.js';
import { renderJson } from '../../src/render/json.js';
import { fillLogits, seeded } from '../support/rows.js';

/** A seeded dump: scores, targets and weights. */
function dump(seed: number, rows: number, classes: number, f64: boolean) {
  const random = seeded(seed);
  const scores = new (f64 ? Float64Array : Float32Array)(rows * classes);
  for (let r = 0; r < rows; r++) {
    const flavour = (['random', 'ties', 'huge', 'masked', 'nan', 'confident'] as const)[
      Math.floor(random() * 6)
    ];
    fillLogits(scores.subarray(r * classes, (r + 1) * classes), flavour, random);
  }
  const targets = Int32Array.from({ length: rows }, () =>
    random() < 0.1 ? -100 : Math.floor(random() * classes),
  );
  const weights = Float64Array.from({ length: rows }, () => random() ** 8 * 10);
  return { scores, targets, weights };
}

describe('a scorer', () => {
  it('gives the same report, to the last bit, however the rows are split and merged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom('simd' as const, 'reference' as const),
        async (seed, classes, rows, parts, weighted, f64, kernel) => {
          const { scores, targets, weights } = dump(seed, rows, classes, f64);
          const options = {
            classes,
            dtype: f64 ? ('f64' as const) : ('f32' as const),
            weighted,
            kernel,
            invalid: 'skip' as const,
            ignoreIndex: -100,
            labelSmoothing: seed % 3 === 0 ? 0.1 : 0,
          };
          const whole = await createScorer(options);
          whole.add(scores, targets, weighted ? weights : undefined);

          const random = seeded(seed + 1);
          const cuts = Array.from({ length: parts - 1 }, () => Math.floor(random() * (rows + 1)));
          const ends = [0, ...cuts.sort((a, b) => a - b), rows];
          const pieces: Scorer[] = [];
          for (let i = 1; i < ends.length; i++) {
            const [from, to] = [ends[i - 1], ends[i]];
            const piece = await createScorer(options);
            if (to > from) {
              const lease = piece.lease(to - from);
              lease.scores.set(scores.subarray(from * classes, to * classes));
              lease.targets.set(targets.subarray(from, to));
              lease.weights.set(weights.subarray(from, to));
              piece.update(lease, to - from, from);
            }
            pieces.splice(Math.floor(random() * (pieces.length + 1)), 0, piece);
          }
          const merged = pieces[0];
          for (const piece of pieces.slice(1)) merged.merge(piece);
          expect(JSON.stringify(merged)).toBe(JSON.stringify(whole));
          expect(renderJson(merged.report())).toBe(renderJson(whole.report()));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives the cross-entropy that PyTorch gives for logits [2, 1, 0.1] and target 0', async () => {
    const scorer = await createScorer({ classes: 3, dtype: 'f64' });
    scorer.add([2.0, 1.0, 0.1], [0]);
    expect(scorer.report().metrics.log_loss.value).toBeCloseTo(0.41703, 6);
  });

  it('gives the categorical cross-entropy that Keras gives for probabilities [0.5, 0.25, 0.25]', async () => {
    const scorer = await createScorer({ classes: 3, kind: 'probabilities', dtype: 'f64' });
    scorer.add([0.5, 0.25, 0.25], [0]);
    expect(scorer.report().metrics.log_loss.value).toBeCloseTo(Math.LN2, 12);
  });

  it('takes custom metrics beside the built-in ones', async () => {
    class MeanMargin implements Metric {
      readonly name = 'mean_margin';
      sum = 0;
      rows = 0;
      update({ scores }: ScoredRows) {
        for (let r = 0; r < scores.count; r++) {
          this.sum += scores.confidence[r] - scores.targetProbability[r];
          this.rows++;
        }
      }
      merge(other: this) {
        this.sum += other.sum;
        this.rows += other.rows;
      }
      compute() {
        return this.sum / this.rows;
      }
    }
    const options = { classes: 2, kind: 'probabilities' as const, dtype: 'f64' as const };
    const first = await createScorer({ ...options, metrics: [new MeanMargin()] });
    first.add([0.75, 0.25], [1]);
    const second = await createScorer({ ...options, metrics: [new MeanMargin()] });
    second.add([0.75, 0.25], [0]);
    first.merge(second);
    expect(first.report().metrics.mean_margin.value).toBe(0.25);
    expect(first.report().metrics.accuracy.value).toBe(0.5);

    const taken = await createScorer({
      ...options,
      metrics: [Object.assign(new MeanMargin(), { name: 'accuracy' })],
    });
    taken.add([0.75, 0.25], [1]);
    expect(() => taken.report()).toThrow(/called "accuracy" is there already/);
  });

  it('leaves rows out only when told to, and says how many', async () => {
    const scores = new Float32Array([1, 2, Number.NaN, 0, 3, 1]);
    const strict = await createScorer({ classes: 2 });
    strict.add(scores, [0, 1, 0]);
    expect(() => strict.report()).toThrow(/row 1: .*NaN in score column 0/);
    const lenient = await createScorer({ classes: 2, invalid: 'skip' });
    lenient.add(scores, [0, 1, 0]);
    const report = lenient.report();
    expect(report.rows).toEqual({ total: 3, scored: 2, ignored: 0, invalid: 1 });
    expect(report.notices.map(({ code }) => code)).toContain('invalid-rows-left-out');
  });

  it('reports NaN, and says why, when every row is ignored', async () => {
    const scorer = await createScorer({ classes: 2, ignoreIndex: 1 });
    scorer.add([1, 2], [1]);
    const { metrics, notices } = scorer.report();
    expect(metrics.log_loss.value).toBeNaN();
    expect(metrics.accuracy.value).toBeNaN();
    expect(notices.map(({ code }) => code)).toContain('nothing-scored');
  });

  it.each([
    [{ classes: 1 }, /classes must be a whole number from 2/],
    [{ classes: 3, classWeights: [1, 2] }, /one number per class \(3\); found 2/],
    [{ classes: 2, classWeights: [1, -1] }, /found -1 for class 1/],
    [{ classes: 2, labelSmoothing: 1.5 }, /must lie in \[0, 1\]/],
    [{ classes: 2, ignoreIndex: 0.5 }, /32-bit integer; found 0\.5/],
    [{ classes: 2, eps: 0.9 }, /eps must lie in/],
    [{ classes: 2, kind: 'odds' as 'logits' }, /found "odds"/],
    [{ classes: 2, kernel: 'gpu' as 'simd' }, /found "gpu"/],
  ])('refuses %j', async (options, message) => {
    await expect(createScorer(options)).rejects.toThrow(message);
  });

  it('refuses arrays that do not fit', async () => {
    const scorer = await createScorer({ classes: 3 });
    expect(() => scorer.add([1, 2, 3, 4], [0])).toThrow(/need 3 scores; found 4/);
    expect(() => scorer.add([1, 2, 3], [0.5])).toThrow(/Row 0: a target must be a whole number/);
    expect(() => scorer.add([1, 2, 3], [0], [1])).toThrow(/weighted: true/);
    expect(() => scorer.add([1, 2, 3], [3])).toThrow(/row 0: the target is no class; found 3/);
    const weighted = await createScorer({ classes: 3, weighted: true });
    expect(() => weighted.add([1, 2, 3], [0])).toThrow(/one per row; found none/);
    expect(() => weighted.add([1, 2, 3], [0], [-1])).toThrow(/sample weight/);
    expect(() => scorer.merge(weighted)).toThrow(/different weighted/);
  });
});
