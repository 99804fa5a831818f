/** What a reader should know of a report on soft targets. Loaded with their part: few pages score any. */

import { plural } from '../../report/audit.js';
import type { Notice } from '../../types/report.js';

/** What the notice says. */
export interface SoftNoticeFacts {
  /** Mean of the least loss of each row. */
  readonly least: number;
  /** Rows without a largest class. */
  readonly undecided: number;
  /** Weight of the rows in the loss. */
  readonly weight: number;
  /** Whether class weights or smoothing shape the loss. */
  readonly shaped: boolean;
}

/** What a reader should know of soft targets. */
export function softNotice({ least, undecided, weight, shaped }: SoftNoticeFacts): Notice {
  const floor = Number.isNaN(least)
    ? 'the loss cannot fall below their mean entropy'
    : `the loss cannot fall below ${least.toFixed(4)}, ${shaped ? 'the mean entropy of the targets as class weights and label smoothing make them' : 'their mean entropy'}, and skill counts from there`;
  const left =
    undecided === 0
      ? 'Every row has one largest class, which is the target in accuracy and the other metrics of labels.'
      : `In accuracy and the other metrics of labels the largest class is the target; ${plural(undecided, 'row has', 'rows have')} no one largest class and ${undecided === 1 ? 'is' : 'are'} in the loss alone.`;
  return {
    code: 'soft-targets',
    message: `The targets are probabilities: ${floor}. ${left} Temperature, refinement, worst rows, calibration errors and areas under curves are left out, for they are about rows of one true class; score the same predictions with hard labels for them.`,
    evidence: { leastLoss: least, undecided, weight },
  };
}
