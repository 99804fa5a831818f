/** Metrics of scores of classes, and of predicted labels. */

import type { MetricDescription } from '../../types/metric-description.js';
import { averagedRates } from './averages.js';
import { describeAbstaining, describeGroup } from './build.js';

const task = 'classification';

/** Every metric of a report about classes, in its order. */
export const classificationDescriptions: readonly MetricDescription[] = [
  ...describeGroup(task, 'losses', true, [
    [
      'log_loss',
      'Mean cross-entropy in nats, with class weights and label smoothing',
      'Σ s·loss / Σ s·w_y',
    ],
    ['log_loss_none', 'Mean cross-entropy of the rows of each class', 'Σ_{t=c} s·loss / Σ_{t=c} s'],
    ['perplexity', 'Exponential of the mean negative log-likelihood', 'exp(Σ s·nll / Σ s)'],
    ['bits', 'Mean negative log-likelihood in bits', 'Σ s·nll / (Σ s · ln 2)'],
    [
      'brier_multiclass',
      'Mean squared distance of the probabilities from the one-hot target, 0 … 2',
      'mean Σ_c (p_c − y_c)²',
    ],
  ]),
  ...describeGroup(task, 'agreement', false, [
    ['accuracy', 'Share of rows whose prediction is the target', 'Σ s·[p = t] / Σ s'],
    [
      'acc_norm',
      'Share of records whose choice of highest log-likelihood per character is the target',
      'Σ s·[argmax_c ℓ_c / characters_c = t] / Σ s',
    ],
    [
      'acc_bytes',
      'Share of records whose choice of highest log-likelihood per byte is the target',
      'Σ s·[argmax_c ℓ_c / bytes_c = t] / Σ s',
    ],
    [
      'acc_mutual_info',
      'Share of records whose choice gains most log-likelihood by the context',
      'Σ s·[argmax_c (ℓ_c − ℓ_c without context) = t] / Σ s',
    ],
    ['balanced_accuracy', 'Mean recall over the classes that have targets', 'mean_k TP_k / t_k'],
    [
      'balanced_accuracy_adjusted',
      'Balanced accuracy with chance at 0',
      '(b − 1/K) / (1 − 1/K), K classes with targets',
    ],
    [
      'mcc',
      'Matthews correlation of targets and predictions',
      '(c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²))',
    ],
    ['kappa', "Cohen's kappa: agreement beyond chance", '1 − observed / expected disagreement'],
    [
      'kappa_linear',
      "Cohen's kappa, disagreements weighed by distance",
      'as kappa, weights |t − p|',
    ],
    [
      'kappa_quadratic',
      "Cohen's kappa, disagreements weighed by squared distance",
      'as kappa, weights (t − p)²',
    ],
    ['hamming', 'Share of rows whose prediction is not the target', '1 − accuracy'],
    [
      'zero_one',
      'Zero-one loss per row, the same as hamming for one label per row',
      '1 − accuracy',
    ],
  ]),
  ...describeGroup(task, 'ranking', true, [
    [
      'top_<k>_accuracy',
      'Share of rows whose target is among the k highest scores',
      'Σ s·[rank < k] / Σ s',
    ],
    ['mrr', 'Mean reciprocal rank of the target', 'mean 1 / (rank + 1)'],
    [
      'roc_auc',
      'Area under the ROC curve of the second of two classes',
      'P(score⁺ > score⁻) + ½ P(score⁺ = score⁻)',
    ],
    [
      'average_precision',
      'Area under precision and recall by steps, of the second of two classes',
      'Σ (R_i − R_{i−1})·P_i',
    ],
    [
      'pr_auc_trapezoid',
      'Area under precision and recall by trapezoids, of the second of two classes',
      'Σ (R_i − R_{i−1})·(P_i + P_{i−1}) / 2',
    ],
    [
      'roc_auc_ovr_macro',
      'Area under the ROC curve of each class against the rest; plain mean',
      'mean_c AUC(p_c, [t = c])',
    ],
    [
      'roc_auc_ovr_weighted',
      'Area under the ROC curve of each class against the rest; weighted by targets',
      'Σ t_c·AUC(p_c, [t = c]) / Σ t_c',
    ],
    [
      'average_precision_ovr_macro',
      'Average precision of each class against the rest; plain mean',
      'mean_c AP(p_c, [t = c])',
    ],
    [
      'roc_auc_ovo_macro',
      'Area under the ROC curve of each pair of classes; plain mean',
      'mean_{a<b} ½ (AUC(a|b) + AUC(b|a))',
    ],
    [
      'roc_auc_ovo_weighted',
      'Area under the ROC curve of each pair of classes; weighted by rows',
      'Σ n_ab·½ (AUC(a|b) + AUC(b|a)) / Σ n_ab',
    ],
  ]),
  ...describeGroup(task, 'calibration', true, [
    [
      'ece_15_equal_width_top_label',
      'Expected calibration error of the top label over 15 bins of equal width',
      'Σ_b (n_b / N)·|accuracy_b − confidence_b|',
    ],
    [
      'ece_15_by_chance',
      'What that error comes to by chance where the confidences are right; unweighted rows',
      'Σ_b E|Bin(n_b, confidence_b) − n_b·confidence_b| / N',
    ],
    [
      'mce_15_equal_width_top_label',
      'Largest calibration error of the 15 bins',
      'max_b |accuracy_b − confidence_b|',
    ],
    [
      'calibration_gap',
      'Mean confidence minus accuracy; positive is over-confident',
      'mean(confidence − [p = t])',
    ],
  ]),
  ...describeAbstaining(task),
  ...averagedRates(task, 'a class', {
    micro: 'counts of all classes added up',
    macro: 'plain mean over classes that occur',
    weighted: 'weighted by the targets of each',
    none: 'one number per class',
  }),
  ...describeGroup(task, 'rates', false, [
    ['support_none', 'Weight of the rows of each class', 't_c = Σ s·[t = c]'],
  ]),
];
