/**
 * What happened over a training run: its whole curve in pieces that each tell one thing.
 *
 * The curve is cut at the turning points of both series, and where a movement between two of them
 * begins and ends: before and after, nothing moved beyond chance. Pieces side by side that tell the
 * same are one. Every p-value is that of the pair of epochs, corrected for all pairs.
 */

import type { EpochChange, Movement, Phase, PhaseKind } from '../types/epochs.js';
import { isShare, type Readings } from '../types/rows.js';
import { type ClassNames, classChanges } from './class-changes.js';
import type { EpochColumns } from './epoch-columns.js';
import { phaseText } from './phase-text.js';
import { agreeing, type Pairs, type Part, type Series, turningPoints } from './stretches.js';

/** From one epoch to another, as places in the series. */
type Piece = readonly [from: number, to: number];

/**
 * @param pairs of these columns
 * @param names number of each epoch
 * @param className what a class is called; undefined where targets are no classes
 * @returns pieces from the first epoch to the last, without gap or overlap; none of one epoch
 */
export function findPhases(
  pairs: Pairs,
  columns: readonly EpochColumns[],
  names: readonly number[],
  className?: ClassNames,
): Phase[] {
  if (columns.length < 2) return [];
  const { readings } = columns[0];
  const kindOf = ([from, to]: Piece) => kindBetween(pairs, readings, from, to);
  return joined(piecesOf(pairs, readings), kindOf).map((piece) =>
    describe(piece, kindOf(piece), { pairs, columns, names, className }),
  );
}

/** Series that there are. */
function seriesOf({ loss }: Readings): readonly Series[] {
  return loss === null ? ['second'] : ['loss', 'second'];
}

function piecesOf(pairs: Pairs, readings: Readings): Piece[] {
  const cuts = new Set<number>();
  for (const series of seriesOf(readings)) {
    const points = turningPoints(pairs, series);
    for (let i = 0; i + 1 < points.length; i++) {
      cuts.add(points[i]).add(points[i + 1]);
      for (const cut of endsOfMovement(pairs, series, points[i], points[i + 1])) cuts.add(cut);
    }
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((to, i) => [sorted[i], to]);
}

/** Where a movement between two turning points begins and ends; nothing where that cannot be told. */
function endsOfMovement(pairs: Pairs, series: Series, from: number, to: number): Piece | [] {
  if (to - from < 2 || pairs.change(series, from, to).movement === 'still') return [];
  const isStill = (a: number, b: number) => pairs.change(series, a, b).movement === 'still';
  let begin = from;
  while (begin + 1 < to && isStill(from, begin + 1)) begin++;
  let end = to;
  while (end - 1 > from && isStill(end - 1, to)) end--;
  return begin < end ? [begin, end] : [];
}

/** Joins pieces side by side of one kind, until there are none; what is joined may be of another kind. */
function joined(pieces: readonly Piece[], kindOf: (piece: Piece) => PhaseKind): Piece[] {
  const list = [...pieces];
  for (let i = 0; i + 1 < list.length; ) {
    if (kindOf(list[i]) !== kindOf(list[i + 1])) {
      i++;
      continue;
    }
    list.splice(i, 2, [list[i][0], list[i + 1][1]]);
    i = Math.max(0, i - 1);
  }
  return list;
}

const WAYS = { up: 'rises', down: 'falls', still: 'stands' } as const;

function kindBetween(pairs: Pairs, readings: Readings, from: number, to: number): PhaseKind {
  const second = pairs.change('second', from, to).movement;
  if (readings.loss === null) {
    return second === 'still' ? 'nothing-beyond-chance' : `accuracy-${WAYS[second]}`;
  }
  return phaseKind(pairs.change('loss', from, to).movement, second, readings);
}

/** @param second movement of the second reading, which is better when it goes up unless it is an error */
export function phaseKind(loss: Movement, second: Movement, readings: Readings): PhaseKind {
  if (loss === agreeing(second, readings)) {
    return loss === 'still'
      ? 'nothing-beyond-chance'
      : loss === 'down'
        ? 'both-improve'
        : 'both-worsen';
  }
  return `loss-${WAYS[loss]}-${isShare(readings) ? 'accuracy' : 'error'}-${WAYS[second]}`;
}

/** Parts of the loss, each a test of its own. */
export type Parts = { readonly [part in Part]?: EpochChange };

/** The parts that the epochs have. */
function partsOf(pairs: Pairs, from: number, to: number): Parts {
  const scale = pairs.part('scale', from, to);
  const offsets = pairs.part('offsets', from, to);
  const refinement = pairs.part('refinement', from, to);
  const calibration = pairs.part('calibration', from, to);
  return {
    ...(refinement && { refinement }),
    ...(calibration && { calibration }),
    ...(scale && { scale }),
    ...(offsets && { offsets }),
  };
}

interface Context {
  readonly pairs: Pairs;
  readonly columns: readonly EpochColumns[];
  readonly names: readonly number[];
  readonly className: ClassNames | undefined;
}

function describe([from, to]: Piece, kind: PhaseKind, context: Context): Phase {
  const { pairs, columns, names, className } = context;
  const { readings } = columns[0];
  const second = pairs.change('second', from, to);
  const hasFallen = isShare(readings) && second.movement === 'down';
  const drop = hasFallen ? suddenDrop(pairs, from, to) : undefined;
  const facts = {
    from: names[from],
    to: names[to],
    kind,
    ...(readings.loss !== null && { loss: pairs.change('loss', from, to) }),
    ...(isShare(readings) ? { accuracy: second } : { absoluteError: second }),
    ...partsOf(pairs, from, to),
    ...(hasFallen &&
      className && { classes: classChanges(columns[from], columns[to], className, pairs) }),
    ...(drop && { drop: { ...drop, from: names[drop.from], to: names[drop.to] } }),
  };
  return { ...facts, text: phaseText(facts, readings) };
}

/** The step that more than half of a fall lies in, of a phase of several. */
function suddenDrop(pairs: Pairs, from: number, to: number) {
  if (to - from < 2) return undefined;
  const whole = pairs.change('second', from, to).delta;
  for (let i = from; i < to; i++) {
    const { delta } = pairs.change('second', i, i + 1);
    if (delta < whole / 2) return { from: i, to: i + 1, delta };
  }
  return undefined;
}
