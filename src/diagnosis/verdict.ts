/** The answer to "what happened between these two dumps?" in a few sentences. */

import type { Cause, Change, ExplainReport, Verdict } from '../types/explain.js';
import { holm } from './paired-tests.js';

type Facts = Pick<
  ExplainReport,
  'loss' | 'accuracy' | 'refinement' | 'calibration' | 'cells' | 'logTemperatureRatio'
>;

const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(4)}`;
const points = (x: number): string =>
  `${x < 0 ? '−' : '+'}${Math.abs(100 * x).toFixed(1)} percentage points`;

/** p-values for reading. */
function p(value: number): string {
  return value < 0.001 ? 'p < 0.001' : `p = ${value.toFixed(3)}`;
}

/**
 * Tests the changes of loss, accuracy, refinement and calibration, all four
 * together at one level: causes by Bonferroni, so that naming one does not make
 * it easier to name the other; "no change at all" by Holm.
 */
export function verdictOf(facts: Facts, level: number): Verdict {
  const { loss, accuracy, refinement, calibration, cells } = facts;
  const changes: readonly Change[] = [loss, accuracy, refinement, calibration];
  const holds = holm(changes.map(({ pValue }) => pValue)).some((value) => value <= level);
  const isBeyondChance = ({ pValue }: Change) => pValue * changes.length <= level;
  const cause = causeOf(isBeyondChance(refinement), isBeyondChance(calibration), holds);
  const wrongWrong = cells.find(({ before, after }) => before === 'wrong' && after === 'wrong');
  const others = cells.filter((cell) => cell !== wrongWrong);
  const paradox =
    loss.delta > 0 &&
    accuracy.wrongToRight > accuracy.rightToWrong &&
    wrongWrong !== undefined &&
    others.every(({ contribution }) => contribution < wrongWrong.contribution);
  const sentences = [headline(facts, level), explanation(facts, cause)];
  if (paradox && cause !== 'none') {
    sentences.push(
      `${accuracy.pValue <= level ? 'More answers are right' : 'If anything, more answers are right'} (${accuracy.wrongToRight} rows became right, ${accuracy.rightToWrong} wrong), and the mistakes that remain are more confident: rows wrong both times add ${wrongWrong.contribution.toFixed(4)} to the loss.`,
    );
  }
  return { cause, level, paradox, text: sentences.join(' ') };
}

function causeOf(discrimination: boolean, confidence: boolean, anyChange: boolean): Cause {
  if (discrimination) return confidence ? 'both' : 'discrimination';
  if (confidence) return 'confidence';
  return anyChange ? 'unattributed' : 'none';
}

function headline({ loss, accuracy }: Facts, level: number): string {
  const verb = ({ delta, pValue }: Change, word: string, amount: string) => {
    if (delta === 0) return `${word} did not change`;
    if (pValue > level) return `${word} did not change beyond chance (${amount}, ${p(pValue)})`;
    return `${word} ${delta > 0 ? 'rose' : 'fell'} by ${amount.slice(1)} (${p(pValue)})`;
  };
  const first = verb(loss, 'the loss', signed(loss.delta));
  const second = verb(accuracy, 'accuracy', points(accuracy.delta));
  return `${first[0].toUpperCase()}${first.slice(1)}, and ${second}.`;
}

function explanation(facts: Facts, cause: Cause): string {
  const { refinement, calibration, logTemperatureRatio } = facts;
  const parts = `calibration ${signed(calibration.delta)}, refinement ${signed(refinement.delta)}`;
  const scale = Number.isNaN(logTemperatureRatio)
    ? ''
    : `; the best temperature went ${logTemperatureRatio > 0 ? 'up' : 'down'} by a factor of ${Math.exp(Math.abs(logTemperatureRatio)).toFixed(2)}`;
  const better = (delta: number) => (delta > 0 ? 'less' : 'more');
  switch (cause) {
    case 'confidence':
      return `The change is one of confidence (${parts}${scale}): what the scores tell about the targets is the same, their scale is ${calibration.delta > 0 ? 'worse' : 'better'}.`;
    case 'discrimination':
      return `The change is one of discrimination (${parts}): the scores tell ${better(refinement.delta)} about the targets, and no temperature would undo that.`;
    case 'both':
      return `Both parts changed (${parts}${scale}): the scores tell ${better(refinement.delta)} about the targets, and their scale is ${calibration.delta > 0 ? 'worse' : 'better'}.`;
    case 'unattributed':
      return `Neither confidence nor discrimination changed beyond chance by itself (${parts}).`;
    case 'none':
      return refinement.delta === 0 && calibration.delta === 0
        ? 'Both dumps say the same of every row, as far as loss and accuracy can tell.'
        : 'With this many rows nothing here can be told from chance.';
  }
}
