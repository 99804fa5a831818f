/** The first rows of a dump, which are read before it is known how to score them. */

import type { DumpReader } from '../types/dump.js';
import type { RowTask } from '../types/report.js';
import type { RowTexts } from '../types/row-texts.js';
import { newScoreArray } from '../types/score-array.js';
import type { RowBuffers } from '../types/scores.js';

/** Whether targets of a task are numbers of their own, as many in a row as scores. */
export function hasValues(task: RowTask): boolean {
  return task === 'regression' || task === 'multilabel';
}

/** Memory for the first rows. */
export function plainBuffers(reader: DumpReader, task: RowTask, rows: number): RowBuffers {
  const { classes, dtype, softTargets = false } = reader.info;
  return {
    capacity: rows,
    scores: newScoreArray(dtype, rows * classes),
    targets: new Int32Array(rows),
    weights: new Float64Array(rows),
    soft: softTargets ? new Float64Array(rows * classes) : undefined,
    values: hasValues(task) ? new Float64Array(rows * classes) : undefined,
  };
}

/** Fills the buffers as far as the dump goes. @returns the number of rows, and their texts */
export async function readHead(
  reader: DumpReader,
  into: RowBuffers,
): Promise<{ readonly rows: number; readonly texts: RowTexts | undefined }> {
  const { classes } = reader.info;
  const texts: Record<string, readonly string[]> = {};
  let rows = 0;
  while (rows < into.capacity) {
    const got = await reader.read({
      capacity: into.capacity - rows,
      scores: into.scores.subarray(rows * classes),
      targets: into.targets.subarray(rows),
      weights: into.weights.subarray(rows),
      soft: into.soft?.subarray(rows * classes),
      values: into.values?.subarray(rows * classes),
    });
    if (got === 0) break;
    rows += got;
    for (const [role, more] of Object.entries(reader.texts?.() ?? {})) {
      texts[role] = [...(texts[role] ?? []), ...more];
    }
  }
  return { rows, texts: reader.texts && texts };
}
