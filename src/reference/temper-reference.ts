/** Rows at a temperature and offsets again, in plain f64 TypeScript. */

import {
  type FoldedRows,
  type JointRows,
  type LeaningPoint,
  paddedLength,
  type SumQuery,
  sumsLength,
  type TargetedRows,
  type TemperedRows,
  type TemperKernel,
} from '../types/temper.js';

const BLOCK = 1024;
const NAMES = ['loss', 'first', 'second', 'third', 'lean'] as const;

/** The reference twin of the temper engine. */
export class TemperReference implements TemperKernel {
  readonly kernel = 'reference';

  run(
    rows: TargetedRows,
    from: number,
    to: number,
    beta: number,
    take: (columns: TemperedRows, count: number, firstRow: number) => void,
  ): void {
    const columns = emptyColumns();
    for (let row = from; row < to; row += BLOCK) {
      const count = Math.min(BLOCK, to - row);
      for (let r = 0; r < count; r++) jointRow(rows, row + r, { beta, offsets: null }, columns, r);
      take(columns, count, row);
    }
  }

  runAt(
    rows: TargetedRows,
    folds: Uint8Array | null,
    stages: readonly (readonly LeaningPoint[])[],
    take: (columns: JointRows, stage: number, count: number, firstRow: number) => void,
  ): void {
    const columns = emptyColumns();
    for (let row = 0; row < rows.count; row += BLOCK) {
      const count = Math.min(BLOCK, rows.count - row);
      stages.forEach((points, stage) => {
        for (let r = 0; r < count; r++) {
          jointRow(rows, row + r, points[folds === null ? 0 : folds[row + r]], columns, r);
        }
        take(columns, stage, count, row);
      });
    }
  }

  sum({ rows, folds, weights }: FoldedRows, query: SumQuery, sums: Float64Array): void {
    const length = sumsLength(query.groups.count, query.level);
    for (let r = 0; r < rows.count; r++) {
      const own = sums.subarray(folds[r] * length, (folds[r] + 1) * length);
      addRow(rows, r, weights === null ? 1 : weights[r], query, own);
    }
  }
}

function emptyColumns() {
  const columns = NAMES.map((name) => [name, new Float64Array(BLOCK)]);
  return Object.fromEntries(columns) as Record<(typeof NAMES)[number], Float64Array>;
}

/** What a row's softmax is made of. */
interface Softmax {
  readonly distances: Float64Array;
  readonly shares: Float64Array;
  logSum: number;
}

let scratch: Softmax = { distances: new Float64Array(0), shares: new Float64Array(0), logSum: 0 };

/** A row's distances from its highest score, and probabilities, until the next call; masked classes are at −∞ and 0. */
function softmaxOf(
  { classes, scores }: TargetedRows,
  row: number,
  { beta, offsets }: LeaningPoint,
): Softmax {
  if (scratch.shares.length !== classes) {
    const [distances, shares] = [new Float64Array(classes), new Float64Array(classes)];
    scratch = { distances, shares, logSum: 0 };
  }
  const { distances, shares } = scratch;
  const start = row * classes;
  let highest = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) highest = Math.max(highest, scores[start + c]);
  let top = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) {
    distances[c] = scores[start + c] - highest;
    shares[c] = beta * distances[c] + (offsets === null ? 0 : offsets[c]);
    top = Math.max(top, shares[c]);
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    shares[c] = Math.exp(shares[c] - top);
    sum += shares[c];
  }
  for (let c = 0; c < classes; c++) shares[c] /= sum;
  scratch.logSum = Math.log(sum) + top;
  return scratch;
}

function jointRow(
  rows: TargetedRows,
  row: number,
  point: LeaningPoint,
  columns: JointRows,
  at: number,
): void {
  const { distances, shares, logSum } = softmaxOf(rows, row, point);
  const { beta, offsets, lean = null } = point;
  const target = rows.targets[row];
  let [mean, leaned, second, third] = [0, 0, 0, 0];
  for (let c = 0; c < shares.length; c++) {
    if (shares[c] > 0) mean += shares[c] * distances[c];
    if (lean !== null) leaned += shares[c] * lean[c];
  }
  for (let c = 0; c < shares.length; c++) {
    if (shares[c] === 0) continue;
    const off = distances[c] - mean;
    second += shares[c] * off * off;
    third += shares[c] * off * off * off;
  }
  columns.loss[at] = logSum - (beta * distances[target] + (offsets === null ? 0 : offsets[target]));
  columns.first[at] = mean - distances[target];
  columns.second[at] = second;
  columns.third[at] = third;
  columns.lean[at] = leaned - (lean === null ? 0 : lean[target]);
}

/** Adds a row to the sums of its fold: see assembly/joint.ts. */
function addRow(
  rows: TargetedRows,
  row: number,
  weight: number,
  query: SumQuery,
  sums: Float64Array,
): void {
  const { groups, level, beta, offsets } = query;
  const { distances, shares, logSum } = softmaxOf(rows, row, query);
  const wide = paddedLength(groups.count);
  const target = rows.targets[row];
  const grouped = new Float64Array(groups.count);
  const tilted = new Float64Array(groups.count);
  let [mean, square] = [0, 0];
  for (let c = 0; c < shares.length; c++) {
    const p = shares[c];
    if (p === 0) continue;
    const tilt = p * distances[c];
    grouped[groups.of[c]] += p;
    tilted[groups.of[c]] += tilt;
    mean += tilt;
    square += tilt * distances[c];
  }
  const slope = mean - distances[target];
  sums[0] += weight;
  sums[1] +=
    weight * (logSum - beta * distances[target] - (offsets === null ? 0 : offsets[target]));
  sums[2] += weight * slope;
  sums[3] += (weight * slope) ** 2;
  sums[4] += weight * (square - mean * mean);
  const psi = grouped.slice();
  psi[groups.of[target]] -= 1;
  const own = level === 3 ? psi : grouped;
  const factor = level === 3 ? weight * weight : weight;
  for (let g = 0; g < groups.count; g++) {
    sums[8 + g] += weight * psi[g];
    if (level === 1 || level === 2) {
      sums[8 + wide + g] += weight * (tilted[g] - grouped[g] * mean);
      sums[8 + 2 * wide + g] += weight * grouped[g] * (1 - grouped[g]);
    }
    if (level === 3) sums[8 + wide + g] += factor * slope * psi[g];
    if (level < 2) continue;
    for (let h = 0; h <= g; h++) sums[8 + (3 + g) * wide + h] += factor * own[g] * own[h];
  }
}
