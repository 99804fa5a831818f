/** Class indices of a file of their own, for threads that read the scores from the middle. */

import type { Field } from '../types/fields.js';
import { decode } from './decode-targets.js';
import { inAgain, type OpenFile, type Placed } from './files.js';
import type { Targets } from './target-form.js';

/** Numbers that are read at once. */
const PIECE = 65_536;

/** Reads all class indices of a file of their own into memory, where that can be read again. */
export function openTargetsAlone(
  predictions: OpenFile,
  placed: Placed | null,
  targets: Targets | null,
): ((into: Int32Array) => Promise<boolean>) | undefined {
  if (placed === null || placed.file === predictions || !placed.file.input.seeks) return undefined;
  if (!predictions.input.seeks || targets === null || targets.isSoft) return undefined;
  return readTargets(placed, targets);
}

/** Reads all class indices into memory. @returns a function that says whether there are exactly as many */
export function readTargets(
  { file }: Placed,
  targets: Targets,
): (into: Int32Array) => Promise<boolean> {
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
    const isApart = width > 1 || targets.areWritten;
    const most = Math.ceil(PIECE / width);
    const wide = new Float64Array(isApart ? most * width : 0);
    let row = 0;
    try {
      for (;;) {
        const left = into.subarray(row);
        const one = left.length > 0 ? left : new Int32Array(1);
        const numbers = isText ? [] : [isApart ? wide : one];
        const count = await reader.read(numbers, Math.max(1, Math.min(left.length, most)));
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
