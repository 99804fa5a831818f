/** Class indices of a file of their own, for threads that read the scores from the middle. */

import type { Field } from '../types/fields.js';
import { inAgain, type OpenFile, type Placed } from './files.js';
import { decode } from './score-rows.js';
import type { Targets } from './target-form.js';

/** Reads all class indices of a file of their own into memory, where that can be read again. */
export function openTargetsAlone(
  predictions: OpenFile,
  placed: Placed | null,
  targets: Targets | null,
): ((into: Int32Array) => Promise<boolean>) | undefined {
  if (placed === null || placed.file === predictions || !placed.file.input.seeks) return undefined;
  const isApart = targets === null || targets.isSoft || targets.areWritten;
  if (!predictions.input.seeks || isApart) return undefined;
  const { file } = placed;
  return async (into) => {
    const other = await file.again();
    const again = (fields: readonly Field[]) => inAgain(file, other, fields);
    const { part } = targets;
    const isText = 'text' in part;
    const reader = await other.select({
      numbers: isText ? [] : [{ ...part.numbers, fields: again(part.numbers.fields) }],
      texts: isText ? again([part.text]) : [],
    });
    const width = isText ? 1 : part.numbers.width;
    const piece = 65_536;
    const wide = new Float64Array(width > 1 ? Math.ceil(piece / width) * width : 0);
    let row = 0;
    try {
      for (;;) {
        const left = into.subarray(row);
        const most = Math.max(1, Math.min(left.length, width > 1 ? wide.length / width : piece));
        const one = left.length > 0 ? left : new Int32Array(1);
        const count = await reader.read(isText ? [] : [width > 1 ? wide : one], most);
        if (count === 0) return row === into.length;
        if (left.length === 0) return false;
        const rows = {
          texts: () => reader.texts[0]!,
          place: (_: string, i: number) => reader.place(i),
        };
        decode(rows, targets, wide, { targets: left }, count);
        row += count;
      }
    } finally {
      await reader.close();
    }
  };
}
