/** Rows at a temperature again, in plain f64 TypeScript. */

import type { TargetedRows, TemperedRows, TemperKernel } from '../types/temper.js';

const BLOCK = 1024;

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
    const columns = {
      loss: new Float64Array(BLOCK),
      first: new Float64Array(BLOCK),
      second: new Float64Array(BLOCK),
      third: new Float64Array(BLOCK),
    };
    for (let row = from; row < to; row += BLOCK) {
      const count = Math.min(BLOCK, to - row);
      for (let r = 0; r < count; r++) temperRow(rows, row + r, beta, columns, r);
      take(columns, count, row);
    }
  }
}

function temperRow(
  { classes, scores, targets }: TargetedRows,
  row: number,
  beta: number,
  columns: TemperedRows,
  at: number,
): void {
  const start = row * classes;
  let max = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < classes; c++) max = Math.max(max, scores[start + c]);
  let sum = 0;
  let mean = 0;
  for (let c = 0; c < classes; c++) {
    const d = scores[start + c] - max;
    if (d === Number.NEGATIVE_INFINITY) continue;
    const e = Math.exp(beta * d);
    sum += e;
    mean += e * d;
  }
  mean /= sum;
  let second = 0;
  let third = 0;
  for (let c = 0; c < classes; c++) {
    const d = scores[start + c] - max;
    if (d === Number.NEGATIVE_INFINITY) continue;
    const p = Math.exp(beta * d) / sum;
    second += p * (d - mean) ** 2;
    third += p * (d - mean) ** 3;
  }
  const distance = scores[start + targets[row]] - max;
  columns.loss[at] = Math.log(sum) - beta * distance;
  columns.first[at] = mean - distance;
  columns.second[at] = second;
  columns.third[at] = third;
}
