/** The parser of decimal numbers on the WebAssembly core. */

import type { DecimalParser, ParsedRows } from '../types/decimals.js';
import {
  CLASSES,
  COLUMNS,
  DELIMITER,
  PLACES,
  POINT,
  POWERS,
  ROLES,
  SCORES,
  TEXT,
  TEXT_END,
  writeCall,
} from './call.js';
import type { Core } from './core.js';
import { align, PADDING } from './layout.js';
import { growTo } from './memory.js';

/** Powers of ten in the table, as assembly/text/parse-decimals.ts has them. */
const LEAST_POWER = -342;
const GREATEST_POWER = 308;

/** Scores that a call gives back at most, but for rows that are longer. */
const CALL_SCORES = 1 << 15;
/** Rows that a call gives back at most. */
const CALL_ROWS = 1 << 12;

/** Up to here a loop copies faster than a view can be made. */
const SHORT_ROW = 48;

const FULL_STOP = 0x2e;

const MASK = (1n << 64n) - 1n;

/** 5^27 is the last one below 2⁶³, and its like: reciprocals up to here are rounded up, so that exact quotients are met. */
const ROUNDED_UP = 27;

/**
 * The top 128 bits of every power of five, which are those of the power of ten;
 * the lower half of each first. The method that uses them wants the reciprocals
 * of small powers rounded up and all else cut off.
 */
function powersOfTen(): BigUint64Array {
  const table = new BigUint64Array(2 * (GREATEST_POWER - LEAST_POWER + 1));
  const put = (power: number, top: bigint) => {
    const place = 2 * (power - LEAST_POWER);
    table[place] = top & MASK;
    table[place + 1] = top >> 64n;
  };
  let five = 1n;
  for (let power = 0; power <= -LEAST_POWER; power++) {
    const bits = bitLength(five);
    if (power <= GREATEST_POWER)
      put(power, bits > 128 ? five >> BigInt(bits - 128) : five << BigInt(128 - bits));
    if (power > 0) put(-power, (1n << BigInt(bits + 127)) / five + (power <= ROUNDED_UP ? 1n : 0n));
    five *= 5n;
  }
  return table;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return hex.length * 4 + 28 - Math.clz32(Number.parseInt(hex[0]!, 16));
}

/** Where things lie in wasm memory. */
interface Layout {
  readonly powers: number;
  readonly roles: number;
  readonly scores: number;
  readonly places: number;
  readonly bytes: number;
}

/** Parser of decimal numbers. The core's memory belongs to it. */
export class CoreDecimalParser implements DecimalParser {
  readonly #core: Core;
  #classes = 1;
  #columns = 0;
  #delimiter = 0;
  #point = FULL_STOP;
  /** Rows that a call gives back at most. */
  #rows = 1;
  #layout: Layout;
  #scores = new Float64Array(0);

  constructor(core: Core) {
    this.#core = core;
    this.#layout = this.#layOut();
  }

  load(bytes: Uint8Array, start: number, end: number): void {
    const base = this.#layout.bytes;
    const { memory } = this.#core;
    growTo(memory, base + end + 1 + PADDING, this.#rows);
    const into = new Uint8Array(memory.buffer, base, end + 1 + PADDING);
    into.set(bytes.subarray(start, end), start);
    into.fill(0x0a, end);
    const { powers, roles, scores, places } = this.#layout;
    writeCall(this.#core, [
      [TEXT, base],
      [TEXT_END, end],
      [ROLES, roles],
      [COLUMNS, this.#columns],
      [DELIMITER, this.#delimiter],
      [POINT, this.#point],
      [POWERS, powers],
      [SCORES, scores],
      [CLASSES, this.#classes],
      [PLACES, places],
    ]);
    this.#scores = new Float64Array(memory.buffer, this.#layout.scores, this.#rows * this.#classes);
  }

  plan(classes: number, roles: Int32Array, delimiter: number, point = FULL_STOP): void {
    this.#classes = classes;
    this.#columns = roles.length;
    this.#delimiter = delimiter;
    this.#point = point;
    this.#rows = Math.min(CALL_ROWS, Math.ceil(CALL_SCORES / classes));
    this.#layout = this.#layOut();
    const { powers, roles: address, bytes } = this.#layout;
    const { memory } = this.#core;
    growTo(memory, bytes, this.#rows);
    const table = powersOfTen();
    new BigUint64Array(memory.buffer, powers, table.length).set(table);
    new Int32Array(memory.buffer, address, roles.length).set(roles);
  }

  rows(start: number, limit: number): ParsedRows {
    const result = this.#core.parse_rows(start, Math.min(limit, this.#rows));
    const count = result < 0 ? -1 - result : result;
    const { buffer } = this.#core.memory;
    return {
      count,
      cut: result < 0,
      scores: this.#scores.subarray(0, count * this.#classes),
      places: new Int32Array(buffer, this.#layout.places, count * 3),
    };
  }

  array(start: number, into: Float64Array | Float32Array, base: number): number {
    const classes = this.#classes;
    const end = this.#core.parse_array(start) >>> 0;
    if (end === 0) return 0;
    const values = this.#scores;
    if (classes > SHORT_ROW) into.set(values.subarray(0, classes), base);
    else for (let index = 0; index < classes; index++) into[base + index] = values[index]!;
    return end - this.#layout.bytes;
  }

  #layOut(): Layout {
    const powers = align(this.#core.heap_base.value as number);
    const roles = align(powers + 16 * (GREATEST_POWER - LEAST_POWER + 1));
    const scores = align(roles + 4 * this.#columns);
    const places = align(scores + 8 * this.#rows * this.#classes);
    return { powers, roles, scores, places, bytes: align(places + 12 * this.#rows) };
  }
}
