/** What each metric is, in one line and one formula, for listings. */

export interface MetricDescription {
  /** Name, with `<k>` or `<β>` where a number stands. */
  readonly name: string;
  readonly summary: string;
  readonly formula: string;
  /** Whether labels alone do not suffice. */
  readonly needsScores: boolean;
}

const averages = ['micro', 'macro', 'weighted', 'none'] as const;
const AVERAGE_SUMMARY = {
  micro: 'fractions added up over the classes that occur',
  macro: 'plain mean over the classes that occur among targets or predictions',
  weighted: 'mean weighted by how often each class is the target',
  none: 'one number per class',
} as const;

function averaged(name: string, summary: string, formula: string): MetricDescription[] {
  return averages.map((average) => ({
    name: `${name}_${average}`,
    summary: `${summary}; ${AVERAGE_SUMMARY[average]}`,
    formula,
    needsScores: false,
  }));
}

const ofScores = (name: string, summary: string, formula: string): MetricDescription => ({
  name,
  summary,
  formula,
  needsScores: true,
});

const ofLabels = (name: string, summary: string, formula: string): MetricDescription => ({
  name,
  summary,
  formula,
  needsScores: false,
});

/** Every metric that `classificationMetrics` gives, in its order. */
export const metricDescriptions: readonly MetricDescription[] = [
  ofScores(
    'log_loss',
    'Mean cross-entropy in nats, with class weights and label smoothing where given',
    'Σ s·loss / Σ s·w_y',
  ),
  ofScores('perplexity', 'Exponential of the mean negative log-likelihood', 'exp(Σ s·nll / Σ s)'),
  ofScores('bits', 'Mean negative log-likelihood in bits', 'Σ s·nll / (Σ s · ln 2)'),
  ofScores(
    'brier_multiclass',
    'Mean squared distance of the probabilities from the one-hot target, 0 … 2',
    'mean Σ_c (p_c − y_c)²',
  ),
  ofLabels('accuracy', 'Share of rows whose prediction is the target', 'Σ s·[p = t] / Σ s'),
  ofLabels(
    'balanced_accuracy',
    'Mean recall over the classes that have targets',
    'mean_k TP_k / t_k',
  ),
  ofLabels(
    'balanced_accuracy_adjusted',
    'Balanced accuracy with chance at 0',
    '(b − 1/K) / (1 − 1/K), K classes with targets',
  ),
  ofLabels(
    'mcc',
    'Matthews correlation of targets and predictions',
    '(c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²))',
  ),
  ofLabels(
    'kappa',
    "Cohen's kappa: agreement beyond chance",
    '1 − observed / expected disagreement',
  ),
  ofLabels(
    'kappa_linear',
    "Cohen's kappa, disagreements weighed by distance",
    'as kappa, weights |t − p|',
  ),
  ofLabels(
    'kappa_quadratic',
    "Cohen's kappa, disagreements weighed by squared distance",
    'as kappa, weights (t − p)²',
  ),
  ofLabels('hamming', 'Share of rows whose prediction is not the target', '1 − accuracy'),
  ofLabels(
    'zero_one',
    'Zero-one loss per row, the same as hamming for one label per row',
    '1 − accuracy',
  ),
  ofScores(
    'top_<k>_accuracy',
    'Share of rows whose target is among the k highest scores',
    'Σ s·[rank < k] / Σ s',
  ),
  ofScores('mrr', 'Mean reciprocal rank of the target', 'mean 1 / (rank + 1)'),
  ofScores(
    'ece_15_equal_width_top_label',
    'Expected calibration error of the top label over 15 bins of equal width',
    'Σ_b (n_b / N)·|accuracy_b − confidence_b|',
  ),
  ofScores(
    'mce_15_equal_width_top_label',
    'Largest calibration error of the 15 bins',
    'max_b |accuracy_b − confidence_b|',
  ),
  ofScores(
    'calibration_gap',
    'Mean confidence minus accuracy; positive is over-confident',
    'mean(confidence − [p = t])',
  ),
  ...averaged(
    'precision',
    'Share of the rows predicted as a class that are of it',
    'TP / (TP + FP)',
  ),
  ...averaged('recall', 'Share of the rows of a class that are predicted as it', 'TP / (TP + FN)'),
  ...averaged(
    'f<β>',
    'Harmonic mean of precision and recall, recall weighing β times as much',
    '(1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP)',
  ),
  ...averaged('jaccard', 'Overlap of targets and predictions of a class', 'TP / (TP + FP + FN)'),
  ...averaged(
    'specificity',
    'Share of the rows not of a class that are not predicted as it',
    'TN / (TN + FP)',
  ),
];

/** The description of a metric by the name it has in a report, e.g. `top_5_accuracy`. */
export function describeMetric(name: string): MetricDescription | undefined {
  const general = name
    .replace(/^top_[0-9]+_accuracy$/, 'top_<k>_accuracy')
    .replace(/^f[0-9][0-9.e+-]*_/, 'f<β>_');
  return metricDescriptions.find((description) => description.name === general);
}
