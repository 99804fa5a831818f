/** How the columns of a CSV file write their numbers, learnt from its first rows. */

import type { CellScanner } from './csv-cells.js';
import { NumberScanner } from './number-scan.js';
import type { CellPlace, NumberStyle } from './number-style.js';

/** Rows that tell how the numbers of a column are written, as far as they lie in the first window. */
const STYLE_ROWS = 256;

/**
 * Reads the cells of the first rows ahead; what is wrong with them is said when they are read.
 * @param styles of the columns of numbers; of others undefined
 * @param line that the window begins on
 */
export function learnStyles(
  cells: CellScanner,
  styles: readonly (NumberStyle | undefined)[],
  line: number,
): void {
  const { window } = cells;
  const scanner = new NumberScanner();
  const places = { row: 0, line };
  let at = window.start;
  while (places.row < STYLE_ROWS && at < window.end) {
    const begin = at;
    let breaks = 0;
    for (let column = 0; ; column++) {
      try {
        at = cells.find(at, breaks, places);
      } catch {
        at = -1;
      }
      if (at < 0) break;
      breaks += cells.breaks;
      const style = styles[column];
      if (style) learnCell(cells, scanner, style, places);
      if (window.bytes[at] !== cells.delimiter) break;
      at++;
    }
    const next = at < 0 ? -1 : cells.afterLine(at);
    if (next <= begin) break;
    at = next;
    places.line += 1 + breaks;
    places.row++;
  }
  if (places.row === 0) return;
  for (const style of styles) style?.settle({ row: 0, line });
}

/** A cell that a scanner reads whole needs no string, unless it may show a decimal sign. */
function learnCell(
  cells: CellScanner,
  scanner: NumberScanner,
  style: NumberStyle,
  place: CellPlace,
): void {
  scanner.scan(cells.window.bytes, cells.from);
  const isPlain = scanner.end === cells.to;
  if (isPlain && style.sign === '.' && style.isPlain) return;
  style.learn(cells.text(place), { ...place });
}
