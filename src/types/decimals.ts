/** The parser of decimal numbers, as formats of text use it: a fast way past their own scanners. */

/** What a column is for. From 0 on: its place in the row of scores. */
export const ColumnRole = {
  skip: -1,
  target: -2,
} as const;

/** Rows of a table that a {@link DecimalParser} has read. Views that die with the next call. */
export interface ParsedRows {
  readonly count: number;
  /** The bytes end within the next row; otherwise the caller has to read it. */
  readonly cut: boolean;
  /** Row-major, `count` × classes. */
  readonly scores: Float64Array;
  /** Three per row: index after its line end, and of the target's text the first byte and the one after the last. */
  readonly places: Int32Array;
}

/**
 * Reads plain numbers out of text, correctly rounded: the same doubles as
 * `Number(text)`. It stops where anything else stands, and leaves errors to its caller.
 */
export interface DecimalParser {
  /** Takes `bytes[start … end)`; indices into `bytes` are places in them from then on. */
  load(bytes: Uint8Array, start: number, end: number): void;
  /**
   * Says what the rows of a delimited table, or the arrays of a file of JSON Lines, are made of.
   * @param classes scores of a row, at least 1
   * @param roles of each column ({@link ColumnRole}); empty for {@link array}
   * @param delimiter code of an ASCII character that is part of no number
   * @param point code of the decimal sign of tables; default a point
   */
  plan(classes: number, roles: Int32Array, delimiter: number, point?: number): void;
  /** Reads up to `limit` whole rows from index `start` on. */
  rows(start: number, limit: number): ParsedRows;
  /**
   * Reads the rest of a JSON array of as many numbers as there are classes, behind its bracket.
   * @param into takes them from index `base` on
   * @returns index after the closing bracket; 0 where it is the caller's to read
   */
  array(start: number, into: Float64Array | Float32Array, base: number): number;
}
