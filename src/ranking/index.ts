/** Curves, areas under them and thresholds: what both entries of the library export. */

export type { ScoreBinning } from '../tallies/score-binning.js';
export { ScoreBins, type ScoreBinsOptions, type ScoreBinsState } from '../tallies/score-bins.js';
export {
  type AveragePrecisionOptions,
  averagePrecisionScore,
  prAucTrapezoid,
  type RankingAverage,
  type RocAucOptions,
  rocAucScore,
} from './areas.js';
export {
  type BestThreshold,
  type BestThresholdOptions,
  bestThreshold,
  type ThresholdPrice,
  type ThresholdPurpose,
} from './best-threshold.js';
export {
  auc,
  type CurveOptions,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocCurve,
  rocCurve,
} from './curves.js';
export type { BinaryRankingOptions, RankingOptions } from './inputs.js';
export {
  type Costs,
  type ThresholdRow,
  type ThresholdTable,
  type ThresholdTableOptions,
  thresholdTable,
} from './threshold-table.js';
