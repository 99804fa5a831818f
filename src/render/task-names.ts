/** What tables call the two readings of a row, by task. */

import type { RowTask } from '../types/report.js';

export interface TaskNames {
  readonly loss: string;
  readonly second: string;
  /** Both, in a sentence. */
  readonly both: string;
  /** What rows have several of; null for values. */
  readonly unit: 'classes' | 'labels' | null;
}

export function taskNames(task: RowTask): TaskNames {
  if (task === 'regression') {
    return {
      loss: 'squared error',
      second: 'absolute error',
      both: 'squared and absolute error',
      unit: null,
    };
  }
  const second = task === 'multilabel' ? 'all labels right' : 'accuracy';
  const both = task === 'multilabel' ? 'loss and the share of rows with all labels right' : null;
  return {
    loss: 'loss',
    second,
    both: both ?? 'loss and accuracy',
    unit: task === 'multilabel' ? 'labels' : 'classes',
  };
}
