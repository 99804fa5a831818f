/**
 * Reads a pickle without running it. Opcodes outside the list, and names outside that of the
 * caller, are refused. There is no recursion, and what is held is bounded by the pickle's size.
 */

import { InputError, quote } from '../types/errors.js';
import { OPAQUE, PickleDict, PickleGlobal, PickleList, PickleTuple } from './pickle-values.js';

/** What stands for the calls that a pickle asks for. */
export interface PickleRules {
  /** Whether a global (`module.name`) may stand in the pickle. */
  allows(name: string): boolean;
  /** Stands for calling a global. Null where it cannot be called so. */
  call(name: string, args: readonly unknown[]): unknown;
  /** Stands for setting the state of what a call gave. */
  build(object: unknown, state: unknown): void;
  /** What a persistent id stands for. Null for none. */
  load(id: unknown): unknown;
}

/** Where a pickle lies. */
export interface PickleInput {
  readonly source: string;
  readonly bytes: Uint8Array;
  /** Where the pickle begins in the bytes. */
  readonly start: number;
}

/** Values at once on the stack, and in the memo; containers in all. */
const MOST_VALUES = 4_000_000;
const MOST_KEPT = 1_000_000;

/**
 * @returns the value, and where the pickle ends
 * @throws InputError `pickle-global`, `pickle-opcode`, `pickle-data`
 */
export function readPickle(
  input: PickleInput,
  rules: PickleRules,
): { readonly value: unknown; readonly end: number } {
  return new Machine(input, rules).run();
}

