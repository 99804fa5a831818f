/** The answer to "what happened between these two dumps?" in a few sentences. */

import type { Cause, Change, ExplainReport, Verdict } from '../types/explain.js';
import { isShare, type Readings } from '../types/rows.js';
import { holm } from './paired-tests.js';
import { pText, type TaskWords, taskWords } from './task-words.js';

type Facts = Pick<
  ExplainReport,
  | 'loss'
  | 'accuracy'
  | 'absoluteError'
  | 'refinement'
  | 'calibration'
  | 'cells'
  | 'logTemperatureRatio'
>;

/** The loss and its two parts. */
type LossFacts = Required<Pick<Facts, 'loss' | 'refinement' | 'calibration'>>;

/**
 * Tests the changes of both readings, of refinement and of calibration, as many as there are, all
 * together at one level: causes by Bonferroni, so that naming one does not make
 * it easier to name the other; "no change at all" by Holm.
 */
export function verdictOf(facts: Facts, level: number, readings: Readings): Verdict {
  const { loss, accuracy, absoluteError, refinement, calibration } = facts;
  const changes = [loss, accuracy, absoluteError, refinement, calibration].filter(
    (change): change is Change => change !== undefined,
  );
  const holds = holm(changes.map(({ pValue }) => pValue)).some((value) => value <= level);
  const isBeyondChance = (change: Change | undefined) =>
    change !== undefined && change.pValue * changes.length <= level;
  const cause = causeOf(isBeyondChance(refinement), isBeyondChance(calibration), holds);
  const words = taskWords(readings, 'percentage points');
  const sentences = [headline(facts, level, words)];
  if (loss && refinement && calibration) {
    const ofLoss = { loss, refinement, calibration };
    sentences.push(
      cause === 'unattributed' || cause === 'none'
        ? noCause(ofLoss, cause, words, !isShare(readings))
        : isShare(readings)
          ? ofScores(ofLoss, cause, words, facts.logTemperatureRatio)
          : ofLine(ofLoss, cause, words),
    );
  } else if (accuracy) sentences.push(ofLabels(accuracy, cause));
  const paradox = findParadox(facts);
  if (paradox !== null && cause !== 'none') {
    sentences.push(mistakes(paradox, level, readings));
  }
  return { cause, level, paradox: paradox !== null, text: sentences.join(' ') };
}

function causeOf(discrimination: boolean, confidence: boolean, anyChange: boolean): Cause {
  if (discrimination) return confidence ? 'both' : 'discrimination';
  if (confidence) return 'confidence';
  return anyChange ? 'unattributed' : 'none';
}

function headline(facts: Facts, level: number, words: TaskWords): string {
  const { loss, accuracy, absoluteError } = facts;
  const verb = ({ delta, pValue }: Change, word: string, amount: string) => {
    if (delta === 0) return `${word} did not change`;
    if (pValue > level) return `${word} did not change beyond chance (${amount}, ${pText(pValue)})`;
    return `${word} ${delta > 0 ? 'rose' : 'fell'} by ${amount.slice(1)} (${pText(pValue)})`;
  };
  const second = accuracy ?? absoluteError;
  const parts: string[] = [];
  if (loss) parts.push(verb(loss, words.loss, words.lossAmount(loss.delta)));
  if (second) parts.push(verb(second, words.second, words.secondAmount(second.delta)));
  const sentence = parts.join(', and ');
  return `${sentence[0].toUpperCase()}${sentence.slice(1)}.`;
}

type NamedCause = 'confidence' | 'discrimination' | 'both';

function partsText({ refinement, calibration }: LossFacts, { lossAmount }: TaskWords): string {
  return `calibration ${lossAmount(calibration.delta)}, refinement ${lossAmount(refinement.delta)}`;
}

