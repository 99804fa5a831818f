/** What the changes of scale, offsets and discrimination mean, in words. */

import type { Cause } from '../types/explain.js';
import type { TaskWords } from './task-words.js';

/** Changes of the parts of the loss. */
export interface PartDeltas {
  readonly scale: number;
  readonly offsets: number;
  readonly refinement: number;
}

/** In the order that reports have them. */
export function causesOf(isBeyondChance: (part: keyof PartDeltas) => boolean): Cause[] {
  const causes: Cause[] = [];
  if (isBeyondChance('scale')) causes.push('scale');
  if (isBeyondChance('offsets')) causes.push('offsets');
  if (isBeyondChance('refinement')) causes.push('discrimination');
  return causes;
}

/** "a, b and c" */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

const SCORE_NAMES: Readonly<Record<Cause, string>> = {
  scale: 'scale',
  offsets: 'offsets',
  discrimination: 'discrimination',
};
/** Of values, which a straight line recalibrates. */
const LINE_NAMES: Readonly<Record<Cause, string>> = {
  scale: 'slope',
  offsets: 'intercept',
  discrimination: 'noise',
};

/** What causes are called: of scores, or of values. */
export function causeNames(causes: readonly Cause[], isValues: boolean): string {
  return listed(causes.map((cause) => (isValues ? LINE_NAMES : SCORE_NAMES)[cause]));
}

export function partsText(
  { scale, offsets, refinement }: PartDeltas,
  { lossAmount }: TaskWords,
  isValues: boolean,
): string {
  const [first, second] = isValues ? ['slope', 'intercept'] : ['scale', 'offsets'];
  return `${first} ${lossAmount(scale)}, ${second} ${lossAmount(offsets)}, refinement ${lossAmount(refinement)}`;
}

/**
 * What changed, cause by cause.
 * @param unit what an offset favours: classes, or labels
 */
export function meaningOf(
  causes: readonly Cause[],
  { scale, offsets, refinement }: PartDeltas,
  isValues: boolean,
  unit: string,
): string {
  const isMore = refinement < 0;
  const clauses: string[] = [];
  if (!causes.includes('discrimination')) {
    clauses.push(
      isValues
        ? 'what the predictions tell about the true values is the same'
        : 'what the scores tell about the targets is the same',
    );
  } else {
    const told = isMore ? 'more' : 'less';
    clauses.push(
      isValues
        ? `the predictions tell ${told} about the true values`
        : `the scores tell ${told} about the targets`,
    );
  }
  if (causes.includes('scale')) {
    const better = scale > 0 ? 'further from' : 'nearer to';
    clauses.push(
      isValues ? `their slope is ${better} 1` : `their scale is ${scale > 0 ? 'worse' : 'better'}`,
    );
  }
  if (causes.includes('offsets')) {
    clauses.push(
      isValues
        ? `their mean is ${offsets > 0 ? 'further from' : 'nearer to'} that of the true values`
        : `some ${unit} are favoured ${offsets > 0 ? 'more' : 'less'} than before`,
    );
  }
  return listed(clauses);
}
