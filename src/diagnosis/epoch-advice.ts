/** What to do about a training run, from its own numbers: which epoch to keep, and what recalibration would mend. */

import type { EpochChange, EpochReading, EpochsAdvice, Phase } from '../types/epochs.js';
import { isShare, type Readings } from '../types/rows.js';
import type { EpochPair } from './epoch-columns.js';
import { holm } from './paired-tests.js';
import type { Pairs } from './stretches.js';
import { pText, type TaskWords, taskWords } from './task-words.js';

export interface AdviceInput {
  readonly epochs: readonly EpochReading[];
  readonly pairs: Pairs;
  readonly phases: readonly Phase[];
  readonly readings: Readings;
}

/** @param input of one epoch or more */
export function adviceOf(input: AdviceInput): EpochsAdvice {
  const { epochs, readings } = input;
  const lowest = bestPlace(epochs, () => true);
  if (lowest === epochs.length - 1) return ofLast(input, epochs[lowest]);
  const words = taskWords(readings, 'points');
  const all = changesFromLast(input);
  // The lowest may be so by chance where another is better for sure.
  const sure = bestPlace(epochs, (i) => i < all.length && isBetter(all[i]));
  const at = sure < 0 ? lowest : sure;
  const best = epochs[at];
  const { epoch, source } = best;
  const changes = all[at];
  const facts = { epoch, source, ...changes };
  const last = epochs[epochs.length - 1];
  const instead = `${numbersText(best, last, words)}${changesText(changes, words)}`;
  const second = betterSecond(changes);
  if (!isBetter(changes) && second !== 'here') {
    const text = `Epoch ${epoch} is best, but not beyond chance: ${instead}. The last is as good as can be told.`;
    return { kind: 'either', ...facts, text };
  }
  const choice =
    second === 'last' ? ` By ${words.second} the last is better: which one counts?` : '';
  const chance =
    at === lowest
      ? ''
      : ` (Epoch ${epochs[lowest].epoch}, the lowest, is not better than the last beyond chance.)`;
  const stop = `Stop at epoch ${epoch}: ${instead}.${choice}${chance}`;
  const { recalibrated } = changes;
  if (recalibrated === undefined) return { kind: 'stop', ...facts, text: stop };
  const rest = recalibrationText(best, last, changes, words);
  return { kind: rest.isMended ? 'recalibrate' : 'stop', ...facts, text: `${stop} ${rest.text}` };
}

/** What recalibration would make of both epochs, and whether the last would be as good then. */
function recalibrationText(
  best: EpochReading,
  last: EpochReading,
  changes: Changes,
  words: TaskWords,
): { readonly isMended: boolean; readonly text: string } {
  const { epoch, last: mended, refinement } = changes.recalibrated!;
  const size = (loss: number) => words.lossAmount(loss).slice(1);
  const test = `(Δrefinement ${words.lossAmount(refinement.delta)}, ${pText(refinement.correctedPValue)})`;
  const what = changes.accuracy ? 'what its scores tell about the targets' : 'its noise';
  if (refinement.movement !== 'up' && mended < last.loss!) {
    const asGood = `Or recalibrate the last${remedy(last)}: ${size(mended)} instead of ${size(last.loss!)}, and ${what} is not worse beyond chance ${test}; recalibrated, epoch ${best.epoch} has ${size(epoch)}.`;
    // A straight line mends both readings.
    if (changes.accuracy === undefined || betterSecond(changes) !== 'here')
      return { isMended: true, text: asGood };
    return { isMended: false, text: `${asGood} ${secondText(last, words)}` };
  }
  const worse =
    refinement.movement === 'up'
      ? `: ${what} got worse ${test}, which no recalibration mends`
      : ` ${test}`;
  const text = `Recalibrated${remedy(last)}, the last has ${size(mended)}, and epoch ${best.epoch}${remedy(best)} ${size(epoch)}${worse}.`;
  return { isMended: false, text };
}

/** What a recalibration does to the second reading: without offsets it moves no row from wrong to right. */
function secondText({ accuracy, accuracyAtOffsets }: EpochReading, words: TaskWords): string {
  if (accuracyAtOffsets === undefined) return `That mends the loss alone, not ${words.second}.`;
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return `At its offsets ${words.second} is ${share(accuracyAtOffsets.value)} instead of ${share(accuracy!)}.`;
}

/** The first of lowest loss, of labels alone of highest accuracy, among some; −1 where there are none. */
function bestPlace(epochs: readonly EpochReading[], isMeant: (place: number) => boolean): number {
  const cost = ({ loss, accuracy }: EpochReading) => loss ?? -(accuracy ?? Number.NaN);
  let best = -1;
  epochs.forEach((epoch, i) => {
    if (isMeant(i) && (best < 0 || cost(epoch) < cost(epochs[best]))) best = i;
  });
  return best;
}

