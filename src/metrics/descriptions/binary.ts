/** Metrics of one score per row against targets of 0 and 1, and of several labels per row. */

import type { MetricDescription } from '../../types/metric-description.js';
import { averagedRates } from './averages.js';
import { describeAbstaining, describeGroup, type Entry } from './build.js';

/** Every metric of a report about one score per row. */
export const binaryDescriptions: readonly MetricDescription[] = [
  ...describeGroup('binary', 'losses', true, [
    ['log_loss', 'Mean cross-entropy in nats', '−mean(y·log p + (1 − y)·log(1 − p))'],
    ['brier', 'Mean squared error of the probability of class 1, 0 … 1', 'mean (p − y)²'],
  ]),
  ...describeGroup('binary', 'agreement', false, [
    ['accuracy', 'Share of rows on the right side of the threshold', 'Σ s·[p = t] / Σ s'],
    ['prevalence', 'Share of rows whose target is 1', 'π = Σ s·y / Σ s'],
    ['balanced_accuracy', 'Mean of recall and specificity', '(recall + specificity) / 2'],
    [
      'mcc',
      'Matthews correlation of targets and predictions',
      '(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))',
    ],
    ['kappa', "Cohen's kappa: agreement beyond chance", '1 − observed / expected disagreement'],
  ]),
  ...describeGroup('binary', 'ranking', true, [
    ['roc_auc', 'Area under the ROC curve', 'P(score⁺ > score⁻) + ½ P(score⁺ = score⁻)'],
    [
      'average_precision',
      'Area under the precision-recall curve as a sum of steps',
      'Σ (R_i − R_{i−1})·P_i',
    ],
    [
      'pr_auc_trapezoid',
      'Area under the precision-recall curve by trapezoids',
      'Σ (R_i − R_{i−1})·(P_i + P_{i−1}) / 2',
    ],
  ]),
  ...describeGroup('binary', 'calibration', true, [
    [
      'ece_15_equal_width_positive',
      'Expected calibration error of P(y = 1) over 15 bins of equal width',
      'Σ_b (n_b / N)·|share of 1_b − mean p_b|',
    ],
    [
      'ece_15_by_chance',
      'What that error comes to by chance where the confidences are right; unweighted rows',
      'Σ_b E|Bin(n_b, confidence_b) − n_b·confidence_b| / N',
    ],
    [
      'mce_15_equal_width_positive',
      'Largest calibration error of the 15 bins',
      'max_b |share of 1_b − mean p_b|',
    ],
    [
      'debiased_square_15_equal_width_positive',
      'Squared calibration error without what chance adds; of rows without weights',
      'Σ_b (n_b / N)·((share of 1_b − mean p_b)² − v_b / n_b)',
    ],
    [
      'calibration_gap_positive',
      'Mean probability of class 1 minus the share of rows that are of it',
      'mean(p − y)',
    ],
  ]),
  ...describeAbstaining('binary'),
  ...describeGroup('binary', 'rates', false, [
    ['precision', 'Share of the rows predicted as 1 that are 1', 'TP / (TP + FP)'],
    ['recall', 'Share of the rows of 1 that are predicted as 1', 'TP / (TP + FN)'],
    [
      'f<β>',
      'Mean of precision and recall, recall weighing β times as much',
      '(1 + β²)·TP / ((1 + β²)·TP + β²·FN + FP)',
    ],
    ['jaccard', 'Overlap of targets and predictions of 1', 'TP / (TP + FP + FN)'],
    ['specificity', 'Share of the rows of 0 that are predicted as 0', 'TN / (TN + FP)'],
  ]),
];

const LABEL_AVERAGES = {
  micro: 'all labels as one',
  macro: 'plain mean over labels',
  weighted: 'weighted by the targets of each',
  none: 'one number per label',
};

/** Every metric of a report about several labels per row. */
export const multilabelDescriptions: readonly MetricDescription[] = [
  ...describeGroup('multilabel', 'losses', true, [
    [
      'log_loss',
      'Mean cross-entropy in nats over rows and labels',
      '−mean(y·log p + (1 − y)·log(1 − p))',
    ],
    ['log_loss_none', 'Mean cross-entropy of each label', '−mean_l(y·log p + (1 − y)·log(1 − p))'],
  ]),
  ...describeGroup('multilabel', 'agreement', false, [
    ['exact_match', 'Share of rows all of whose labels are right', 'Σ s·[all p_l = t_l] / Σ s'],
    ['zero_one', 'Share of rows with a label that is wrong', '1 − exact_match'],
    ['hamming', 'Share of labels that are wrong', 'mean Σ_l [p_l ≠ t_l] / L'],
  ]),
  ...describeGroup(
    'multilabel',
    'ranking',
    true,
    Object.entries(LABEL_AVERAGES).flatMap(([average, words]): Entry[] => [
      [
        `roc_auc_${average}`,
        `Area under the ROC curve; ${words}`,
        'P(score⁺ > score⁻) + ½ P(score⁺ = score⁻)',
      ],
      [
        `average_precision_${average}`,
        `Area under precision and recall by steps; ${words}`,
        'Σ (R_i − R_{i−1})·P_i',
      ],
    ]),
  ),
  ...describeAbstaining('multilabel'),
  ...averagedRates('multilabel', 'a label', {
    micro: 'counts of all labels added up',
    macro: 'plain mean over all labels',
    weighted: 'weighted by the targets of each',
    none: 'one number per label',
    samples: 'mean over rows',
  }),
  ...describeGroup('multilabel', 'rates', false, [
    ['support_none', 'Weight of the rows that have each label', 't_l = Σ s·[l is a target]'],
  ]),
];
