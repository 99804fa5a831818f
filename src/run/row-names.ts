/** Names of rows that dumps have in one order, or not: rows are compared by their place only where they do. */

import type { DumpReader } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';

/** What to do where names stand in another order. */
export function otherOrder(
  column: string,
  first: { readonly source: string; readonly name: string },
  other: { readonly source: string; readonly name: string; readonly row: number },
): InputError {
  const shown = column.trim() === '' ? 'Unnamed: 0' : column;
  return new InputError('other-order', {
    source: other.source,
    row: other.row,
    column: shown,
    problem: `the column names the rows of ${first.source} and of this file, and they stand in another order`,
    found: quote(other.name),
    expected: `${quote(first.name)}, as in ${first.source}`,
    advice: `Match the rows by name with --id ${/^[\w.-]+$/.test(shown) ? shown : `'${shown}'`}; or by place, whatever their names, with --join place.`,
  });
}

/** The names of the rows of a first dump, that others are held against as they are read. */
export class NameOrder {
  readonly #names: string[] = [];
  #first: { readonly source: string; readonly column: string } | null = null;

  /** The first dump. */
  get name(): string | null {
    return this.#first?.source ?? null;
  }

  /** The names in order; complete when the first dump is read. */
  get names(): readonly string[] {
    return this.#names;
  }

  /**
   * A reader that takes the names of the first dump, or holds its own against them.
   * @throws (from `read`) InputError `other-order`
   */
  watch(reader: DumpReader): DumpReader {
    const { rowNames: column, name: source } = reader.info;
    if (column === undefined || reader.texts === undefined) return reader;
    const first = this.#first;
    if (first === null) this.#first = { source, column };
    else if (first.column !== column) return reader;
    let row = 0;
    const check = (ids: readonly string[]) => {
      if (first === null) {
        for (const id of ids) this.#names.push(id);
        return;
      }
      const at = ids.findIndex(
        (id, i) => row + i < this.#names.length && id !== this.#names[row + i],
      );
      if (at >= 0) {
        const expected = { source: first.source, name: this.#names[row + at]! };
        throw otherOrder(column, expected, { source, name: ids[at]!, row: row + at });
      }
      row += ids.length;
    };
    return {
      ...reader,
      async read(into) {
        const count = await reader.read(into);
        if (count > 0) check(reader.texts!().id ?? []);
        return count;
      },
    };
  }
}
