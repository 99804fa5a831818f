/** The library where there are no files: browsers, web workers, Cloudflare. */

export type { CrossEntropyOptions } from '../losses/create-cross-entropy.js';
export type {
  CrossEntropy,
  EvaluateOptions,
  LossResult,
  Reduction,
} from '../losses/cross-entropy.js';
export type {
  ElementwiseLoss,
  ElementwiseLossName,
  ElementwiseLossOptions,
} from '../losses/elementwise.js';
export { renderCsv } from '../render/csv.js';
export { renderJson } from '../render/json.js';
export { renderText, type TextOptions } from '../render/text.js';
export type { CreateScorerOptions } from '../score/create-scorer.js';
export type { DumpOptions, KindOption, Progress } from '../score/score-dump.js';
export type { InvalidPolicy, Scorer, ScorerOptions } from '../score/scorer.js';
export { InputError, type InputPlace, LogitscopeError, UsageError } from '../types/errors.js';
export type { Metric } from '../types/metric.js';
export type {
  CalibrationBin,
  Confusion,
  MetricValue,
  Notice,
  ReportOptions,
  ReportSource,
  RowCounts,
  ScoreReport,
} from '../types/report.js';
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
} from '../types/scores.js';
export { VERSION } from '../version.js';
export { type CoreSource, init } from './core.js';
export { createScorer } from './create-scorer.js';
export { createCrossEntropy, createElementwiseLoss } from './losses.js';
export { type ScoreArraysOptions, scoreArrays } from './score-arrays.js';
export { type ScoreBlobOptions, scoreBlob } from './score-blob.js';