/** A name that may not be called. */
export function refusedGlobal(source: string, offset: number, name: string): InputError {
  return new InputError('pickle-global', {
    source,
    offset,
    problem:
      'the pickle asks for something that is not on the list of what tensors need; nothing of it was run',
    found: quote(name),
    expected: 'tensors in dicts, lists and tuples',
    advice: 'Save tensors alone: torch.save({"logits": logits, "labels": labels}, path).',
  });
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;
  #opAt = 0;
  #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #kept = 0;

  constructor(
    private readonly input: PickleInput,
    private readonly rules: PickleRules,
  ) {
    const { bytes } = input;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = input.start;
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      this.#opAt = this.#at;
      const code = this.#byte();
      if (code === STOP) {
        const value = this.#pop();
        if (this.#stack.length > 0) throw this.#damaged('values that belong nowhere');
        return { value, end: this.#at };
      }
      const step = STEPS[code];
      if (step === undefined) throw this.#refusedOpcode(code);
      step(this.steps);
      if (this.#stack.length + this.#marks.length > MOST_VALUES) {
        throw this.#damaged(`more than ${MOST_VALUES} values at once`);
      }
    }
  }

  /** What opcodes may do. */
  readonly steps = {
    push: (value: unknown) => {
      this.#stack.push(value);
    },
    pop: () => this.#pop(),
    top: () => {
      const floor = this.#marks.at(-1) ?? 0;
      if (this.#stack.length <= floor) throw this.#damaged('an empty stack');
      return this.#stack.at(-1);
    },
    mark: () => {
      this.#marks.push(this.#stack.length);
    },
    popMark: (): unknown[] => {
      const from = this.#marks.pop();
      if (from === undefined) throw this.#damaged('no mark');
      return this.#stack.splice(from);
    },
    /** A container, of which there may be so many. */
    keep: <T>(value: T): T => {
      if (++this.#kept > MOST_KEPT) throw this.#damaged(`more than ${MOST_KEPT} objects`);
      return value;
    },
    list: (): PickleList => {
      const list = this.steps.top();
      if (list instanceof PickleList) return list;
      throw this.#damaged('items for what is no list');
    },
    dict: (): PickleDict => {
      const dict = this.steps.top();
      if (dict instanceof PickleDict) return dict;
      throw this.#damaged('items for what is no dict');
    },
    setItems: (dict: PickleDict, items: readonly unknown[]) => {
      if (items.length % 2 > 0) throw this.#damaged('a key without a value');
      for (let i = 0; i < items.length; i += 2) dict.entries.set(items[i], items[i + 1]);
    },
    take: (length: number) => this.#take(length),
    skip: (length: number) => {
      this.#take(length);
    },
    u8: () => this.#byte(),
    u16: () => this.#number(2, (at) => this.#view.getUint16(at, true)),
    u32: () => this.#number(4, (at) => this.#view.getUint32(at, true)),
    i32: () => this.#number(4, (at) => this.#view.getInt32(at, true)),
    f64: () => this.#number(8, (at) => this.#view.getFloat64(at, false)),
    u64: () => this.#number(8, (at) => Number(this.#view.getBigUint64(at, true))),
    /** Little-endian two's complement of any length; what is no safe integer says nothing. */
    long: (length: number): unknown => {
      const bytes = this.#take(length);
      if (length > 8) return OPAQUE;
      let value = 0n;
      for (let i = length - 1; i >= 0; i--) value = value * 256n + BigInt(bytes[i]!);
      const signed = Number(BigInt.asIntN(8 * length, value));
      return Number.isSafeInteger(signed) ? signed : OPAQUE;
    },
    text: (length: number) => new TextDecoder().decode(this.#take(length)),
    line: (): string => {
      const end = this.#bytes.indexOf(0x0a, this.#at);
      if (end < 0) throw this.#damaged('a line without an end');
      const line = new TextDecoder().decode(this.#bytes.subarray(this.#at, end));
      this.#at = end + 1;
      return line;
    },
    put: (index: number) => {
      const value = this.steps.top();
      if (!this.#memo.has(index)) this.steps.keep(null);
      this.#memo.set(index, value);
    },
    memoize: () => this.steps.put(this.#memo.size),
    get: (index: number) => {
      if (!this.#memo.has(index)) throw this.#damaged(`no value ${index} in the memo`);
      this.#stack.push(this.#memo.get(index));
    },
    global: (module: unknown, name: unknown) => {
      const full = `${String(module)}.${String(name)}`;
      if (typeof module !== 'string' || typeof name !== 'string') {
        throw this.#damaged('a global without a name');
      }
      if (!this.rules.allows(full)) throw refusedGlobal(this.input.source, this.#opAt, full);
      this.#stack.push(new PickleGlobal(full));
    },
    reduce: (callable: unknown, args: unknown) => {
      if (!(callable instanceof PickleGlobal) || !(args instanceof PickleTuple)) {
        throw this.#damaged('a call of what is no global');
      }
      const value = this.rules.call(callable.name, args.items);
      if (value === null) throw this.#damaged(`a call of ${callable.name} that cannot be right`);
      this.#stack.push(this.steps.keep(value));
    },
    build: (state: unknown) => this.rules.build(this.steps.top(), state),
    load: (id: unknown) => {
      const value = this.rules.load(id);
      if (value === null) throw this.#damaged('a persistent id that is no storage');
      this.#stack.push(this.steps.keep(value));
    },
  };

  #pop(): unknown {
    const floor = this.#marks.at(-1) ?? 0;
    if (this.#stack.length <= floor) throw this.#damaged('an empty stack');
    return this.#stack.pop();
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw this.#damaged('its end before STOP');
    this.#at++;
    return byte;
  }

  #take(length: number): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (length > left) throw this.#damaged(`a value of ${length} bytes, where ${left} are left`);
    const from = this.#at;
    this.#at += length;
    return this.#bytes.subarray(from, this.#at);
  }

  #number(length: number, read: (at: number) => number): number {
    const at = this.#at;
    this.#take(length);
    return read(at);
  }

  #damaged(found: string): InputError {
    return new InputError('pickle-data', {
      source: this.input.source,
      offset: this.#opAt,
      problem: 'the pickle cannot be understood',
      found,
      expected: 'what torch.save writes',
      advice: 'The file is damaged; save it again.',
    });
  }

  #refusedOpcode(code: number): InputError {
    return new InputError('pickle-opcode', {
      source: this.input.source,
      offset: this.#opAt,
      problem: 'the pickle holds an opcode that is not on the list of those that are read',
      found: `0x${code.toString(16).padStart(2, '0')}`,
      expected: 'those that torch.save writes for tensors in dicts, lists and tuples',
      advice: 'Save tensors alone: torch.save({"logits": logits, "labels": labels}, path).',
    });
  }
}

type Steps = Machine['steps'];

const STOP = '.'.charCodeAt(0);

const tuple = (s: Steps, items: unknown[]) => s.push(s.keep(new PickleTuple(items)));
const list = (s: Steps, items: unknown[]) => {
  const made = s.keep(new PickleList());
  for (const item of items) made.items.push(item);
  s.push(made);
};
const append = (s: Steps, items: unknown[]) => {
  const { items: into } = s.list();
  for (const item of items) into.push(item);
};
/** The last is on top. */
const popped = (s: Steps, count: number) => Array.from({ length: count }, () => s.pop()).reverse();
const integerLine = (s: Steps) => {
  const line = s.line();
  if (line === '00' || line === '01') return line === '01';
  const value = Number(line.replace(/L$/, ''));
  return Number.isSafeInteger(value) ? value : OPAQUE;
};

/** What opcodes do, by their characters. */
const BY_CHARACTER: Readonly<Record<string, (s: Steps) => void>> = {
  '\x80': (s) => s.skip(1),
  '\x95': (s) => s.skip(8),
  '(': (s) => s.mark(),
  '0': (s) => {
    s.pop();
  },
  '1': (s) => {
    s.popMark();
  },
  '2': (s) => s.push(s.top()),
  N: (s) => s.push(null),
  '\x88': (s) => s.push(true),
  '\x89': (s) => s.push(false),
  I: (s) => s.push(integerLine(s)),
  L: (s) => s.push(integerLine(s)),
  J: (s) => s.push(s.i32()),
  K: (s) => s.push(s.u8()),
  M: (s) => s.push(s.u16()),
  '\x8a': (s) => s.push(s.long(s.u8())),
  '\x8b': (s) => s.push(s.long(s.u32())),
  F: (s) => s.push(Number(s.line())),
  G: (s) => s.push(s.f64()),
  V: (s) => s.push(s.line()),
  X: (s) => s.push(s.text(s.u32())),
  '\x8c': (s) => s.push(s.text(s.u8())),
  '\x8d': (s) => s.push(s.text(s.u64())),
  U: (s) => s.push(s.text(s.u8())),
  T: (s) => s.push(s.text(s.u32())),
  B: (s) => s.push(s.take(s.u32())),
  C: (s) => s.push(s.take(s.u8())),
  '\x8e': (s) => s.push(s.take(s.u64())),
  '\x96': (s) => s.push(s.take(s.u64())),
  ']': (s) => list(s, []),
  l: (s) => list(s, s.popMark()),
  a: (s) => append(s, popped(s, 1)),
  e: (s) => append(s, s.popMark()),
  '\x8f': (s) => list(s, []),
  '\x90': (s) => append(s, s.popMark()),
  '\x91': (s) => list(s, s.popMark()),
  ')': (s) => tuple(s, []),
  t: (s) => tuple(s, s.popMark()),
  '\x85': (s) => tuple(s, popped(s, 1)),
  '\x86': (s) => tuple(s, popped(s, 2)),
  '\x87': (s) => tuple(s, popped(s, 3)),
  '}': (s) => s.push(s.keep(new PickleDict())),
  d: (s) => {
    const items = s.popMark();
    const dict = s.keep(new PickleDict());
    s.setItems(dict, items);
    s.push(dict);
  },
  s: (s) => {
    const items = popped(s, 2);
    s.setItems(s.dict(), items);
  },
  u: (s) => {
    const items = s.popMark();
    s.setItems(s.dict(), items);
  },
  c: (s) => {
    const module = s.line();
    s.global(module, s.line());
  },
  '\x93': (s) => {
    const [module, name] = popped(s, 2);
    s.global(module, name);
  },
  R: (s) => {
    const [callable, args] = popped(s, 2);
    s.reduce(callable, args);
  },
  '\x81': (s) => {
    const [callable, args] = popped(s, 2);
    s.reduce(callable, args);
  },
  b: (s) => s.build(s.pop()),
  Q: (s) => s.load(s.pop()),
  p: (s) => s.put(Number(s.line())),
  q: (s) => s.put(s.u8()),
  r: (s) => s.put(s.u32()),
  '\x94': (s) => s.memoize(),
  g: (s) => s.get(Number(s.line())),
  h: (s) => s.get(s.u8()),
  j: (s) => s.get(s.u32()),
};

const STEPS: ((s: Steps) => void)[] = [];
for (const [character, step] of Object.entries(BY_CHARACTER)) STEPS[character.charCodeAt(0)] = step;
