/** The answer to "what happened between these two dumps, and what is to be done?" in a few sentences. */

import type { Cause, Change, ExplainReport, Verdict } from '../types/explain.js';
import { isShare, type Readings } from '../types/rows.js';
import { type AdviceFacts, adviceOf } from './advice.js';
import { causeNames, causesOf, meaningOf, type PartDeltas, partsText } from './causes.js';
import { holm } from './paired-tests.js';
import { pText, type TaskWords, taskWords } from './task-words.js';

type Facts = Pick<
  ExplainReport,
  | 'loss'
  | 'accuracy'
  | 'absoluteError'
  | 'refinement'
  | 'scale'
  | 'offsets'
  | 'accuracyLost'
  | 'cells'
  | 'logTemperatureRatio'
>;

/** The loss and its three parts. */
type LossFacts = Required<Pick<Facts, 'loss' | 'refinement' | 'scale' | 'offsets'>>;

const NAMES = { before: 'the first', after: 'the second' } as const;

/**
 * Tests the changes of both readings and of the three parts of the loss, as many as there are, all
 * together at one level: causes by Bonferroni, so that naming one does not make
 * it easier to name the other; "no change at all" by Holm.
 * @param advised both readings, for what to do
 */
export function verdictOf(
  facts: Facts,
  level: number,
  readings: Readings,
  advised?: AdviceFacts,
): Verdict {
  const { loss, accuracy, absoluteError, refinement, scale, offsets } = facts;
  const changes = [loss, accuracy, absoluteError, refinement, scale, offsets].filter(
    (change): change is Change => change !== undefined,
  );
  const changed = holm(changes.map(({ pValue }) => pValue)).some((value) => value <= level);
  const isBeyondChance = (change: Change | undefined) =>
    change !== undefined && change.pValue * changes.length <= level;
  const causes = causesOf((part) => isBeyondChance(facts[part]));
  const words = taskWords(readings, 'percentage points');
  const sentences = [headline(facts, level, words)];
  if (loss && refinement && scale && offsets) {
    const ofLoss = { loss, refinement, scale, offsets };
    sentences.push(
      causes.length === 0
        ? noCause(ofLoss, changed, words, !isShare(readings))
        : ofParts(ofLoss, causes, words, readings, facts, level),
    );
  } else if (accuracy) sentences.push(ofLabels(accuracy, changed));
  const paradox = findParadox(facts);
  const isChanged = changed || causes.length > 0;
  if (paradox !== null && isChanged) sentences.push(mistakes(paradox, level, readings));
  const advice = advised === undefined ? '' : adviceOf(advised, causes, words, NAMES);
  if (advice !== '') sentences.push(advice);
  return {
    causes,
    changed: isChanged,
    level,
    paradox: paradox !== null,
    text: sentences.join(' '),
    advice,
  };
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

function deltasOf({ refinement, scale, offsets }: LossFacts): PartDeltas {
  return { refinement: refinement.delta, scale: scale.delta, offsets: offsets.delta };
}

function ofParts(
  facts: LossFacts,
  causes: readonly Cause[],
  words: TaskWords,
  readings: Readings,
  { logTemperatureRatio = Number.NaN, accuracyLost }: Facts,
  level: number,
): string {
  const isValues = !isShare(readings);
  const deltas = deltasOf(facts);
  const unit = readings.second === 'exact_match' ? 'labels' : 'classes';
  const ratio =
    causes.includes('scale') && !Number.isNaN(logTemperatureRatio)
      ? `; the best temperature went ${logTemperatureRatio > 0 ? 'up' : 'down'} by a factor of ${Math.exp(Math.abs(logTemperatureRatio)).toFixed(2)}`
      : '';
  const cost =
    causes.includes('offsets') && accuracyLost !== undefined && accuracyLost.pValue <= level
      ? `, which ${accuracyLost.delta > 0 ? 'costs' : 'gives back'} ${words.secondAmount(Math.abs(accuracyLost.delta)).slice(1)} of accuracy (${pText(accuracyLost.pValue)})`
      : '';
  const end = !causes.includes('discrimination')
    ? ''
    : `; no ${isValues ? 'straight line' : 'recalibration'} would undo ${causes.length > 1 ? 'the change of ' : ''}${causes.length > 1 ? causeNames(['discrimination'], isValues) : 'that'}`;
  return `The change is one of ${causeNames(causes, isValues)} (${partsText(deltas, words, isValues)}${ratio}): ${meaningOf(causes, deltas, isValues, unit)}${cost}${end}.`;
}

function noCause(facts: LossFacts, changed: boolean, words: TaskWords, isValues: boolean): string {
  const deltas = deltasOf(facts);
  if (changed) {
    const causes = isValues
      ? 'Neither slope nor intercept nor the noise around the line'
      : 'Neither scale nor offsets nor discrimination';
    return `${causes} changed beyond chance by itself (${partsText(deltas, words, isValues)}).`;
  }
  return Object.values(deltas).every((delta) => delta === 0)
    ? sameText(isValues ? 'squared and absolute error' : 'loss and accuracy')
    : 'With this many rows nothing here can be told from chance.';
}

function sameText(readings: string): string {
  return `Both dumps say the same of every row, as far as ${readings} can tell.`;
}

/** Of labels alone, which have no scores that could tell a cause. */
function ofLabels(accuracy: Required<Facts>['accuracy'], changed: boolean): string {
  const { wrongToRight, rightToWrong } = accuracy;
  if (wrongToRight === 0 && rightToWrong === 0) return sameText('accuracy');
  const rows = `${wrongToRight} rows became right, ${rightToWrong} wrong`;
  return !changed
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
