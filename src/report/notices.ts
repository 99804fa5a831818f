/** What a reader should know before trusting the numbers, each with its evidence. */

import type { TallyRows } from '../tallies/classification-tally.js';
import type { MetricValue, Notice } from '../types/report.js';
import type { KernelName, ScoreKind } from '../types/scores.js';

/** What notices are drawn from. */
export interface NoticeFacts {
  readonly rows: TallyRows;
  readonly kind: ScoreKind | 'labels';
  readonly classes: number;
  readonly classesSeen: number;
  readonly eps: number;
  readonly kernel: KernelName | 'none';
  readonly looseRows: number;
  readonly firstInvalidRow: number;
  readonly confusionLeftOut: boolean;
  readonly perClassLeftOut: boolean;
  readonly logLoss: MetricValue | undefined;
  readonly uniformLogLoss: number | null;
  readonly classWeighted: boolean;
}

/** A count with its noun. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Notices in a fixed order. */
export function scoreNotices(facts: NoticeFacts): Notice[] {
  const { rows, kind, classes, classesSeen, eps, logLoss, uniformLogLoss } = facts;
  const notices: Notice[] = [];
  const add = (code: string, message: string, evidence?: Notice['evidence']) => {
    notices.push(evidence ? { code, message, evidence } : { code, message });
  };
  if (kind === 'labels') {
    add(
      'labels-without-scores',
      'These are predicted labels without scores, so there is no loss, no ranking and no calibration. Dump logits or probabilities to get them.',
    );
  }
  if (rows.scored === 0) {
    add('nothing-scored', 'No row was scored: every one was ignored or left out.');
  }
  if (rows.invalid > 0) {
    add(
      'invalid-rows-left-out',
      `${plural(rows.invalid, 'row')} could not be scored and ${rows.invalid === 1 ? 'was' : 'were'} left out; the first is row ${facts.firstInvalidRow}.`,
      { rows: rows.invalid, firstRow: facts.firstInvalidRow },
    );
  }
  if (kind === 'probabilities' && eps > 0 && rows.belowEps > 0) {
    add(
      'probabilities-clipped',
      `${plural(rows.belowEps, 'row gives', 'rows give')} the true class a probability below ${eps.toPrecision(3)} (${rows.zeroProbability} of them 0); it was raised to that for the loss. The loss depends on this choice: see --eps.`,
      { rows: rows.belowEps, zero: rows.zeroProbability, eps },
    );
  }
  if (rows.infiniteLoss > 0) {
    add(
      'infinite-loss',
      `${plural(rows.infiniteLoss, 'row has', 'rows have')} infinite loss: the true class was given probability 0.`,
      { rows: rows.infiniteLoss },
    );
  }
  if (facts.looseRows > 0) {
    add(
      'loose-sums',
      `The probabilities of ${plural(facts.looseRows, 'row')} add up to 1 only within 0.001, not within 0.00001. They were used as they are.`,
      { rows: facts.looseRows },
    );
  }
  if (rows.tied > 0) {
    add(
      'ties',
      `In ${plural(rows.tied, 'row')} the true class ties with another for first place; the lowest index counts as the prediction.`,
      { rows: rows.tied },
    );
  }
  if (
    uniformLogLoss !== null &&
    typeof logLoss?.value === 'number' &&
    logLoss.value > uniformLogLoss
  ) {
    add(
      'loss-above-uniform',
      `The loss ${logLoss.value.toFixed(4)} is higher than that of equal probabilities for all classes, ${uniformLogLoss.toFixed(4)}.`,
      { logLoss: logLoss.value, uniform: uniformLogLoss },
    );
  }
  if (facts.classWeighted) {
    add(
      'class-weights',
      'Class weights shape the loss alone; accuracy and the other metrics do not use them.',
    );
  }
  if (classesSeen < classes && rows.scored > 0) {
    add(
      'classes-not-seen',
      `Of ${classes} classes ${classesSeen} occur among targets and predictions; macro averages are over those.`,
      { classes, classesSeen },
    );
  }
  if (facts.confusionLeftOut) {
    add(
      'confusion-left-out',
      'The confusion matrix has too many cells that are not zero and was left out.',
    );
  }
  if (facts.perClassLeftOut) {
    add('per-class-left-out', `With ${classes} classes the numbers per class are left out.`);
  }
  if (facts.kernel === 'reference') {
    add(
      'reference-kernel',
      'The plain reference computed this, with the exponentials of this JavaScript engine: the last bits may differ elsewhere.',
    );
  }
  return notices;
}
