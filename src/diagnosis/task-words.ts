/** How sentences about changes name the two readings of a row, and what is fitted to rows. */

import type { Readings } from '../types/rows.js';

/** Words of a task. */
export interface TaskWords {
  /** The mean loss, as a subject within a sentence. */
  readonly loss: string;
  /** The mean of the second reading, likewise. */
  readonly second: string;
  /** A change of the loss, with its sign. */
  lossAmount(delta: number): string;
  /** A loss by itself. */
  lossText(loss: number): string;
  /** A change of the second reading, with its sign. */
  secondAmount(delta: number): string;
}

/** A change with its sign, a true minus. */
export function signedText(delta: number, text: (size: number) => string): string {
  return `${delta < 0 ? '−' : '+'}${text(Math.abs(delta))}`;
}

/** Values have any scale: four digits that mean something. */
const ofValues = (size: number): string => String(Number(size.toPrecision(4)));
const ofShares = (size: number): string => size.toFixed(4);

/** @param points what a hundredth of a share is called */
export function taskWords({ loss, second }: Readings, points: string): TaskWords {
  if (second === 'mae') {
    const amount = (delta: number) => signedText(delta, ofValues);
    return {
      loss: 'the mean squared error',
      second: 'the mean absolute error',
      lossAmount: amount,
      lossText: ofValues,
      secondAmount: amount,
    };
  }
  const isWhole = loss !== null && second === 'exact_match';
  return {
    loss: 'the loss',
    second: isWhole ? 'the share of rows with all labels right' : 'accuracy',
    lossAmount: (delta) => signedText(delta, ofShares),
    lossText: ofShares,
    secondAmount: (delta) => `${signedText(delta, (size) => (100 * size).toFixed(1))} ${points}`,
  };
}

/** p-values for reading. */
export function pText(value: number): string {
  return value < 0.001 ? 'p < 0.001' : `p = ${value.toFixed(3)}`;
}
