/** The library on Node, Bun and Deno: scores arrays and files, and renders reports. */

import './node/current-core.js';

export type { CrossEntropyOptions } from './losses/create-cross-entropy.js';
export type {
  CrossEntropy,
  EvaluateOptions,
  LossResult,
  Reduction,
} from './losses/cross-entropy.js';
export type {
  ElementwiseLoss,
  ElementwiseLossName,
  ElementwiseLossOptions,
} from './losses/elementwise.js';
export { createCrossEntropy, createElementwiseLoss } from './node/losses.js';
export { type ScoreArraysOptions, scoreArrays } from './node/score-arrays.js';
export { createScorer, type ScoreFileOptions, scoreFile } from './node/score-file.js';
export { renderCsv } from './render/csv.js';
export { renderJson } from './render/json.js';
export { renderText, type TextOptions } from './render/text.js';
export type { CreateScorerOptions } from './score/create-scorer.js';
export type { DumpOptions, KindOption, Progress } from './score/score-dump.js';
export type { InvalidPolicy, Scorer, ScorerOptions } from './score/scorer.js';
export { InputError, type InputPlace, LogitscopeError, UsageError } from './types/errors.js';
export type { Metric } from './types/metric.js';
export type {
  CalibrationBin,
  Confusion,
  MetricValue,
  Notice,
  ReportOptions,
  ReportSource,
  RowCounts,
  ScoreReport,
} from './types/report.js';
export {
  type Dtype,
  type KernelName,
  MISSING_TARGET,
  type RowBuffers,
  type RowScores,
  RowStatus,
  type ScoredRows,
  type ScoreKind,
  STATUS_MASK,
  STATUS_TIED,
} from './types/scores.js';
export { VERSION } from './version.js';
