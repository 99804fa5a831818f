/**
 * What scores, without losses, curves, metrics of arrays and text for terminals:
 * all of it is also in `logitscope/browser`, but a page loads less from here.
 */

export { renderCsv } from '../render/csv.js';
export { renderJson } from '../render/json.js';
export type { DumpOptions, KindOption, Like, Progress } from '../run/dump-options.js';
export type { Scorer } from '../run/scorer.js';
export type { CreateScorerOptions, InvalidPolicy, ScorerOptions } from '../run/scorer-options.js';
export type { Diagnosis } from '../types/diagnosis.js';
export { InputError, type InputPlace, LogitscopeError, UsageError } from '../types/errors.js';
export type { Label, Labels, Rows, Scores, Targets } from '../types/forms.js';
export type {
  MetricValue,
  Notice,
  ReportOptions,
  ReportSource,
  RowCounts,
  ScoreReport,
} from '../types/report.js';
export { MISSING_TARGET, NO_LARGEST, type ScoreKind } from '../types/scores.js';
export { VERSION } from '../version.js';
export { init } from './core.js';
export { createScorer } from './create-scorer.js';
export type { CoreSource } from './fetch-module.js';
export { type ScoreArraysOptions, scoreArrays } from './score-arrays.js';
export { type JoinHow, type ScoreBlobOptions, scoreBlob } from './score-blob.js';
