/** Which loss to train on for the sake of a metric that has no gradient. */

/** Metrics by what their names hold, in the order in which they are tried. */
const STAND_INS: readonly (readonly [metric: RegExp, loss: string])[] = [
  [/accuracy|top_?k|zero_?one|hamming|reciprocal|error_?rate/i, 'crossEntropy'],
  [
    /f1|f_?beta|precision_?score|recall|jaccard|matthews|kappa|specificity|confusion/i,
    'crossEntropy with class weights',
  ],
  [/roc|auc|average_?precision|curve|rank/i, 'softMarginLoss, or binaryCrossEntropyWithLogits'],
  [/pinball|quantile/i, 'quantileLoss'],
  [/poisson|gamma|tweedie/i, 'poissonNllLoss'],
  [/absolute|mape|max_?error|median/i, 'l1Loss, or huberLoss'],
  [/r2|squared|variance/i, 'mseLoss'],
  [/log_?loss|brier|calibration|perplexity|ece/i, 'crossEntropy'],
];

/**
 * The differentiable stand-in of a metric: what the metric itself names, or by
 * its name; null where there is none.
 */
export function standInOf(metric: unknown): string | null {
  if (typeof metric !== 'function') return null;
  const { standIn } = metric as { standIn?: unknown };
  if (typeof standIn === 'string') return standIn;
  return STAND_INS.find(([pattern]) => pattern.test(metric.name))?.[1] ?? null;
}
