// Decimal numbers out of text: rows of delimited cells, and the numbers of a
// JSON array. Whatever is not plain (quotes with something in them, words,
// empty cells, ragged rows, doubtful rounding) is left to the host, which has
// the errors to say so: these functions stop before the row that holds it.
//
// The host puts a line feed behind the bytes and 16 readable ones behind that:
// every loop ends there, and none compares with the end.

import {
  CLASSES,
  COLUMNS,
  DELIMITER,
  PLACES,
  POINT,
  ROLES,
  SCORES,
  TEXT,
  TEXT_END,
} from '../call';
import { read_decimal } from './read-decimal';

const LINE_FEED: u32 = 0x0a;
const CARRIAGE_RETURN: u32 = 0x0d;
const QUOTE: u32 = 0x22;

/** What a column is for, as in src/types/decimals.ts; from 0 on, a place in the row of scores. */
const TARGET: i32 = -2;

/**
 * Reads up to `limit` rows from byte `start` of the text on: f64 scores, and
 * their places. A line feed stands at the end of the text, beyond it.
 * @returns how many rows were read, r: as r where the host has to read the
 *   next one (or the limit is reached), as −1 − r where the bytes end in it
 */
export function parse_rows(start: i32, limit: i32): i32 {
  const bytes = load<usize>(TEXT);
  const roles = load<usize>(ROLES);
  const columns = load<i32>(COLUMNS);
  const delimiter = load<u32>(DELIMITER);
  const point = load<u32>(POINT);
  const last = bytes + load<usize>(TEXT_END);
  const row_bytes = load<usize>(CLASSES) << 3;
  let scores = load<usize>(SCORES);
  let places = load<usize>(PLACES);
  let at = bytes + <usize>start;
  for (let row = 0; row < limit; row++) {
    let byte: u32 = load<u8>(at);
    if (byte == LINE_FEED || byte == CARRIAGE_RETURN) return at == last ? -1 - row : row;
    for (let column = 0; ; ) {
      const role = load<i32>(roles + (<usize>column << 2));
      if (role >= 0) {
        at = read_decimal(at, scores + (<usize>role << 3), point, false);
        if (at == 0) return row;
        byte = load<u8>(at);
      } else {
        let from = at;
        byte = load<u8>(at);
        let to: usize;
        if (byte == QUOTE) {
          from++;
          do byte = load<u8>(++at);
          while (byte != QUOTE && byte != LINE_FEED && byte != CARRIAGE_RETURN);
          if (byte != QUOTE) return row;
          to = at;
          byte = load<u8>(++at);
        } else {
          while (byte != delimiter && byte != LINE_FEED && byte != CARRIAGE_RETURN)
            byte = load<u8>(++at);
          to = at;
        }
        if (role == TARGET) {
          store<i32>(places, <i32>(from - bytes), 4);
          store<i32>(places, <i32>(to - bytes), 8);
        }
      }
      if (++column == columns) break;
      if (byte != delimiter) return byte == LINE_FEED && at == last ? -1 - row : row;
      at++;
    }
    if (byte == CARRIAGE_RETURN) byte = load<u8>(++at);
    if (byte != LINE_FEED) return row;
    if (at >= last) return -1 - row;
    at++;
    store<i32>(places, <i32>(at - bytes));
    places += 12;
    scores += row_bytes;
  }
  return limit;
}

/** The next byte that is no white space of JSON within a line. */
// @ts-ignore: decorator
@inline
function pass_spaces(at: usize): usize {
  let byte: u32 = load<u8>(at);
  while (byte == 0x20 || byte == 0x09 || byte == CARRIAGE_RETURN) byte = load<u8>(++at);
  return at;
}

/**
 * Reads the rest of a JSON array of as many numbers as there are classes,
 * from byte `start` of the text on, behind its bracket.
 * @returns the address behind the closing bracket, or 0 where it is left to the host
 */
export function parse_array(start: usize): usize {
  const count = load<i32>(CLASSES);
  let at = load<usize>(TEXT) + start;
  let out = load<usize>(SCORES);
  for (let index = 0; index < count; index++) {
    if (index > 0 && load<u8>(at++) != 0x2c) return 0;
    at = read_decimal(pass_spaces(at), out, 0x2e, true);
    if (at == 0) return 0;
    out += 8;
    at = pass_spaces(at);
  }
  return load<u8>(at) == 0x5d ? at + 1 : 0;
}