function ofScores(
  facts: LossFacts,
  cause: NamedCause,
  words: TaskWords,
  logTemperatureRatio: number | undefined,
): string {
  const parts = partsText(facts, words);
  const hasRatio = logTemperatureRatio !== undefined && !Number.isNaN(logTemperatureRatio);
  const scale = hasRatio
    ? `; the best temperature went ${logTemperatureRatio > 0 ? 'up' : 'down'} by a factor of ${Math.exp(Math.abs(logTemperatureRatio)).toFixed(2)}`
    : '';
  const more = facts.refinement.delta > 0 ? 'less' : 'more';
  const better = facts.calibration.delta > 0 ? 'worse' : 'better';
  switch (cause) {
    case 'confidence':
      return `The change is one of confidence (${parts}${scale}): what the scores tell about the targets is the same, their scale is ${better}.`;
    case 'discrimination':
      return `The change is one of discrimination (${parts}): the scores tell ${more} about the targets, and no temperature would undo that.`;
    case 'both':
      return `Both parts changed (${parts}${scale}): the scores tell ${more} about the targets, and their scale is ${better}.`;
  }
}

/** Of values, which a straight line recalibrates. */
function ofLine(facts: LossFacts, cause: NamedCause, words: TaskWords): string {
  const parts = partsText(facts, words);
  const more = facts.refinement.delta > 0 ? 'less' : 'more';
  const mends = facts.calibration.delta > 0 ? 'more' : 'less';
  switch (cause) {
    case 'confidence':
      return `The change is one of slope and intercept (${parts}): what the predictions tell about the true values is the same, and a straight line would mend ${mends} of their error.`;
    case 'discrimination':
      return `The change is one of noise (${parts}): the predictions tell ${more} about the true values, and no straight line would undo that.`;
    case 'both':
      return `Both parts changed (${parts}): the predictions tell ${more} about the true values, and a straight line would mend ${mends} of their error.`;
  }
}

function noCause(
  facts: LossFacts,
  cause: 'unattributed' | 'none',
  words: TaskWords,
  isValues: boolean,
): string {
  const { refinement, calibration } = facts;
  if (cause === 'unattributed') {
    const causes = isValues
      ? 'Neither the straight line that fits best nor the noise around it'
      : 'Neither confidence nor discrimination';
    return `${causes} changed beyond chance by itself (${partsText(facts, words)}).`;
  }
  return refinement.delta === 0 && calibration.delta === 0
    ? sameText(isValues ? 'squared and absolute error' : 'loss and accuracy')
    : 'With this many rows nothing here can be told from chance.';
}

function sameText(readings: string): string {
  return `Both dumps say the same of every row, as far as ${readings} can tell.`;
}

/** Of labels alone, which have no scores that could tell a cause. */
function ofLabels(accuracy: Required<Facts>['accuracy'], cause: Cause): string {
  const { wrongToRight, rightToWrong } = accuracy;
  if (wrongToRight === 0 && rightToWrong === 0) return sameText('accuracy');
  const rows = `${wrongToRight} rows became right, ${rightToWrong} wrong`;
  return cause === 'none'
    ? `With this many rows that cannot be told from chance (${rows}).`
    : `${rows}; without scores there is no loss, and nothing that could tell a cause.`;
}

/** What a paradox is told with. */
interface Paradox {
  readonly accuracy: Required<Facts>['accuracy'];
  /** What rows wrong both times add to the loss. */
  readonly added: number;
}

/** More right answers, and a higher loss by rows that were wrong all the time. */
function findParadox({ loss, accuracy, cells = [] }: Facts): Paradox | null {
  if (!loss || !accuracy || accuracy.wrongToRight <= accuracy.rightToWrong) return null;
  const wrongWrong = cells.find(({ before, after }) => before === 'wrong' && after === 'wrong');
  const added = wrongWrong?.contribution;
  if (!(loss.delta > 0) || added === undefined) return null;
  const others = cells.filter((cell) => cell !== wrongWrong);
  return others.every(({ contribution = 0 }) => contribution < added) ? { accuracy, added } : null;
}

function mistakes({ accuracy, added }: Paradox, level: number, { second }: Readings): string {
  const { wrongToRight, rightToWrong, pValue } = accuracy;
  const right = second === 'exact_match' ? 'rows have all labels right' : 'answers are right';
  return `${pValue <= level ? `More ${right}` : `If anything, more ${right}`} (${wrongToRight} rows became right, ${rightToWrong} wrong), and the mistakes that remain are more confident: rows wrong both times add ${added.toFixed(4)} to the loss.`;
}
