/** The SIMD kernel of rows at a temperature. */

import type { RealArray } from '../types/gradients.js';
import { BYTES_PER_SCORE, scoreView } from '../types/score-array.js';
import type { CoreKernel } from '../types/scores.js';
import type { TargetedRows, TemperedRows, TemperKernel } from '../types/temper.js';
import { BETA, CAPACITY, CLASSES, OUT, SCORES, TARGETS, writeCall } from './call.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo, rowsPerCall } from './memory.js';

/**
 * {@link TemperKernel} on the WebAssembly core, whose memory belongs to it.
 * Rows of f32 are computed in f32: good for temperatures to about 1e-7.
 */
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
    const dtype = scores instanceof Float64Array ? 'f64' : 'f32';
    const rowBytes = classes * BYTES_PER_SCORE[dtype];
    const most = rowsPerCall(rowBytes);
    const scoresAt = align(this.#core.heap_base.value as number);
    const targetsAt = align(scoresAt + most * rowBytes + PADDING);
    const out = align(targetsAt + most * 4);
    growTo(this.#core.memory, out + most * 32, most);
    const { buffer } = this.#core.memory;
    const block = scoreView(dtype, buffer, scoresAt, most * classes) as RealArray;
    const blockTargets = new Int32Array(buffer, targetsAt, most);
    const column = (index: number) => new Float64Array(buffer, out + index * 8 * most, most);
    const columns = { loss: column(0), first: column(1), second: column(2), third: column(3) };
    const temper = this.#core[`temper_${dtype}`];
    for (let row = from; row < to; row += most) {
      const count = Math.min(most, to - row);
      block.set(scores.subarray(row * classes, (row + count) * classes));
      blockTargets.set(targets.subarray(row, row + count));
      writeCall(this.#core, [
        [SCORES, scoresAt],
        [CLASSES, classes],
        [TARGETS, targetsAt],
        [OUT, out],
        [CAPACITY, most],
        [BETA, beta],
      ]);
      temper(0, count);
      take(columns, count, row);
    }
  }
}
