/**
 * The kernels under test, one line each.
 *
 *   name     heads the table
 *   task     what the peers are asked for: `score` (mean loss and right rows) or `gradient`
 *   kind     of the input: logits, log-probabilities, probabilities
 *   dtype    number format of the input, a key of DTYPES in inputs.mjs
 *   classes  lengths of the rows; `quick` those of a quick run
 *   beside   name of another kernel that runs on the same rows, in turn
 *   prepare  (core, input) → { run, check }, see runners.mjs
 *   module   file in build/; left out, and said so, where the engine cannot run it
 */

import { scoreRows } from './runners.mjs';

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

const relaxed = (line) => ({
  ...line,
  name: `${line.name}, relaxed`,
  module: 'core-relaxed.wasm',
});

export const KERNELS = [
  score('logits', 'f32', ALL, FEW),
  relaxed(score('logits', 'f32', ALL, [1000], 'logits f32')),
  score('logits', 'f64', FEW, [], 'logits f32'),
  score('logits', 'f16', FEW, [], 'logits f32'),
  score('logits', 'bf16', FEW, [], 'logits f32'),
  score('log-probabilities', 'f32', FEW, [], 'logits f32'),
  score('probabilities', 'f32', [2, 10, 100, 1000], [100], 'logits f32'),
  score('probabilities', 'f64', [10, 1000], [], 'logits f64'),
];
