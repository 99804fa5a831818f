/** What scores and targets cannot be is refused, with the row, what was found and what to do. */

import { describe, expect, it } from 'vitest';
import {
  accuracyScore,
  averagePrecisionScore,
  brierScoreLoss,
  confusionMatrix,
  crossEntropy,
  expectedCalibrationError,
  fitTemperature,
  InputError,
  isotonicDecomposition,
  logLoss,
  mseLoss,
  multilabelScores,
  multiMarginLoss,
  nllLoss,
  rocAucScore,
  rocCurve,
  scoreArrays,
  softmaxFocalLoss,
  temperatureScale,
  topKAccuracyScore,
  UsageError,
} from '../../src/index.js';

// biome-ignore lint/suspicious/noExplicitAny: what is refused is mostly of no declared type.
type Loose = any;

const two = [
  [0.5, 0.25, 0.25],
  [0.25, 0.5, 0.25],
];

/** Every function of rows of three classes. */
const FUNCTIONS: Record<string, (scores: Loose, targets: Loose, options?: Loose) => unknown> = {
  crossEntropy,
  nllLoss,
  softmaxFocalLoss,
  multiMarginLoss: multiMarginLoss as Loose,
  logLoss: (s, t, o) => logLoss(t, s, o),
  brierScoreLoss: (s, t, o) => brierScoreLoss(t, s, o),
  topKAccuracyScore: (s, t, o) => topKAccuracyScore(t, s, o),
  expectedCalibrationError: (s, t, o) => expectedCalibrationError(t, s, o),
  averagePrecisionScore: (s, t, o) => averagePrecisionScore(t, s, o),
  rocAucScore: (s, t, o) => rocAucScore(t, s, { multiClass: 'ovr', ...o }),
  fitTemperature,
  scoreArrays: (s, t, o) => scoreArrays(s, t, o),
};

