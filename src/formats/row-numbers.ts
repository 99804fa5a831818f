/** The numbers of a row of a text format, and the buffers that they go to. */

import { type Field, type NumberBuffer, type NumberGroup, widthOf } from '../types/fields.js';

type Numbers = Float64Array | Float32Array;

/** All numbers of a row side by side: those of one group after those of the one before. */
export class RowNumbers {
  /** Numbers per row. */
  readonly width: number;
  /** Place in the row of the first number of each field. */
  readonly places = new Map<Field, number>();
  #scratch = new Float64Array(0);

  constructor(private readonly groups: readonly NumberGroup[]) {
    let place = 0;
    for (const { fields } of groups) {
      for (const field of fields) {
        this.places.set(field, place);
        place += widthOf(field);
      }
    }
    this.width = place;
  }

  /** Memory for `count` rows: the caller's own where there is one group alone. */
  into(buffers: readonly NumberBuffer[], count: number): Numbers {
    const [only] = buffers;
    if (
      this.groups.length === 1 &&
      (only instanceof Float64Array || only instanceof Float32Array)
    ) {
      return only;
    }
    const length = count * this.width;
    if (this.#scratch.length < length) this.#scratch = new Float64Array(length);
    return this.#scratch;
  }

  /** Hands `rows` rows over to buffers that they were not read into. */
  deliver(buffers: readonly NumberBuffer[], rows: number): void {
    if (this.groups.length === 1 && !(buffers[0] instanceof Int32Array)) return;
    let base = 0;
    for (const [i, { width }] of this.groups.entries()) {
      const into = buffers[i]!;
      for (let row = 0, at = 0; row < rows; row++) {
        const from = row * this.width + base;
        for (let k = 0; k < width; k++) into[at++] = this.#scratch[from + k]!;
      }
      base += width;
    }
  }
}

/** Lists of texts that each field goes to. */
export function slotsByField(texts: readonly Field[]): ReadonlyMap<Field, readonly number[]> {
  const slots = new Map<Field, number[]>();
  for (const [i, field] of texts.entries()) {
    const list = slots.get(field);
    if (list) list.push(i);
    else slots.set(field, [i]);
  }
  return slots;
}
