/** Precision, recall and F1 of every class and their averages, as data. */

import { exactSum } from '../tallies/exact-sums.js';
import { fBeta, precision, type Rate, recall } from '../tallies/rates.js';
import type { Label, Targets } from '../types/forms.js';
import { type Average, averagedRate, checkZeroDivision, type ZeroDivision } from './class-rates.js';
import { countLabels, type SampleWeight } from './label-arrays.js';
import { marginalsOf } from './marginals.js';

const F1 = fBeta(1);

/** One line of the report. */
export interface ClassificationReportRow {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Weight of the rows with this target; of an average: of all of its classes. */
  readonly support: number;
}

export interface ClassificationReport {
  /** One per class, in order. */
  readonly classes: readonly (ClassificationReportRow & { readonly label: Label })[];
  readonly accuracy: number;
  /** Fractions of the classes added up; over all classes precision, recall and F1 are the accuracy. */
  readonly micro: ClassificationReportRow;
  readonly macro: ClassificationReportRow;
  readonly weighted: ClassificationReportRow;
}

/**
 * Precision, recall, F1 and support of every class, with accuracy and averages.
 *
 * As scikit-learn's `classification_report(output_dict=True)`, but with
 * accuracy and micro average both, whatever `labels` says.
 * @param yTrue target label per row, or a list of a number per class: one-hot, or probabilities of
 *   which the largest counts
 * @param yPred predicted label per row, or a one-hot list
 * @param options.labels classes to list and to average over; default all, ascending
 * @param options.zeroDivision what 0/0 counts as: 0 (default), 1 or NaN
 * @throws UsageError `length-mismatch`, `bad-option`; InputError `empty-input`, `bad-label`,
 *   `mixed-labels`, `bad-weight`
 * @example
 * ```ts
 * import { classificationReport } from 'logitscope';
 *
 * const report = classificationReport(['a', 'b', 'b', 'c'], ['a', 'b', 'c', 'c']);
 * report.classes[1].recall; // 0.5
 * report.macro.f1; // 0.7777777778
 * ```
 */
export function classificationReport(
  yTrue: Targets,
  yPred: Targets,
  options: {
    readonly labels?: readonly Label[] | undefined;
    readonly zeroDivision?: ZeroDivision | undefined;
    readonly sampleWeight?: SampleWeight | undefined;
  } = {},
): ClassificationReport {
  const { zeroDivision = 0 } = options;
  checkZeroDivision(zeroDivision);
  const { classes, tally } = countLabels(yTrue, yPred, options);
  const counts = marginalsOf(tally);
  const listed = options.labels ?? classes;
  const over = listed.map((_, k) => k);
  const rate = <A extends Average>(of: Rate, average: A) =>
    averagedRate(of, average, counts, zeroDivision, over) as A extends 'none' ? number[] : number;
  const row = (average: Exclude<Average, 'none'>): ClassificationReportRow => ({
    precision: rate(precision, average),
    recall: rate(recall, average),
    f1: rate(F1, average),
    support: exactSum(over.map((k) => counts.targets[k]!)),
  });
  const [precisions, recalls, f1s] = [precision, recall, F1].map((of) => rate(of, 'none'));
  return {
    classes: listed.map((label, k) => ({
      label,
      precision: precisions![k]!,
      recall: recalls![k]!,
      f1: f1s![k]!,
      support: counts.targets[k]!,
    })),
    accuracy: counts.right / counts.weight,
    micro: row('micro'),
    macro: row('macro'),
    weighted: row('weighted'),
  };
}
