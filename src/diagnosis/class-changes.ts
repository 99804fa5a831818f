/** Which classes lost and which gained right rows between two epochs. */

import type { PhaseClass } from '../types/epochs.js';
import type { EpochColumns } from './epoch-columns.js';
import { holm, mcnemarTest, pairedMeanOf } from './paired-tests.js';
import type { Pairs } from './stretches.js';

/** What the class of a target is called; undefined where it has no name. */
export type ClassNames = (target: number) => string | undefined;

/** So many of either side are listed. */
const MOST_LISTED = 5;
/** So many of either side where none is beyond chance. */
const FEW_LISTED = 2;

/** The rows of a class in both epochs. */
interface ClassRows {
  readonly places: number[];
}

/**
 * Classes whose share of right rows changed beyond chance, corrected for all classes; where there
 * are none, those that changed most.
 */
export function classChanges(
  a: EpochColumns,
  b: EpochColumns,
  className: ClassNames,
  { level, math }: Pick<Pairs, 'level' | 'math'>,
): { readonly lost: readonly PhaseClass[]; readonly gained: readonly PhaseClass[] } {
  const classes = new Map<number, ClassRows>();
  a.targets.forEach((target, i) => {
    const rows = classes.get(target);
    if (rows === undefined) classes.set(target, { places: [i] });
    else rows.places.push(i);
  });
  const found = [...classes].map(([target, { places }]) => ({
    target,
    rows: places.length,
    ...changeOver(places, a, b, math),
  }));
  const corrected = holm(found.map(({ pValue }) => pValue));
  const changes = found.map(({ target, rows, delta }, i): PhaseClass => {
    const name = className(target);
    return {
      target,
      ...(name !== undefined && { name }),
      rows,
      delta,
      correctedPValue: corrected[i],
    };
  });
  const isBeyondChance = ({ correctedPValue }: PhaseClass) => correctedPValue <= level;
  const isTold = changes.some(isBeyondChance);
  const side = (sign: number) => {
    const moved = changes
      .filter(({ delta }) => delta * sign > 0)
      .sort((p, q) => sign * (q.delta - p.delta) || p.target - q.target);
    return isTold ? moved.filter(isBeyondChance).slice(0, MOST_LISTED) : moved.slice(0, FEW_LISTED);
  };
  return { lost: side(-1), gained: side(1) };
}

function changeOver(
  places: readonly number[],
  { second: was, weights, groups }: EpochColumns,
  { second: is }: EpochColumns,
  math: Pairs['math'],
): { readonly delta: number; readonly pValue: number } {
  const at = (values: Float64Array | null) =>
    values && Float64Array.from(places, (place) => values[place]);
  const difference = (i: number) => is[places[i]] - was[places[i]];
  const change = pairedMeanOf(places.length, difference, at(weights), math, 0, at(groups));
  // Rows that weigh nothing have no mean.
  const delta = Number.isNaN(change.mean) ? 0 : change.mean;
  if (weights !== null || groups !== null)
    return { delta, pValue: delta === 0 ? 1 : change.pValue };
  let up = 0;
  let down = 0;
  for (let i = 0; i < places.length; i++) {
    if (difference(i) > 0) up++;
    else if (difference(i) < 0) down++;
  }
  return { delta, pValue: mcnemarTest(up, down, math).pValue };
}
