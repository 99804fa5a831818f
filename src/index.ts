/** The library on Node, Bun and Deno: scores arrays and files, and renders reports. */

import './node/current-core.js';

export {
  type IsotonicBlock,
  type IsotonicDecomposition,
  type IsotonicOptions,
  isotonicDecomposition,
} from './diagnosis/isotonic.js';
export { type McNemarTest, mcnemarTest } from './diagnosis/paired-tests.js';
export {
  type FitRecalibrationOptions,
  fitRecalibration,
  type RecalibrationScaling,
  recalibrate,
} from './diagnosis/recalibration-scaling.js';
export {
  type FitTemperatureOptions,
  fitTemperature,
  type TemperatureScaling,
  temperatureScale,
} from './diagnosis/temperature-scaling.js';
export { encodeNpy, type NpyArray } from './formats/encode-npy.js';
export {
  checkGradient,
  type GradientCheck,
  type GradientCheckOptions,
} from './losses/check-gradient.js';
export {
  type MultiMarginLossOptions,
  multiMarginLoss,
  type SoftmaxFocalLossOptions,
  softmaxFocalLoss,
} from './losses/class-losses.js';
export type { ClassOptions } from './losses/class-rows.js';
export {
  type CombinedLoss,
  combineLosses,
  type LossTerm,
} from './losses/combine-losses.js';
export {
  type CrossEntropyOptions,
  crossEntropy,
  type NllLossOptions,
  nllLoss,
} from './losses/cross-entropy.js';
export { type DefinedLoss, defineLoss, type LossDefinition } from './losses/define-loss.js';
export { type ElboOptions, elbo } from './losses/elbo.js';
export type { ElementwiseOptions } from './losses/elementwise.js';
export {
  type BinaryCrossEntropyWithLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  hingeLoss,
  type SigmoidFocalLossOptions,
  sigmoidFocalLoss,
  softMarginLoss,
  squaredHingeLoss,
} from './losses/elementwise-binary.js';
export {
  type HuberLossOptions,
  huberLoss,
  l1Loss,
  logCoshLoss,
  mseLoss,
  type QuantileLossOptions,
  quantileLoss,
  type SmoothL1LossOptions,
  smoothL1Loss,
} from './losses/elementwise-errors.js';
export {
  type GaussianNllLossOptions,
  gaussianNllLoss,
  type KlDivLossOptions,
  klDivLoss,
  type PoissonNllLossOptions,
  poissonNllLoss,
} from './losses/elementwise-likelihoods.js';
export {
  type GanDiscriminatorLossOptions,
  type GanGeneratorLossOptions,
  ganDiscriminatorLoss,
  ganGeneratorLoss,
} from './losses/gan.js';
export { type GaussianKlOptions, gaussianKl } from './losses/gaussian-kl.js';
export { l1Penalty, l2Penalty, type PenaltyOptions } from './losses/penalties.js';
export { losses } from './losses/registry.js';
export * from './metrics/index.js';
export { type ApplyCalibrationOptions, applyCalibration } from './node/apply-file.js';
export { type CalibrateFileOptions, calibrateFile } from './node/calibrate-file.js';
export { type CompareFilesOptions, compareFiles } from './node/compare-files.js';

export { type EpochsFilesOptions, epochsFiles } from './node/epochs-files.js';
export { type ExplainFilesOptions, explainFiles } from './node/explain-files.js';
export { type FollowEnd, type FollowOptions, followEpochs } from './node/follow-epochs.js';
export { type InspectOptions, inspectFile } from './node/inspect-file.js';
export { type ScoreArraysOptions, scoreArrays } from './node/score-arrays.js';
export {
  createScorer,
  type JoinHow,
  type ScoreFileOptions,
  scoreFile,
} from './node/score-file.js';
export * from './ranking/index.js';
export { renderCompareText } from './render/compare-text.js';
export { renderCompareCsv, renderCsv, renderEpochsCsv, renderExplainCsv } from './render/csv.js';
export { renderEpochsText } from './render/epochs-text.js';
export { renderExplainText } from './render/explain-text.js';
export { renderInspectText } from './render/inspect-text.js';
export { renderJson } from './render/json.js';
export { renderText, type TextOptions } from './render/text.js';
export { onlyMetrics } from './report/only-metrics.js';
export type { DumpOptions, KindOption, Like, Progress } from './run/dump-options.js';
export type { Scorer } from './run/scorer.js';
export type { CreateScorerOptions, InvalidPolicy, ScorerOptions } from './run/scorer-options.js';
export type {
  AppliedCalibration,
  CalibratedTask,
  Calibration,
  CalibrationAccuracy,
  CalibrationFit,
  CalibrationLoss,
  CalibrationMethod,
  SliceCalibration,
} from './types/calibration.js';
export type {
  ComparedModel,
  CompareMeasure,
  CompareReport,
  Comparison,
  ModelDifference,
  ModelPair,
} from './types/compare.js';
export type {
  AccuracyAtCoverage,
  Coverage,
  CoverageAtAccuracy,
  CoveragePoint,
  CoverageReport,
  RecalibratedCoverage,
} from './types/coverage.js';

export type {
  Diagnosis,
  FittedPart,
  LineReport,
  ListedRow,
  TemperatureReport,
} from './types/diagnosis.js';
export type {
  AdviceKind,
  BestEpoch,
  EpochChange,
  EpochReading,
  EpochsAdvice,
  EpochsChange,
  EpochsReport,
  Measure,
  Movement,
  Patience,
  Phase,
  PhaseClass,
  PhaseKind,
  Stretch,
} from './types/epochs.js';
export { InputError, type InputPlace, LogitscopeError, UsageError } from './types/errors.js';
export type {
  Cause,
  Cell,
  Change,
  ClassChange,
  ExplainReport,
  Identity,
  MovedRowReport,
  Reading,
  Recalibrated,
  SliceChange,
  Verdict,
} from './types/explain.js';
export type { Label, Labels, Rows, Scores, Targets } from './types/forms.js';
export type { FieldRole, InspectedField, InspectReport } from './types/inspect.js';
export type {
  ElementTargets,
  FurtherGradients,
  GradientRequest,
  LossArithmetic,
  LossFunction,
  LossInfo,
  LossOptions,
  LossResult,
  Numbers,
  Reduction,
} from './types/loss.js';
export type { Metric, MetricDefinition, MetricRow } from './types/metric.js';
export type { MetricDescription, MetricGroup, MetricTask } from './types/metric-description.js';
export type {
  CalibrationBin,
  ClusteredError,
  Clusters,
  Confusion,
  Estimate,
  MetricValue,
  Notice,
  ReportOptions,
  ReportSource,
  RowCounts,
  RowTask,
  ScoreReport,
  Slice,
  Slices,
} from './types/report.js';
export type { ByTextRole, RowTexts, TextRole } from './types/row-texts.js';
export {
  type Dtype,
  type KernelName,
  MISSING_TARGET,
  NO_LARGEST,
  type RowBuffers,
  type RowScores,
  RowStatus,
  type ScoredRows,
  type ScoreKind,
  type SoftScores,
  STATUS_MASK,
  STATUS_TIED,
} from './types/scores.js';
export { VERSION } from './version.js';
