/** Finds the slot of a (target, prediction) pair: a hash table of flat arrays. */

const FIRST_CAPACITY = 1024;

/** Scrambles the pair so that neighbouring classes spread over the table (MurmurHash3's last steps). */
function hash(target: number, prediction: number): number {
  let bits = Math.imul(target, 0x9e3779b1) ^ prediction;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Numbers pairs in the order of their first appearance, from 0, up to a limit. */
export class CellIndex {
  readonly #limit: number;
  /** Slot + 1, or 0 for an empty place; at most half of the places are taken. */
  #table = new Int32Array(2 * FIRST_CAPACITY);
  #targets = new Int32Array(FIRST_CAPACITY);
  #predictions = new Int32Array(FIRST_CAPACITY);
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Number of pairs seen. */
  get size(): number {
    return this.#size;
  }

  /** How many slots there is room for before the next growth. */
  get capacity(): number {
    return this.#targets.length;
  }

  target(slot: number): number {
    return this.#targets[slot];
  }

  prediction(slot: number): number {
    return this.#predictions[slot];
  }

  /** @returns the pair's slot, a new one where it is new, or −1 where it is new and the limit is reached. */
  slotOf(target: number, prediction: number): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = hash(target, prediction) & mask;
    for (let entry = table[place]; entry !== 0; entry = table[place]) {
      if (this.#targets[entry - 1] === target && this.#predictions[entry - 1] === prediction) {
        return entry - 1;
      }
      place = (place + 1) & mask;
    }
    if (this.#size === this.#limit) return -1;
    if (this.#size === this.#targets.length) {
      this.#grow();
      return this.slotOf(target, prediction);
    }
    const slot = this.#size++;
    this.#targets[slot] = target;
    this.#predictions[slot] = prediction;
    table[place] = slot + 1;
    return slot;
  }

  /** Slots by target, then prediction. */
  sortedSlots(): Int32Array {
    const slots = Int32Array.from({ length: this.#size }, (_, slot) => slot);
    return slots.sort(
      (a, b) => this.#targets[a] - this.#targets[b] || this.#predictions[a] - this.#predictions[b],
    );
  }

  #grow(): void {
    const capacity = 2 * this.#targets.length;
    const targets = new Int32Array(capacity);
    const predictions = new Int32Array(capacity);
    targets.set(this.#targets);
    predictions.set(this.#predictions);
    const table = new Int32Array(2 * capacity);
    const mask = table.length - 1;
    for (let slot = 0; slot < this.#size; slot++) {
      let place = hash(targets[slot], predictions[slot]) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = slot + 1;
    }
    this.#targets = targets;
    this.#predictions = predictions;
    this.#table = table;
  }
}
