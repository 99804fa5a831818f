/** What a reader should know before trusting the numbers: the audit first, then what the numbers leave open. */

import type { MetricValue, Notice } from '../types/report.js';
import type { KernelName } from '../types/scores.js';
import { type AuditFacts, auditNotices } from './audit.js';

/** What notices are drawn from. */
export interface NoticeFacts extends AuditFacts {
  readonly classesSeen: number;
  readonly kernel: KernelName | 'none';
  readonly confusionLeftOut: boolean;
  readonly perClassLeftOut: boolean;
  readonly logLoss: MetricValue | undefined;
  readonly uniformLogLoss: number | null;
  readonly classWeighted: boolean;
}

/** Notices in a fixed order, those of the audit first. */
export function scoreNotices(facts: NoticeFacts): Notice[] {
  const { rows, classes, classesSeen, logLoss, uniformLogLoss } = facts;
  const notices = auditNotices(facts);
  const add = (code: string, message: string, evidence?: Notice['evidence']) => {
    notices.push(evidence ? { code, message, evidence } : { code, message });
  };
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
