/** Forms of scores and targets against numbers of other libraries, and worked by hand. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  accuracyScore,
  averagePrecisionScore,
  balancedAccuracyScore,
  binaryCrossEntropyWithLogits,
  brierScoreLoss,
  checkGradient,
  classificationReport,
  cohenKappaScore,
  combineLosses,
  confusionMatrix,
  createScorer,
  crossEntropy,
  elbo,
  expectedCalibrationError,
  f1Score,
  fitTemperature,
  gaussianKl,
  hammingLoss,
  klDivLoss,
  l2Penalty,
  logLoss,
  mseLoss,
  multilabelConfusionMatrix,
  multilabelScores,
  multiMarginLoss,
  nllLoss,
  rocAucScore,
  type Scores,
  scoreArrays,
  softmaxFocalLoss,
  type Targets,
  topKAccuracyScore,
} from '../../src/index.js';
import { expectClose } from '../support/close.js';
import { barsOf, casesOf, expectNear, flat } from '../support/losses.js';

const LOSSES = { crossEntropy, nllLoss, softmaxFocalLoss, multiMarginLoss };

describe('PyTorch, scores and targets as lists of rows', () => {
  it.each(casesOf(...Object.keys(LOSSES)))('$name', (oracle) => {
    const { fn, inputs, options, value, grad_of_sum } = oracle;
    const loss = LOSSES[fn as 'crossEntropy'] as typeof crossEntropy;
    const rows = (values: unknown) => (values as number[][]).map((row) => flat(row));
    const isSoft = Array.isArray((inputs.target as unknown[])[0]);
    const targets = isSoft ? rows(inputs.target) : flat(inputs.target);
    const result = loss(rows(inputs.input), targets, { ...options, gradient: true });
    const [relative, absolute] = barsOf('f64', oracle);
    const actual = options.reduction === 'none' ? result.values : [result.value];
    expectNear(actual, flat(value), relative, absolute);
    if (grad_of_sum) expectNear(result.gradient, flat(grad_of_sum), relative, 1e-15);
    expect(result.gradient).toBeInstanceOf(Float64Array);
  });
});

const fixture = JSON.parse(
  readFileSync(new URL('../metrics/fixtures/classification.json', import.meta.url), 'utf8'),
) as {
  probabilities: {
    name: string;
    probabilities: number[][];
    target: number[];
    weight: number[] | null;
    log_loss: number;
    top: number[];
  }[];
};

describe.each(fixture.probabilities)('scikit-learn, one-hot targets, $name', (entry) => {
  const { probabilities, target, weight } = entry;
  const sampleWeight = weight ?? undefined;
  const classes = probabilities[0]!.length;
  const hot = target.map((k) => Array.from({ length: classes }, (_, c) => Number(c === k)));

  it('log loss and top-k accuracy', () => {
    const flatProbabilities = Float64Array.from(probabilities.flat());
    for (const [y, p] of [
      [hot, probabilities],
      [hot, flatProbabilities],
      [hot.flat(), probabilities],
      [Uint8Array.from(hot.flat()), flatProbabilities],
    ] as [Targets, Scores][]) {
      expectClose(logLoss(y, p, { sampleWeight, classes }), entry.log_loss, 'log loss');
      entry.top.forEach((value, i) => {
        const found = topKAccuracyScore(y, p, { k: i + 1, sampleWeight, classes });
        expectClose(found, value, `top ${i + 1}`);
      });
    }
  });
});

describe('worked examples', () => {
  it('cross-entropy of logits [2, 1, 0.1] and target 0 (PyTorch)', async () => {
    for (const logits of [[[2, 1, 0.1]], [Float32Array.of(2, 1, 0.1)], [2, 1, 0.1]] as Scores[]) {
      for (const target of [[0], [0n], [false], [[1, 0, 0]], [[0]]] as Targets[]) {
        expect(crossEntropy(logits, target, { classes: 3 }).value).toBeCloseTo(0.41703, 6);
      }
    }
    const report = await scoreArrays([[2, 1, 0.1]], [[1, 0, 0]]);
    expect(report.metrics.log_loss!.value).toBeCloseTo(0.41703, 6);
  });

  it('categorical cross-entropy of probabilities and a one-hot target (Keras)', () => {
    expect(logLoss([[1, 0, 0]], [[0.5, 0.25, 0.25]])).toBeCloseTo(Math.LN2, 14);
  });

  it('predictions [1, 0, 1, 1, 0] of [1, 1, 1, 0, 0], one of them one-hot (scikit-learn)', () => {
    const hot = (labels: number[]) => labels.map((k) => [1 - k, k]);
    const [y, predicted] = [
      [1, 1, 1, 0, 0],
      [1, 0, 1, 1, 0],
    ];
    expect(accuracyScore(hot(y), predicted)).toBe(0.6);
    expect(accuracyScore(y, hot(predicted))).toBe(0.6);
    expect(f1Score(hot(y), predicted)).toBe(f1Score(y, predicted));
    expect(hammingLoss(hot(y), predicted)).toBe(0.4);
    for (const score of [balancedAccuracyScore, cohenKappaScore]) {
      expect(score(hot(y), hot(predicted))).toBe(score(y, predicted));
    }
    expect(confusionMatrix(hot(y), hot(predicted))).toEqual(confusionMatrix(y, predicted));
    const words = predicted.map((k) => ['no', 'yes'][k]!);
    expect(confusionMatrix(hot(y), words, { labels: ['no', 'yes'] })).toEqual(
      confusionMatrix(y, predicted),
    );
    expect(classificationReport(hot(y), predicted)).toEqual(classificationReport(y, predicted));
  });
});

describe('soft targets', () => {
  const q = [
    [0.7, 0.2, 0.1],
    [0, 0.5, 0.5],
  ];
  const p = [
    [0.5, 0.25, 0.25],
    [0.25, 0.5, 0.25],
  ];
  const first = -(0.7 * Math.log(0.5) + 0.3 * Math.log(0.25));
  const second = -(0.5 * Math.log(0.5) + 0.5 * Math.log(0.25));

  it('log loss is the mean of −Σ q log p, as the cross-entropy of the logarithms', () => {
    expectClose(logLoss(q, p), (first + second) / 2, 'mean');
    expectClose(logLoss(q, p, { normalize: false }), first + second, 'sum');
    expectClose(logLoss(q, p, { sampleWeight: [3, 1] }), (3 * first + second) / 4, 'weighted');
    const logs = p.map((row) => row.map(Math.log));
    expectClose(logLoss(q, p), crossEntropy(logs, q).value, 'crossEntropy');
  });

  it('the Brier score is the mean of Σ (p − q)²', () => {
    const squares = 0.04 + 0.0025 + 0.0225;
    const others = 0.0625 + 0 + 0.0625;
    expectClose(brierScoreLoss(q, p), (squares + others) / 2, 'mean');
    const weighted = brierScoreLoss(q, p, { sampleWeight: [3, 1] });
    expectClose(weighted, (3 * squares + others) / 4, 'weighted');
  });

  it('probabilities of 0 are raised to eps where q is not 0', () => {
    const sure = [[1, 0]];
    expectClose(logLoss([[0.75, 0.25]], sure), 0.25 * 52 * Math.LN2, 'double');
    expectClose(logLoss([[0.75, 0.25]], Float32Array.of(1, 0)), 0.25 * 23 * Math.LN2, 'single');
    expect(logLoss([[0.75, 0.25]], sure, { eps: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(logLoss([[1, 0]], sure, { eps: 0 })).toBe(0);
    // A list of single-precision rows is read in double precision.
    expectClose(logLoss([1], [Float32Array.of(1, 0)]), 52 * Math.LN2, 'list');
  });

  it('of one score per row there are two probabilities', () => {
    expectClose(logLoss([[0.8, 0.2]], [0.5]), Math.LN2, 'log loss');
    expectClose(
      logLoss(
        [
          [0.3, 0.7],
          [1, 0],
        ],
        [0.9, 0.25],
      ),
      -(0.7 * Math.log(0.9) + 0.3 * Math.log(0.1) + Math.log(0.75)) / 2,
      'log loss',
    );
    expectClose(brierScoreLoss([[0.3, 0.7]], [0.9]), 0.04, 'Brier');
    expectClose(logLoss([[0.5, 0.5]], [1]), 26 * Math.LN2, 'eps');
  });

  it('count for their largest class where predicted classes are counted', () => {
    const scores = [
      [1, 2, 0],
      [0, 1, 3],
    ];
    const soft = [
      [0.1, 0.7, 0.2],
      [0.2, 0.5, 0.3],
    ];
    expect(topKAccuracyScore(soft, scores, { k: 1 })).toBe(0.5);
    expect(accuracyScore(soft, [1, 1])).toBe(1);
    expect(expectedCalibrationError(soft, p)).toBe(expectedCalibrationError([1, 1], p));
    const options = { average: 'none' } as const;
    expect(averagePrecisionScore(soft, p, options)).toEqual(
      averagePrecisionScore([1, 1], p, options),
    );
  });

  it('of cross-entropy may have masses of any sum where all is flat, as in PyTorch', () => {
    const masses = crossEntropy([2, 1, 0.1], [2, 0, 0], { classes: 3 });
    expect(masses.value).toBeCloseTo(2 * 0.41703, 5);
  });
});

describe('labels', () => {
  const p = [
    [0.5, 0.25, 0.25],
    [0.25, 0.5, 0.25],
    [0.125, 0.125, 0.75],
  ];

  it('in texts stand in the order of their code points, not of their UTF-16 units', () => {
    // U+1F600 is above U+FFE5, and its first unit, U+D83D, below.
    const texts = ['a', '\u{ffe5}', '\u{1f600}'];
    expect(logLoss(texts, p)).toBe(logLoss([0, 1, 2], p));
    expect(crossEntropy(p, texts).value).toBe(crossEntropy(p, [0, 1, 2]).value);
    const options = { multiClass: 'ovr' } as const;
    expect(rocAucScore(texts, p, options)).toBe(rocAucScore([0, 1, 2], p, options));
    expect(confusionMatrix(texts, [texts[0]!, texts[2]!, texts[2]!])).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  it('−1 and 1 are 0 and 1, also where one of them does not occur', () => {
    expect(logLoss([-1, -1], [0.1, 0.2])).toBe(logLoss([0, 0], [0.1, 0.2]));
    expect(
      logLoss(
        [1, -1],
        [
          [0.5, 0.5],
          [0.75, 0.25],
        ],
      ),
    ).toBe(
      logLoss(
        [1, 0],
        [
          [0.5, 0.5],
          [0.75, 0.25],
        ],
      ),
    );
    expect(rocAucScore([-1, 1, -1, 1], [0.1, 0.4, 0.35, 0.8])).toBe(1);
  });

  it('classNames name texts for scoreArrays; other texts name the classes', async () => {
    const expected = await scoreArrays(Float64Array.from(p.flat()), [2, 1, 0], {
      classNames: ['cat', 'dog', 'ant'],
    });
    const named = await scoreArrays(p, ['ant', 'dog', 'cat'], {
      classNames: ['cat', 'dog', 'ant'],
    });
    expect(named).toEqual(expected);
    const sorted = await scoreArrays(p, ['ant', 'dog', 'cat']);
    expect(JSON.stringify(sorted)).toContain('["ant","cat","dog"]');
    expect(sorted.metrics.log_loss!.value).toBeCloseTo(logLoss(['ant', 'dog', 'cat'], p), 12);
  });

  it('scoreArrays scores rows of probabilities by their cross-entropy', async () => {
    const logits = [
      [2, 1, 0.1],
      [0, -1, 3],
      [1, 1, 1],
    ];
    const soft = [
      [0.5, 0.25, 0.25],
      [0, 0, 1],
      [0.4, 0.4, 0.2],
    ];
    const report = await scoreArrays(logits, soft, { kind: 'logits' });
    expect(report.metrics.log_loss!.value).toBeCloseTo(crossEntropy(logits, soft).value, 12);
    // Of the last row no one class is the largest: two rows are right, of two.
    expect(report.metrics.accuracy!.value).toBe(1);
    expect(report.notices.map(({ code }) => code)).toContain('soft-targets');
  });

  it('scorers add rows in lists, names and one-hot rows', async () => {
    const classNames = ['cat', 'dog', 'ant'];
    const flat = await createScorer({
      classes: 3,
      kind: 'probabilities',
      dtype: 'f64',
      classNames,
    });
    flat.add(Float64Array.from(p.flat()), [2, 1, 0]);
    const forms: Targets[] = [
      ['ant', 'dog', 'cat'],
      [2n, 1n, 0n],
      [
        [0, 0, 1],
        [0, 1, 0],
        [1, 0, 0],
      ],
    ];
    for (const targets of forms) {
      const lists = await createScorer({
        classes: 3,
        kind: 'probabilities',
        dtype: 'f64',
        classNames,
      });
      lists.add(p, targets);
      expect(lists.report()).toEqual(flat.report());
    }
    expect(() => flat.add(p, [[1, 1, 0]] as never)).toThrow(/scores/);
    expect(() => flat.add([p[0]!], [[1, 1, 0]])).toThrow(/Row 0: .*one 1 among 3 numbers/);
    expect(() => flat.add([p[0]!], ['bird'])).toThrow(/Row 0: .*classNames.*"bird"/);
    expect(() => flat.add([[1, 0]], [0])).toThrow(/scores need 3 numbers in every row/);
  });

  it('scoreArrays leaves −1 alone where it is ignoreIndex, and halves their bits', async () => {
    const two = [
      [1, 0],
      [0, 2],
    ];
    const ignored = await scoreArrays(two, [1, -1], { ignoreIndex: -1, kind: 'logits' });
    expect(ignored.rows).toMatchObject({ scored: 1, ignored: 1 });
    const bits = [Uint16Array.of(0x4000, 0x3c00), Uint16Array.of(0, 0x4200)];
    const halves = await scoreArrays(bits, [0, 1], { dtype: 'f16', kind: 'logits' });
    const wide = await scoreArrays(
      [
        [2, 1],
        [0, 3],
      ],
      [0, 1],
      { dtype: 'f32', kind: 'logits' },
    );
    expect(halves.metrics.log_loss!.value).toBe(wide.metrics.log_loss!.value);
  });
});

describe('lists of rows', () => {
  const scores = [
    [2, 1, 0.1],
    [0, 0.5, 3],
  ];

  it('have flat gradients, in f32 where all rows are', () => {
    const { gradient } = crossEntropy(scores, [0, 2], { gradient: true });
    expect(gradient).toEqual(crossEntropy(scores.flat(), [0, 2], { gradient: true }).gradient);
    const singles = scores.map((row) => Float32Array.from(row));
    const into = new Float32Array(6);
    expect(crossEntropy(singles, [0, 2], { gradient: into }).gradient).toBe(into);
  });

  it('work in checkGradient and combineLosses', () => {
    const soft = [
      [0.5, 0.5, 0],
      [0, 0.25, 0.75],
    ];
    expect(checkGradient(crossEntropy, scores, soft, { zLoss: 0.1 }).ok).toBe(true);
    expect(checkGradient(nllLoss, scores, [0, 2]).ok).toBe(true);
    const both = combineLosses([
      { loss: crossEntropy },
      { loss: l2Penalty, options: { strength: 0.5 } },
    ]);
    const { value, gradient } = both(scores, soft, { gradient: true });
    const flatly = crossEntropy(scores, soft, { gradient: true });
    const penalty = l2Penalty(scores, { strength: 0.5, gradient: true });
    expect(value).toBe(flatly.value + penalty.value);
    expect(gradient).toEqual(
      Float64Array.from(flatly.gradient!, (slope, i) => slope + penalty.gradient![i]!),
    );
    expect(checkGradient(both, scores, soft).ok).toBe(true);
  });

  it('work in losses over elements and their kin', () => {
    const target = scores.map((row) => row.map((x) => Number(x > 1)));
    const flatTarget = target.flat();
    const booleans = flatTarget.map(Boolean);
    const logits = binaryCrossEntropyWithLogits(scores.flat(), flatTarget).value;
    expect(binaryCrossEntropyWithLogits(scores, target).value).toBe(logits);
    expect(binaryCrossEntropyWithLogits(scores, booleans).value).toBe(logits);
    const logs = scores.map((row) => row.map((x) => -x));
    expect(klDivLoss(logs, target, { reduction: 'batchmean' }).value).toBe(
      klDivLoss(logs.flat(), flatTarget, { reduction: 'batchmean', classes: 3 }).value,
    );
    const [mean, logVariance] = [
      [[1], [0]],
      [[0], [0.5]],
    ];
    const divergence = gaussianKl(mean.flat(), logVariance.flat(), { dimensions: 1 }).value;
    expect(gaussianKl(mean, logVariance, { dimensions: 1 }).value).toBe(divergence);
    const options = { dimensions: 1, reconstruction: mseLoss };
    expect(elbo(scores, target, mean, logVariance, options).value).toBe(
      elbo(scores.flat(), flatTarget, mean.flat(), logVariance.flat(), options).value,
    );
  });

  it('fitTemperature and several labels take flat arrays with classes', () => {
    const rows = [
      [4, 0],
      [4, 0],
      [4, 0],
    ];
    const hot = [1, 0, 1, 0, 0, 1];
    const expected = fitTemperature(rows, [0, 0, 1]);
    expect(fitTemperature(rows.flat(), hot, { classes: 2 })).toEqual(expected);
    const [y, s] = [
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
      [
        [0.9, 0.2, 0.4],
        [0.1, 0.8, 0.6],
      ],
    ];
    const labels = { classes: 3 };
    const each = multilabelScores(y, s);
    expect(multilabelScores(y.flat(), Float32Array.from(s.flat()), labels)).toEqual(each);
    expect(multilabelScores(y, s.flat())).toEqual(each);
    expect(multilabelConfusionMatrix(y.flat(), y.flat(), labels)).toEqual(
      multilabelConfusionMatrix(y, y),
    );
  });
});