/** Whether an epoch is better than the last beyond chance, by the loss; of labels alone by accuracy. */
function isBetter({ loss, accuracy }: Changes): boolean {
  return loss === undefined ? accuracy?.movement === 'up' : loss.movement === 'down';
}

function ofLast({ epochs, phases, readings }: AdviceInput, best: EpochReading): EpochsAdvice {
  const { epoch, source } = best;
  const words = taskWords(readings, 'points');
  const facts = { epoch, source };
  const phase = phases[phases.length - 1];
  const isFalling = phase?.loss?.movement === 'down' || phase?.kind === 'accuracy-rises';
  const what = readings.loss === null ? words.second : words.loss;
  if (epochs.length > 1 && isFalling) {
    const text = `The last epoch, ${epoch}, is best, and ${what} was still getting better since epoch ${phase!.from}: training longer may pay.`;
    return { kind: 'go-on', ...facts, text };
  }
  return { kind: 'last', ...facts, text: `The last epoch, ${epoch}, is best: keep it.` };
}

type Changes = Pick<EpochsAdvice, 'loss' | 'accuracy' | 'absoluteError' | 'recalibrated'>;

/**
 * What each epoch has more or less than the last. One is chosen among them, so the tests are
 * corrected for all.
 */
function changesFromLast({ epochs, pairs, readings }: AdviceInput): Changes[] {
  const end = epochs.length - 1;
  const compared = Array.from({ length: end }, (_, i) => pairs.between(i, end));
  const tests = ({ loss, second, refinement }: EpochPair) =>
    [second, loss, refinement].flatMap((test) => (test === undefined ? [] : [test.pValue]));
  const corrected = holm(compared.flatMap(tests));
  const each = corrected.length / end;
  const last = epochs[end].refinement;
  return compared.map(({ loss, second, refinement }, at) => {
    const change = (mean: number, place: number): EpochChange => {
      const correctedPValue = corrected[at * each + place];
      const isStill = correctedPValue > pairs.level || mean === 0;
      return {
        delta: mean,
        correctedPValue,
        movement: isStill ? 'still' : mean > 0 ? 'up' : 'down',
      };
    };
    const best = epochs[at].refinement;
    return {
      ...(loss && { loss: change(-loss.mean, 1) }),
      [isShare(readings) ? 'accuracy' : 'absoluteError']: change(-second.mean, 0),
      ...(refinement &&
        best &&
        last && {
          recalibrated: {
            epoch: best.crossFitted,
            last: last.crossFitted,
            refinement: change(refinement.mean, 2),
          },
        }),
    };
  });
}

function numbersText(best: EpochReading, last: EpochReading, words: TaskWords): string {
  const isLoss = best.loss !== undefined;
  const size = (value: number) =>
    isLoss ? words.lossAmount(value).slice(1) : `${(100 * value).toFixed(1)} %`;
  const [a, b] = isLoss ? [best.loss!, last.loss!] : [best.accuracy!, last.accuracy!];
  return `${isLoss ? words.loss : words.second} is ${size(a)} instead of ${size(b)} at the last, epoch ${last.epoch}`;
}

/** The test of the loss, and the change of the second reading with its own. */
function changesText({ loss, accuracy, absoluteError }: Changes, words: TaskWords): string {
  const second = accuracy ?? absoluteError!;
  const test = pText(second.correctedPValue);
  if (loss === undefined) return ` (${test})`;
  return ` (${pText(loss.correctedPValue)}), ${words.second} ${words.secondAmount(second.delta)} (${test})`;
}

/** Where the second reading is better beyond chance: at the epoch of lowest loss, or at the last. */
function betterSecond({ accuracy, absoluteError }: Changes): 'here' | 'last' | null {
  if (accuracy !== undefined) {
    return accuracy.movement === 'still' ? null : accuracy.movement === 'up' ? 'here' : 'last';
  }
  const { movement } = absoluteError!;
  return movement === 'still' ? null : movement === 'down' ? 'here' : 'last';
}

/** What a recalibration does, where it is a number or two. */
function remedy({ temperature, line, offsets }: EpochReading): string {
  const digits = (value: number) => String(Number(value.toPrecision(3)));
  if (temperature !== undefined && temperature.bound === undefined) {
    const moved = offsets === undefined ? '' : ', and moved by offsets';
    return ` (logits divided by ${digits(temperature.value)}${moved})`;
  }
  return line === undefined
    ? ''
    : ` (slope ${digits(line.slope.value)}, intercept ${digits(line.intercept.value)})`;
}