async function refusal(run: () => unknown): Promise<UsageError | InputError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UsageError || error instanceof InputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe.each(Object.entries(FUNCTIONS))('%s refuses', (_, call) => {
  const hot = [
    [1, 0, 0],
    [0, 1, 0],
  ];

  it.each([
    [
      'ragged rows',
      [
        [1, 2, 3],
        [1, 2],
      ],
      hot,
      'length-mismatch',
      /needs 3 numbers .*found 2 in row 1/,
    ],
    ['a row that is none', [[1, 2, 3], 7], hot, 'length-mismatch', /found 7 in row 1/],
    [
      'texts for scores',
      [
        [1, 2, 3],
        [1, '2', 3],
      ],
      hot,
      'not-numbers',
      /row 1, column 1: found "2"/,
    ],
    ['fewer targets', two, [0], 'length-mismatch', /2 rows of 3 scores|2 rows of 3 logits/],
    [
      'longer rows of targets',
      two,
      [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ],
      'length-mismatch',
      /needs 3 .*found 4 in row 0/,
    ],
    [
      'ragged targets',
      two,
      [
        [1, 0, 0],
        [0, 1],
      ],
      'length-mismatch',
      /found 2 in row 1/,
    ],
    [
      'two ones',
      two,
      [
        [1, 0, 0],
        [1, 0, 1],
      ],
      'bad-target-row',
      /row 1: .*several classes; found 2 ones in \[1, 0, 1\]; expected one 1 among zeros\..*[Dd]ivide/,
    ],
    [
      'no one',
      two,
      [
        [1, 0, 0],
        [0, 0, 0],
      ],
      'bad-target-row',
      /row 1: .*no class; found no 1 .*Leave the row out/,
    ],
    [
      'a wrong sum',
      two,
      [
        [0.5, 0.4, 0],
        [0, 1, 0],
      ],
      'bad-target-row',
      /row 0: .*found a sum of 0\.9; expected 1 ± 0\.001\. Divide/,
    ],
    [
      'a negative target',
      two,
      [
        [1, 0, 0],
        [1.5, -0.5, 0],
      ],
      'bad-target-row',
      /row 1, column 1: .*found -0\.5; expected numbers ≥ 0/,
    ],
    [
      'NaN in a target',
      two,
      [
        [1, 0, 0],
        [Number.NaN, 1, 0],
      ],
      'bad-target-row',
      /row 1, column 0: .*found NaN/,
    ],
  ])('%s', async (_name, scores, targets, code, message) => {
    const error = await refusal(() => call(scores, targets));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('other classes than the rows have', async () => {
    const error = await refusal(() => call(two, [0, 1], { classes: 4 }));
    expect(error.code).toBe('length-mismatch');
    expect(error.message).toMatch(/rows of 3 numbers; option classes says 4/);
  });

  it.each([0, 1.5, '3'])('classes that are no number of them: %s', async (classes) => {
    const error = await refusal(() => call(two.flat(), [0, 1], { classes }));
    expect(error.code).toBe('bad-classes');
  });

  it('bigints for scores', async () => {
    for (const scores of [BigInt64Array.of(1n, 2n, 3n), [BigInt64Array.of(1n, 2n, 3n)]]) {
      const error = await refusal(() => call(scores, [0]));
      expect(['not-numbers', 'bad-scores']).toContain(error.code);
      expect(error.message).toMatch(/BigInt64Array/);
    }
  });

  it('texts that are more or fewer than the classes, and texts beside numbers', async () => {
    const few = await refusal(() => call(two, ['a', 'b']));
    expect(few.message).toMatch(
      /found 2 different labels, "a", "b"; expected .*3 different labels/,
    );
    const mixed = await refusal(() => call(two, ['a', 1]));
    expect(mixed.message).toMatch(/row 1.*found 1 beside "a"/s);
    await refusal(() => call(two, [0, 'a']));
  });
});

describe('one class per row', () => {
  const soft = [
    [0.5, 0.25, 0.25],
    [0, 1, 0],
  ];

  it.each(['nllLoss', 'softmaxFocalLoss', 'multiMarginLoss', 'fitTemperature'])(
    'is what %s needs',
    async (name) => {
      const error = await refusal(() => FUNCTIONS[name]!(two, soft));
      expect(error).toBeInstanceOf(UsageError);
      expect(error.code).toBe('soft-targets');
      expect(error.message).toContain(`${name} needs one class per row`);
      expect(error.message).toMatch(/row 0: \[0\.5, 0\.25, 0\.25\]/);
    },
  );

  it.each([
    'topKAccuracyScore',
    'expectedCalibrationError',
    'averagePrecisionScore',
    'rocAucScore',
  ])('is not told by targets whose largest is not unique: %s', async (name) => {
    const tied = [
      [0, 1, 0],
      [0.4, 0.2, 0.4],
    ];
    const error = await refusal(() => FUNCTIONS[name]!(two, tied));
    expect(error).toBeInstanceOf(InputError);
    expect(error.code).toBe('tied-target');
    expect(error.message).toMatch(/row 1: .*not unique; found 0\.4 for classes 0 and 2/);
  });

  it('is no matter of −1 for losses: it may be a forgotten ignoreIndex', async () => {
    const error = await refusal(() =>
      crossEntropy(
        [
          [1, 2],
          [2, 1],
        ],
        [1, -1],
      ),
    );
    expect(error.code).toBe('target-out-of-range');
    expect(error.message).toMatch(/row 1.*found -1.*ignoreIndex/s);
  });
});

it.each([
  ['not-numbers', () => mseLoss(['1'] as Loose, [1]), /index 0: found "1"/],
  ['not-numbers', () => mseLoss([1n] as Loose, [1]), /the bigint 1n/],
  [
    'not-numbers',
    () => crossEntropy('abc' as Loose, [0]),
    /must be an array of numbers; found "abc"/,
  ],
  ['not-numbers', () => crossEntropy(new DataView(new ArrayBuffer(8)) as Loose, [0]), /DataView/],
  ['not-numbers', () => temperatureScale([[null]] as Loose, 2), /row 0, column 0: found null/],
  ['bad-ignore-index', () => crossEntropy([[1, 2]], [[0, 1]], { ignoreIndex: 1 }), /ignoreIndex/],
  [
    'length-mismatch',
    () =>
      rocCurve(
        [0, 1],
        [
          [0.5, 0.5],
          [0.2, 0.8],
        ],
      ),
    /two columns/,
  ],
  [
    'length-mismatch',
    () =>
      rocCurve(
        [
          [1, 0, 0],
          [0, 1, 0],
        ],
        [1, 2],
      ),
    /needs 2 numbers in every row/,
  ],
  ['bad-target', () => rocCurve([-1, 0], [1, 2]), /row 1: .*found 0; expected −1 or 1/],
  ['bad-target', () => rocCurve([0, -1], [1, 2]), /row 1: .*found -1; expected 0 or 1/],
  [
    'bad-target-row',
    () =>
      rocCurve(
        [
          [1, 0],
          [1, 1],
        ],
        [1, 2],
      ),
    /row 1: .*several classes/,
  ],
  [
    'tied-target',
    () =>
      rocCurve(
        [
          [1, 0],
          [0.5, 0.5],
        ],
        [1, 2],
      ),
    /row 1/,
  ],
  ['target-out-of-range', () => isotonicDecomposition([0, 2], [0.5, 0.5]), /row 1/],
  ['length-mismatch', () => isotonicDecomposition([0], [[0.5, 0.5]]), /rows of 2/],
  [
    'bad-target-row',
    () =>
      accuracyScore(
        [
          [0, 1],
          [1, 1],
        ],
        [1, 1],
      ),
    /yTrue, row 1.*multilabelScores/,
  ],
  ['bad-label', () => accuracyScore([1], [[0.2, 0.8]]), /yPred, row 0: .*\[0\.2, 0\.8\].*argmax/],
  ['tied-target', () => accuracyScore([[0.5, 0.5]], [1]), /row 0/],
  [
    'bad-option',
    () => confusionMatrix([[1, 0, 0]], ['a'], { labels: ['a', 'b'] }),
    /needs 3 labels/,
  ],
  ['missing-classes', () => multilabelScores([1, 0], [0.5, 0.5]), /how many labels/],
  [
    'length-mismatch',
    () => multilabelScores([1, 0, 1], [0.5, 0.5, 1], { classes: 2 }),
    /3 numbers/,
  ],
  [
    'unknown-label',
    () => logLoss(['a'], [[0.5, 0.5]], { labels: ['b', 'c'] }),
    /"a"; expected .*"b", "c"/,
  ],
  ['mixed-labels', () => logLoss([0], [[0.5, 0.5]], { labels: ['b', 'c'] }), /0 beside "b"/],
] as [string, () => unknown, RegExp][])('%s: %s', async (code, run, message) => {
  const error = await refusal(run);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

describe('scoreArrays', () => {
  const score = scoreArrays as Loose;

  it.each([
    ['bad-scores', [null, [0]], /found null/],
    ['bad-scores', [BigInt64Array.of(1n, 2n), [0]], /BigInt64Array/],
    ['bad-dtype', [Float64Array.of(1, 2), [0], { dtype: 'f32' }], /are f64/],
    ['bad-dtype', [[1, 2], [0], { dtype: 'f16' }], /f16/],
    ['bad-dtype', [[Uint16Array.of(1, 2)], [0]], /need dtype/],
    ['bad-dtype', [[Float32Array.of(1, 2)], [0], { dtype: 'f64' }], /are f32/],
    ['bad-target', [[[1, 2]], [2 ** 40]], /Row 0/],
    [
      'bad-target',
      [
        [
          [1, 2],
          [1, 2],
        ],
        [0, 'a'],
      ],
      /Row 1: .*"a"/,
    ],
    ['unknown-label', [[[1, 2]], ['c'], { classNames: ['a', 'b'] }], /row 0: .*"c"; .*"a", "b"/],
    ['bad-option', [[[1, 2]], ['c'], { classNames: ['a'] }], /classNames needs 2 labels/],
    ['target-out-of-range', [[[1, 2, 3]], [-1]], /found -1/],
  ])('%s: %o', async (code, args, message) => {
    const error = await refusal(() => score(...args));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
