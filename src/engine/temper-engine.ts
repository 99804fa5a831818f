/** The SIMD kernel of rows at a temperature and offsets. */

import type { RealArray } from '../types/gradients.js';
import type { CoreKernel } from '../types/scores.js';
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
import {
  BETA,
  BETAS,
  CAPACITY,
  CLASSES,
  FLAGS,
  FOLDS,
  GROUP_COUNT,
  GROUPS,
  LEANS,
  OFFSETS,
  OUT,
  SCORES,
  SCRATCH,
  STRIDE,
  TALLY,
  TARGETS,
  WEIGHTS,
  writeCall,
} from './call.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';

/** Where a block of rows lies in memory, and what lies behind it. */
interface Block {
  /** Rows of a block at most. */
  readonly most: number;
  readonly scores: number;
  readonly targets: number;
  readonly folds: number;
  /** What follows them. */
  readonly rest: number;
}

/** {@link TemperKernel} on the WebAssembly core, whose memory belongs to it. Rows of f32 are widened. */
export class TemperEngine implements TemperKernel {
  readonly kernel: CoreKernel;
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    this.kernel = core.relaxed.value === 1 ? 'relaxed' : 'simd';
  }

  run(
    rows: TargetedRows,
    from: number,
    to: number,
    beta: number,
    take: (columns: TemperedRows, count: number, firstRow: number) => void,
  ): void {
    const { classes, scores, targets } = rows;
    const part = {
      classes,
      count: to - from,
      scores: scores.subarray(from * classes, to * classes),
      targets: targets.subarray(from, to),
    };
    this.runAt(part, null, [[{ beta, offsets: null }]], (columns, _, count, firstRow) => {
      take(columns, count, from + firstRow);
    });
  }

  runAt(
    rows: TargetedRows,
    folds: Uint8Array | null,
    stages: readonly (readonly LeaningPoint[])[],
    take: (columns: JointRows, stage: number, count: number, firstRow: number) => void,
  ): void {
    const { classes } = rows;
    const wide = paddedLength(classes);
    const points = Math.max(...stages.map(({ length }) => length));
    const block = this.#blockOf(rows);
    const betas = align(block.rest);
    const offsets = align(betas + 8 * points);
    const leans = align(offsets + 8 * points * wide);
    const scratch = align(leans + 8 * points * wide);
    const out = align(scratch + 16 * wide);
    growTo(this.#core.memory, out + 40 * block.most, block.most);
    const { buffer } = this.#core.memory;
    const column = (index: number) =>
      new Float64Array(buffer, out + index * 8 * block.most, block.most);
    const [loss, first, second, third, lean] = [0, 1, 2, 3, 4].map(column);
    const columns = { loss, first, second, third, lean };
    const write = (stage: readonly LeaningPoint[]) => {
      new Float64Array(buffer, betas, points).set(stage.map(({ beta }) => beta));
      stage.forEach((point, k) => {
        writeVector(buffer, offsets + 8 * k * wide, wide, point.offsets);
        writeVector(buffer, leans + 8 * k * wide, wide, point.lean ?? null);
      });
    };
    if (stages.length === 1) write(stages[0]);
    writeCall(this.#core, [
      [SCORES, block.scores],
      [CLASSES, classes],
      [TARGETS, block.targets],
      [FOLDS, block.folds],
      [BETAS, betas],
      [OFFSETS, offsets],
      [LEANS, leans],
      [SCRATCH, scratch],
      [OUT, out],
      [CAPACITY, block.most],
    ]);
    this.#forEachBlock(rows, folds, block, (count, row) => {
      stages.forEach((stage, i) => {
        if (stages.length > 1) write(stage);
        this.#core.joint_rows(0, count);
        take(columns, i, count, row);
      });
    });
  }

  sum({ rows, folds, weights }: FoldedRows, query: SumQuery, sums: Float64Array): void {
    const { classes } = rows;
    const { beta, offsets, groups, level } = query;
    const wide = paddedLength(classes);
    const block = this.#blockOf(rows);
    const weightsAt = align(block.rest);
    const groupsAt = align(weightsAt + 8 * block.most);
    const offsetsAt = align(groupsAt + 4 * classes);
    const scratch = align(offsetsAt + 8 * wide);
    const sumsAt = align(scratch + 16 * (wide + paddedLength(groups.count)));
    growTo(this.#core.memory, sumsAt + sums.byteLength, block.most);
    const { buffer } = this.#core.memory;
    new Int32Array(buffer, groupsAt, classes).set(groups.of);
    writeVector(buffer, offsetsAt, wide, offsets);
    const into = new Float64Array(buffer, sumsAt, sums.length);
    into.set(sums);
    writeCall(this.#core, [
      [SCORES, block.scores],
      [CLASSES, classes],
      [TARGETS, block.targets],
      [WEIGHTS, weights === null ? 0 : weightsAt],
      [FOLDS, block.folds],
      [GROUPS, groupsAt],
      [GROUP_COUNT, groups.count],
      [BETA, beta],
      [OFFSETS, offsetsAt],
      [FLAGS, level],
      [SCRATCH, scratch],
      [TALLY, sumsAt],
      [STRIDE, 8 * sumsLength(groups.count, level)],
    ]);
    this.#forEachBlock(rows, folds, block, (count, row) => {
      if (weights !== null) {
        new Float64Array(buffer, weightsAt, count).set(weights.subarray(row, row + count));
      }
      this.#core.joint_sums(0, count);
    });
    sums.set(into);
  }

  #blockOf({ classes }: TargetedRows): Block {
    const rowBytes = 8 * classes;
    const most = rowsPerCall(rowBytes);
    const scores = align(this.#core.heap_base.value as number);
    const targets = align(scores + most * rowBytes + PADDING);
    const folds = align(targets + 4 * most);
    return { most, scores, targets, folds, rest: folds + most };
  }

  /** Moves the rows to memory, block by block, before `call`. */
  #forEachBlock(
    { classes, count: total, scores, targets }: TargetedRows,
    folds: Uint8Array | null,
    block: Block,
    call: (count: number, firstRow: number) => void,
  ): void {
    const { most } = block;
    const { buffer } = this.#core.memory;
    const into: RealArray = new Float64Array(buffer, block.scores, most * classes);
    const intoTargets = new Int32Array(buffer, block.targets, most);
    const intoFolds = new Uint8Array(buffer, block.folds, most);
    if (folds === null) intoFolds.fill(0);
    for (let row = 0; row < total; row += most) {
      const count = Math.min(most, total - row);
      into.set(scores.subarray(row * classes, (row + count) * classes));
      intoTargets.set(targets.subarray(row, row + count));
      if (folds !== null) intoFolds.set(folds.subarray(row, row + count));
      call(count, row);
    }
  }
}

/** Zeros where there are no values, and behind the last. */
function writeVector(
  buffer: ArrayBuffer,
  at: number,
  wide: number,
  values: Float64Array | null,
): void {
  const into = new Float64Array(buffer, at, wide);
  if (values === null) into.fill(0);
  else {
    into[wide - 1] = 0;
    into.set(values);
  }
}
