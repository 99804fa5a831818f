/**
 * The loss that a row loses on the straight line from (1, 0) to (β, b), as the
 * shares of β and of b (Aumann and Shapley, Values of Non-Atomic Games, 1974):
 *
 *   scale   = −(β − 1) ∫₀¹ E_p(t)[z] − z_y dt
 *   offsets = −∫₀¹ E_p(t)[b] − b_y dt       with p(t) = softmax((1 + t(β − 1))z + t·b)
 *
 * by Gauss–Legendre nodes. The two add up to what the row loses; what they miss
 * by tells whether the nodes were enough, and rows of large logits get more.
 */

import type { JointPoint, LeaningPoint, TargetedRows, TemperKernel } from '../types/temper.js';

/** Places and weights of eight nodes on (−1, 1): one half, the other is its mirror image. */
const NODES = [
  [0.1834346424956498, 0.362683783378362],
  [0.525532409916329, 0.31370664587788727],
  [0.7966664774136267, 0.22238103445337448],
  [0.9602898564975363, 0.10122853629037626],
] as const;

/** What the shares of a row may miss its loss by. */
export const PATH_RESIDUAL = 1e-9;
/** So many times eight nodes at most. */
const MOST_PANELS = 256;

/** Where the integral is looked at, and by what weight. */
export interface PathNode {
  readonly t: number;
  readonly weight: number;
}

/** Eight nodes in each of as many equal parts of (0, 1). */
export function pathNodes(panels: number): PathNode[] {
  return Array.from({ length: panels }, (_, panel) =>
    NODES.flatMap(([place, weight]) =>
      [-place, place].map((x) => ({
        t: (panel + (1 + x) / 2) / panels,
        weight: weight / (2 * panels),
      })),
    ),
  ).flat();
}

/** The point at t on the way to `end`. */
export function pathPoint({ beta, offsets }: JointPoint, t: number): LeaningPoint {
  return {
    beta: 1 + t * (beta - 1),
    offsets: offsets === null ? null : offsets.map((b) => t * b),
    lean: offsets,
  };
}

export interface PathParts {
  /** Share of β of each row; the rest of what it loses is that of b. */
  readonly scale: Float64Array;
  /** The most that the integrals of a row missed its loss by. */
  readonly residual: number;
}

/**
 * @param folds of the rows; null where all are of fold 0
 * @param ends by fold
 * @param lost by each row, from one end to the other
 */
export function pathParts(
  kernel: TemperKernel,
  rows: TargetedRows,
  folds: Uint8Array | null,
  ends: readonly JointPoint[],
  lost: Float64Array,
): PathParts {
  if (ends.every(({ offsets }) => offsets === null)) return { scale: lost.slice(), residual: 0 };
  const scale = new Float64Array(rows.count);
  let residual = 0;
  let places = Uint32Array.from({ length: rows.count }, (_, r) => r);
  let [some, someFolds] = [rows, folds];
  for (let panels = 1; places.length > 0; panels *= 2) {
    const found = integrate(kernel, some, someFolds, ends, panels);
    const isLast = panels === MOST_PANELS;
    const open: number[] = [];
    places.forEach((row, i) => {
      const off = Math.abs(found.scale[i] + found.offsets[i] - lost[row]);
      scale[row] = found.scale[i];
      if (off > PATH_RESIDUAL && !isLast) open.push(row);
      else if (off > residual) residual = off;
    });
    places = Uint32Array.from(open);
    some = rowsAt(rows, places);
    someFolds = folds && Uint8Array.from(places, (row) => folds[row]);
  }
  return { scale, residual };
}

function integrate(
  kernel: TemperKernel,
  rows: TargetedRows,
  folds: Uint8Array | null,
  ends: readonly JointPoint[],
  panels: number,
) {
  const nodes = pathNodes(panels);
  const stages = nodes.map(({ t }) => ends.map((end) => pathPoint(end, t)));
  const scale = new Float64Array(rows.count);
  const offsets = new Float64Array(rows.count);
  kernel.runAt(rows, folds, stages, ({ first, lean }, stage, count, firstRow) => {
    const { weight } = nodes[stage];
    for (let r = 0; r < count; r++) {
      const { beta } = ends[folds === null ? 0 : folds[firstRow + r]];
      scale[firstRow + r] -= weight * (beta - 1) * first[r];
      offsets[firstRow + r] -= weight * lean[r];
    }
  });
  return { scale, offsets };
}

function rowsAt({ classes, scores, targets }: TargetedRows, places: Uint32Array): TargetedRows {
  const some = new Float64Array(places.length * classes);
  places.forEach((row, i) => {
    some.set(scores.subarray(row * classes, (row + 1) * classes), i * classes);
  });
  return {
    classes,
    count: places.length,
    scores: some,
    targets: Int32Array.from(places, (row) => targets[row]),
  };
}
