/**
 * The kernels under test, one line each.
 *
 *   name     heads the table
 *   task     what the peers are asked for: `score` (mean loss and right rows), `single` (the same of
 *            rows of one score: the loss of each row, and right rows), or the mean of a
 *            loss with its gradient: `gradient`, `soft-gradient`, `mse`, `huber`, `binary`
 *   kind     of the input: logits, log-probabilities, probabilities
 *   companion  what a second array of the input holds, where the task takes one
 *   dtype    number format of the input, a key of DTYPES in inputs.mjs
 *   classes  lengths of the rows; `quick` those of a quick run
 *   rows     how many rows, where it is not left to the size of the input
 *   beside   name of another kernel that runs on the same rows, in turn
 *   prepare  (core, input) → { run, check }, see runners.mjs
 *   module   file in build/; left out, and said so, where the engine cannot run it
 */

import { binaryCrossEntropyWithLogits, huberLoss, mseLoss } from '../dist/index.js';
import { crossEntropyGradient, elementwiseGradient, scoreRows, singleScores } from './runners.mjs';

const ALL = [2, 4, 10, 32, 64, 256, 1000, 4096, 32000, 131072];

const FEW = [10, 1000, 32000];

const score = (kind, dtype, classes, quick, beside = null) => ({
  name: `${kind} ${dtype}`,
  task: 'score',
  kind,
  dtype,
  classes,
  quick,
  beside,
  module: 'core.wasm',
  prepare: scoreRows(),
});

const single = {
  name: 'one score per row f32',
  task: 'single',
  kind: 'logits',
  dtype: 'f32',
  classes: [1],
  quick: [1],
  rows: 10_000_000,
  module: 'core.wasm',
  prepare: singleScores(),
};

const gradient = (name, task, prepare, classes, companion) => ({
  name,
  task,
  kind: 'logits',
  dtype: 'f32',
  companion,
  classes,
  quick: task === 'gradient' ? [1000] : [],
  module: 'losses.wasm',
  prepare,
});

/** 10 million elements. */
const overElements = (loss, task, companion) => ({
  ...gradient(
    `${loss.lossName} and gradient f32`,
    task,
    elementwiseGradient(loss),
    [1000],
    companion,
  ),
  rows: 10_000,
});

const relaxed = (line) => ({
  ...line,
  name: `${line.name}, relaxed`,
  module: 'core-relaxed.wasm',
});

export const KERNELS = [
  score('logits', 'f32', ALL, FEW),
  relaxed(score('logits', 'f32', [10, 64, 256, 1000, 32000], [1000], 'logits f32')),
  score('logits', 'f64', FEW, [], 'logits f32'),
  score('logits', 'f16', FEW, [], 'logits f32'),
  score('logits', 'bf16', FEW, [], 'logits f32'),
  score('log-probabilities', 'f32', FEW, [], 'logits f32'),
  score('probabilities', 'f32', [2, 10, 100, 1000], [100], 'logits f32'),
  score('probabilities', 'f64', [10, 1000], [], 'logits f64'),
  single,
  relaxed(single),
  gradient('cross-entropy and gradient f32', 'gradient', crossEntropyGradient(), FEW),
  gradient(
    'soft targets and gradient f32',
    'soft-gradient',
    crossEntropyGradient(),
    FEW,
    'probabilities',
  ),
  overElements(mseLoss, 'mse', 'logits'),
  overElements(huberLoss, 'huber', 'logits'),
  overElements(binaryCrossEntropyWithLogits, 'binary', 'probabilities'),
];
