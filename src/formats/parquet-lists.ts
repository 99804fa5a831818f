/** Lists of one length: their levels checked, their elements counted. */

import type { Piece } from './column-pieces.js';
import type { Page } from './parquet-pages.js';
import type { Leaf } from './parquet-schema.js';

/** A list of another length than the first. */
export class Ragged extends Error {
  constructor(
    /** Rows of the row group before it. */
    readonly row: number,
    readonly found: string,
  ) {
    super();
  }
}

/** Counts the elements of a row group's lists, over all of its pages. */
export class ListCounter {
  #rows = -1;
  /** Elements of the row at hand. */
  #open: number;

  constructor(
    private readonly leaf: Leaf,
    private readonly length: number,
  ) {
    this.#open = length;
  }

  /**
   * Checks the levels of a page.
   * @param onSlots is told how many elements there will be before memory is taken for them
   * @returns 1 for each element that is there, 0 for each that is not; a missing list is missing elements
   * @throws Ragged
   */
  elements(
    { repetitions, definitions }: Page,
    count: number,
    onSlots: (slots: number) => void,
  ): Uint8Array {
    const { length } = this;
    const { maxDefinition } = this.leaf;
    const least = this.leaf.listDefinition!;
    let slots = count;
    for (let i = 0; i < count; i++) if (definitions![i]! < least) slots += length - 1;
    onSlots(slots);
    const valid = new Uint8Array(slots);
    for (let i = 0, at = 0; i < count; i++) {
      const definition = definitions![i]!;
      if (repetitions![i] === 0) {
        this.#close();
        this.#rows++;
        this.#open = 0;
      } else if (this.#rows < 0) throw new Ragged(0, 'a list without a beginning');
      if (definition >= least) {
        if (++this.#open > length) throw new Ragged(this.#rows, `more than ${length} numbers`);
        valid[at++] = definition === maxDefinition ? 1 : 0;
      } else {
        // A list that is there without elements, or a list that is not.
        if (definition === least - 1) throw new Ragged(this.#rows, 'an empty list');
        this.#open = length;
        at += length;
      }
    }
    return valid;
  }

  /** The row group ends here. @throws Ragged */
  finish(): void {
    this.#close();
  }

  #close(): void {
    if (this.#open !== this.length) throw new Ragged(this.#rows, `${this.#open} numbers`);
  }
}

/** Length of the first list that is there; null where none ends or none is. */
export class FirstLength {
  /** The length, once it is known. */
  length: number | null = null;
  #open = -1;

  constructor(private readonly leaf: Leaf) {}

  /** Looks at the levels of the next page. */
  add({ repetitions, definitions }: Page, count: number): void {
    const least = this.leaf.listDefinition!;
    for (let i = 0; i < count && this.length === null; i++) {
      if (repetitions![i] === 0) {
        if (this.#open >= 0) this.end();
        else if (definitions![i]! >= least) this.#open = 1;
        else if (definitions![i] === least - 1) this.length = 0;
      } else if (this.#open >= 0) this.#open++;
    }
  }

  /** The row group ends. */
  end(): void {
    if (this.#open >= 0) this.length = this.#open;
  }
}

/** The values of `a` from `from` on, then those of `b`, which are of the same type. */
export function joinPieces(a: Piece, from: number, b: Piece): Piece {
  const first = a.slots - from;
  const slots = first + b.slots;
  const lanes = a.kind === 'int64' || a.kind === 'uint64' ? 2 : 1;
  const values = new (b.values.constructor as Float64ArrayConstructor)(slots * lanes);
  values.set(a.values.subarray(from * lanes, a.slots * lanes));
  values.set(b.values, first * lanes);
  let valid: Uint8Array | null = null;
  if (a.valid !== null || b.valid !== null) {
    valid = new Uint8Array(slots).fill(1);
    if (a.valid !== null) valid.set(a.valid.subarray(from, a.slots));
    if (b.valid !== null) valid.set(b.valid, first);
  }
  const text = (slot: number) => (slot < first ? a.text(from + slot) : b.text(slot - first));
  return { slots, kind: b.kind, values: values as unknown as Piece['values'], valid, text };
}
