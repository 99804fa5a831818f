/** A phase of a training run in a sentence. */

import type { EpochChange, Phase, PhaseClass } from '../types/epochs.js';
import { quote } from '../types/errors.js';
import { isShare, type Readings } from '../types/rows.js';
import { pText, signedText, type TaskWords, taskWords } from './task-words.js';

type Facts = Omit<Phase, 'text'>;

/** What both readings did, what that means, and the parts of the loss behind it. */
export function phaseText(facts: Facts, readings: Readings): string {
  const words = taskWords(readings, 'points');
  const { from, to, loss, accuracy, absoluteError } = facts;
  const did = (name: string, { movement, correctedPValue }: EpochChange, amount: string) =>
    movement === 'still'
      ? `${name} stood still (${amount}, ${pText(correctedPValue)})`
      : `${name} went ${movement} by ${amount.slice(1)} (${pText(correctedPValue)})`;
  const second = accuracy ?? absoluteError!;
  const readingsDid = [
    ...(loss ? [did(words.loss, loss, words.lossAmount(loss.delta))] : []),
    did(words.second, second, words.secondAmount(second.delta)),
  ];
  const parts = partTexts(facts, words).join(', ');
  const meaning = meaningOf(facts, readings, words);
  const rest = [dropText(facts, words), classText(facts)].filter((text) => text !== '');
  const sentence = `Epoch ${from} to ${to}: ${readingsDid.join(', ')}: ${meaning}${parts === '' ? '' : ` (${parts})`}.`;
  return [sentence, ...rest].join(' ');
}

/** The finest parts that there are. */
function partTexts({ refinement, calibration, scale, offsets }: Facts, words: TaskWords): string[] {
  const part = (name: string, change: EpochChange | undefined) =>
    change === undefined ? [] : [`Δ${name} ${words.lossAmount(change.delta)}`];
  const calibrated =
    scale && offsets
      ? [...part('scale', scale), ...part('offsets', offsets)]
      : part('calibration', calibration);
  return [...part('refinement', refinement), ...calibrated];
}

/** What changed beyond chance behind the loss, in words; of values, which a straight line recalibrates, others. */
function behind({ refinement, calibration, scale, offsets }: Facts, isOfShares: boolean) {
  const moved = (change: EpochChange | undefined) => change?.movement ?? 'still';
  const isTold = scale !== undefined && offsets !== undefined;
  return {
    refinement: moved(refinement),
    calibration: moved(calibration),
    names: [
      ...(moved(refinement) === 'still'
        ? []
        : [isOfShares ? 'what the scores tell about the targets' : 'the noise that no line mends']),
      ...(moved(isTold ? scale : calibration) === 'still'
        ? []
        : [
            isOfShares
              ? 'confidence'
              : isTold
                ? 'the slope that fits best'
                : 'the line that fits best',
          ]),
      ...(isTold && moved(offsets) !== 'still'
        ? [isOfShares ? 'which classes are favoured' : 'the intercept that fits best']
        : []),
    ],
  };
}

function and(names: readonly string[]): string {
  return names.length < 2
    ? names.join('')
    : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

function meaningOf(facts: Facts, readings: Readings, { second }: TaskWords): string {
  const isOfShares = isShare(readings);
  const { refinement, calibration, names } = behind(facts, isOfShares);
  const cause =
    names.length === 0 ? 'a cause cannot be told from chance' : `what changed is ${and(names)}`;
  const isConfidence = isOfShares && calibration !== 'still' && refinement === 'still';
  switch (facts.kind) {
    case 'both-improve':
      return 'both improve';
    case 'both-worsen':
      return `both get worse; ${cause}`;
    case 'nothing-beyond-chance':
      return 'nothing beyond chance';
    case 'accuracy-rises':
      return 'more rows are right';
    case 'accuracy-falls':
      return 'fewer rows are right';
    case 'loss-falls-accuracy-stands':
      return isConfidence
        ? 'growing confidence in what is right, not an error'
        : `the scores get better though no more rows are right, which is no error; ${cause}`;
    case 'loss-rises-accuracy-stands':
      return isConfidence
        ? `over-confidence: ${facts.offsets ? cause : 'confidence moves away from what it is worth'}`
        : `the scores get worse though no fewer rows are right; ${cause}`;
    case 'loss-rises-accuracy-rises':
      return `over-confidence: more rows are right, and what is wrong is more surely wrong; ${cause}`;
    case 'loss-falls-accuracy-falls':
      return `the scores get better as a whole, and yet fewer rows are right; ${cause}`;
    case 'loss-stands-accuracy-falls':
      return `fewer rows are right at the same loss; ${cause}`;
    case 'loss-stands-accuracy-rises':
      return `more rows are right at the same loss; ${cause}`;
    case 'loss-falls-error-rises':
    case 'loss-falls-error-stands':
      return `large errors get smaller, and ${second} does not follow; ${cause}`;
    case 'loss-rises-error-falls':
    case 'loss-rises-error-stands':
      return `few errors grow large, and ${second} does not follow; ${cause}`;
    case 'loss-stands-error-rises':
      return 'small errors grow at the same squared error';
    default:
      return 'small errors shrink at the same squared error';
  }
}

function dropText({ drop }: Facts, { secondAmount }: TaskWords): string {
  if (drop === undefined) return '';
  return `More than half of the fall lies between epochs ${drop.from} and ${drop.to} (${secondAmount(drop.delta)}).`;
}

function classText({ classes, offsets }: Facts): string {
  if (classes === undefined) return '';
  const list = (changes: readonly PhaseClass[]) =>
    and(
      changes.map(({ target, name, delta, rows, correctedPValue }) => {
        const points = signedText(delta, (size) => (100 * size).toFixed(1));
        const called = name === undefined ? String(target) : quote(name);
        return `${called} (${points} points of ${rows} rows, ${pText(correctedPValue)})`;
      }),
    );
  const { lost, gained } = classes;
  const sides = [
    ...(lost.length > 0 ? [`lost: ${list(lost)}`] : []),
    ...(gained.length > 0 ? [`gained: ${list(gained)}`] : []),
  ];
  if (sides.length === 0) return '';
  const boundary =
    offsets === undefined || offsets.movement === 'still'
      ? ''
      : ` The offsets of classes moved (Δoffsets ${signedText(offsets.delta, (size) => size.toFixed(4))}, ${pText(offsets.correctedPValue)}): where the boundary lies, not what the scores tell.`;
  return `Classes that ${sides.join('; that ')}.${boundary}`;
}
