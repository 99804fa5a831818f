/** Memory for what must be held as a whole, counted before it is taken. */

import { InputError, type InputPlace } from '../types/errors.js';

const DEFAULT_BUDGET = 1024 ** 3;

/** What several readers of one file hold together. */
export class MemoryBudget {
  #held = 0;

  constructor(readonly limit = DEFAULT_BUDGET) {}

  /** Counts `bytes` in place of `before`. @throws InputError `memory-budget` */
  swap(before: number, bytes: number, place: InputPlace, what: string, advice: string): void {
    const held = this.#held - before + bytes;
    if (!(held <= this.limit)) {
      throw new InputError('memory-budget', {
        ...place,
        problem: `${what} would take too much memory`,
        found: `${held} bytes`,
        expected: `at most ${this.limit} (the memory budget)`,
        advice,
      });
    }
    this.#held = held;
  }
}
