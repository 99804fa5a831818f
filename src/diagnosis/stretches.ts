/**
 * Stretches of a training run over which the loss and the second reading do not tell
 * the same, each with its cause: of classes loss and accuracy, of values squared and
 * absolute error.
 *
 * The turning points are those of a zigzag: an extreme counts as one when the
 * series comes back from it beyond chance. As they are chosen from the data,
 * "beyond chance" is corrected by Holm for all pairs of epochs and both series.
 */

import type { ScalarMath } from '../metrics/scalar-math.js';
import type { EpochChange, Movement, Stretch } from '../types/epochs.js';
import { isShare, type Readings } from '../types/rows.js';
import { causeNames, causesOf, meaningOf, partsText } from './causes.js';
import { comparePair, type EpochColumns, type EpochPair } from './epoch-columns.js';
import { holm, type PairedMean } from './paired-tests.js';
import { pText, taskWords } from './task-words.js';

export type Series = 'loss' | 'second';
/** What the loss is made of. */
export type Part = 'refinement' | 'calibration' | 'scale' | 'offsets';

/** Parts that causes are made of. */
const PARTS = 3;

/** Comparisons of all pairs of epochs. */
export class Pairs {
  readonly count: number;
  readonly level: number;
  readonly math: ScalarMath;
  readonly #pairs: EpochPair[] = [];
  readonly #corrected: Record<Series, number[]>;

  /** @param compare as {@link comparePair}, which may remember what it has compared */
  constructor(
    epochs: readonly EpochColumns[],
    level: number,
    math: ScalarMath,
    compare: typeof comparePair = comparePair,
  ) {
    this.count = epochs.length;
    this.level = level;
    this.math = math;
    for (let j = 1; j < this.count; j++) {
      for (let i = 0; i < j; i++) this.#pairs.push(compare(epochs[i], epochs[j], math));
    }
    const losses = this.#pairs.flatMap(({ loss }) => (loss === undefined ? [] : [loss.pValue]));
    const corrected = holm([...losses, ...this.#pairs.map(({ second }) => second.pValue)]);
    this.#corrected = {
      loss: corrected.slice(0, losses.length),
      second: corrected.slice(losses.length),
    };
  }

  #at(from: number, to: number): number {
    return (to * (to - 1)) / 2 + from;
  }

  /** As compared, not corrected. */
  between(from: number, to: number): EpochPair {
    return this.#pairs[this.#at(from, to)];
  }

  change(series: Series, from: number, to: number): EpochChange {
    const at = this.#at(from, to);
    return this.#change(this.#pairs[at][series]!, this.#corrected[series][at]);
  }

  /**
   * A part of the loss, corrected for as many tests as there are pairs of each part; undefined
   * where the epochs have none.
   */
  part(part: Part, from: number, to: number): EpochChange | undefined {
    const change = this.#pairs[this.#at(from, to)][part];
    if (change === undefined) return undefined;
    return this.#change(change, Math.min(1, PARTS * this.#pairs.length * change.pValue));
  }

  #change({ mean }: PairedMean, correctedPValue: number): EpochChange {
    const isBeyondChance = correctedPValue <= this.level && mean !== 0;
    const movement: Movement = isBeyondChance ? (mean > 0 ? 'up' : 'down') : 'still';
    return { delta: mean, correctedPValue, movement };
  }
}

/** Indices of the turning points of a series, its ends among them. */
export function turningPoints(pairs: Pairs, series: Series): number[] {
  const height = (i: number) => (i === 0 ? 0 : pairs.change(series, 0, i).delta);
  const points = [0];
  let direction: Movement = 'still';
  // The furthest that the present movement got; before the first, both ends.
  let low = 0;
  let high = 0;
  for (let i = 1; i < pairs.count; i++) {
    if (height(i) > height(high)) high = i;
    if (height(i) < height(low)) low = i;
    const isUp: boolean =
      direction !== 'up' && low < i && pairs.change(series, low, i).movement === 'up';
    const isDown: boolean =
      direction !== 'down' && high < i && pairs.change(series, high, i).movement === 'down';
    if (isUp || isDown) {
      points.push(isUp ? low : high);
      direction = isUp ? 'up' : 'down';
      // What comes back is compared with the extreme of this movement alone.
      low = i;
      high = i;
    }
  }
  if (direction !== 'still') points.push(direction === 'up' ? high : low);
  points.push(pairs.count - 1);
  return points;
}

const OPPOSITE: Readonly<Record<Movement, Movement>> = { up: 'down', down: 'up', still: 'still' };

/** The movement of the loss that tells the same as this one of the second reading. */
export function agreeing(movement: Movement, readings: Readings): Movement {
  return isShare(readings) ? OPPOSITE[movement] : movement;
}

/**
 * @param columns of each epoch, over the same rows
 * @param names number of each epoch
 * @returns the stretches over which one of the loss and the second reading got better or worse and the other did not; none where there is no loss
 */
export function findStretches(
  columns: readonly EpochColumns[],
  names: readonly number[],
  level: number,
  math: ScalarMath,
  pairs: Pairs = new Pairs(columns, level, math),
): Stretch[] {
  if (columns.length < 2 || columns.some(({ losses }) => losses === null)) return [];
  const { readings } = columns[0];
  const points = [...new Set([...turningPoints(pairs, 'loss'), ...turningPoints(pairs, 'second')])];
  points.sort((a, b) => a - b);
  const stretches: Stretch[] = [];
  for (let i = 0; i + 1 < points.length; i++) {
    const [from, to] = [points[i], points[i + 1]];
    const loss = pairs.change('loss', from, to);
    const second = pairs.change('second', from, to);
    if (loss.movement === agreeing(second.movement, readings)) continue;
    const part = (name: Part) => pairs.part(name, from, to)!;
    const parts = {
      refinement: part('refinement'),
      calibration: part('calibration'),
      scale: part('scale'),
      offsets: part('offsets'),
    };
    const facts = {
      from: names[from],
      to: names[to],
      loss,
      ...(isShare(readings) ? { accuracy: second } : { absoluteError: second }),
      ...parts,
      causes: causesOf((name) => parts[name].movement !== 'still'),
    };
    stretches.push({ ...facts, text: sentence(facts, second, readings) });
  }
  return stretches;
}

/** What the movements of the two readings mean together. */
function sentence(facts: Omit<Stretch, 'text'>, second: EpochChange, readings: Readings): string {
  const { from, to, loss, refinement, scale, offsets, causes } = facts;
  const words = taskWords(readings, 'points');
  const isValues = !isShare(readings);
  const did = (name: string, { movement, correctedPValue }: EpochChange, amount: string) =>
    movement === 'still'
      ? `${name} stood still (${amount}, ${pText(correctedPValue)})`
      : `${name} went ${movement} by ${amount.slice(1)} (${pText(correctedPValue)})`;
  const seen = `From epoch ${from} to ${to} ${did(words.loss, loss, words.lossAmount(loss.delta))} while ${did(words.second, second, words.secondAmount(second.delta))}`;
  const deltas = { scale: scale.delta, offsets: offsets.delta, refinement: refinement.delta };
  const unit = readings.second === 'exact_match' ? 'labels' : 'classes';
  const meaning =
    causes.length === 0
      ? 'a cause cannot be told from chance'
      : `${causeNames(causes, isValues)} changed, ${meaningOf(causes, deltas, isValues, unit)}`;
  return `${seen}: ${meaning} (${partsText(deltas, words, isValues)}).`;
}
