/** Metrics as functions of arrays: what both entries of the library export. */

export {
  type BootstrapInterval,
  type BootstrapLabelOptions,
  bootstrapInterval,
  bootstrapLabelScores,
  type WeightedMetric,
} from './bootstrap.js';
export type { CalibrationOptions } from './calibration-arrays.js';
export {
  type CalibrationErrorNull,
  type CalibrationPoint,
  calibrationCurve,
  calibrationErrorNull,
  calibrationGap,
  expectedCalibrationError,
  maximumCalibrationError,
  squaredCalibrationError,
} from './calibration-scores.js';
export {
  type ClassificationReport,
  type ClassificationReportRow,
  classificationReport,
} from './classification-report.js';
export { defineMetric, type RowMetric, type StateMetric } from './define-metric.js';
export {
  d2TweedieScore,
  meanGammaDeviance,
  meanPoissonDeviance,
  meanTweedieDeviance,
  type TweedieOptions,
} from './deviance.js';
export type { SampleWeight } from './label-arrays.js';
export {
  accuracyScore,
  balancedAccuracyScore,
  cohenKappaScore,
  confusionMatrix,
  hammingLoss,
  matthewsCorrcoef,
  type NormalizeOption,
  type SampleWeightOption,
  zeroOneLoss,
} from './label-scores.js';
export { describeMetric, metricDescriptions } from './metric-descriptions.js';
export type { Metrics } from './metric-values.js';
export type { MultilabelMetricsOptions } from './multilabel-metrics.js';
export {
  type MultilabelScoresOptions,
  multilabelConfusionMatrix,
  multilabelScores,
} from './multilabel-scores.js';
export type { ClassScoresOptions } from './probability-arrays.js';
export {
  brierScoreLoss,
  logLoss,
  meanReciprocalRank,
  type RankOptions,
  topKAccuracyScore,
} from './probability-scores.js';
export {
  d2AbsoluteErrorScore,
  d2PinballScore,
  meanPinballLoss,
  type QuantileOptions,
} from './quantile-scores.js';
export type { RateAverage, RateOptions, RateValue } from './rate-arrays.js';
export {
  f1Score,
  fbetaScore,
  jaccardScore,
  precisionScore,
  recallScore,
  specificityScore,
} from './rate-scores.js';
export {
  type ExplainedOptions,
  explainedVarianceScore,
  maxError,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogError,
  medianAbsoluteError,
  r2Score,
  rootMeanSquaredError,
} from './regression.js';
export type {
  LogarithmOptions,
  MultiOutputOptions,
  RegressionOptions,
} from './regression-columns.js';
export type { ReplicateOptions } from './replicates.js';
export { type RiskAreas, type RiskCoverage, riskCoverage } from './risk-coverage.js';
