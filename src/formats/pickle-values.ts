/** What a pickle is read to: plain values, and names of what it would have called. */

/** A list, or a set, whose items have the order in which they came. */
export class PickleList {
  readonly items: unknown[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A dict; keys that are no strings or numbers are told apart as objects. */
export class PickleDict {
  readonly entries = new Map<unknown, unknown>();
}

/** A name of the allow-list, which is never looked up. */
export class PickleGlobal {
  constructor(readonly name: string) {}
}

/** A value that says nothing about tensors. */
export const OPAQUE: unique symbol = Symbol('opaque');
