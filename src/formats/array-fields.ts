/** Arrays as fields: those of a file side by side, each with its own bytes. */

import { InputError } from '../types/errors.js';
import {
  type Field,
  type Fields,
  type FormatOptions,
  type NumberGroup,
  type RowReader,
  type Selection,
  widthOf,
} from '../types/fields.js';
import type { Dtype } from '../types/scores.js';
import type { ArrayLayout, LaidArray } from './array-layout.js';
import { type NumberArray, openNumbers } from './array-numbers.js';
import { openTexts, type TextArray } from './array-texts.js';
import type { ElementType, TextType } from './numpy-dtype.js';

/** One of the arrays of a file. */
export interface ArrayPlace {
  /** Null for an array without a name. */
  readonly name: string | null;
  /** Finds out how it lies, and opens its bytes; several readers may be open at once. */
  open(): Promise<LaidArray<ElementType | TextType>>;
}

/** What is said of the file that the arrays are in. */
export type ArrayFile = Pick<Fields, 'name' | 'format' | 'unit' | 'named'>;

/** The arrays of a file. What is wrong with one of them is thrown when it is chosen. */
export async function openArrays(
  file: ArrayFile,
  places: readonly ArrayPlace[],
  { memoryBudget }: FormatOptions,
): Promise<Fields> {
  const opened = new Map<Field, ArrayPlace>();
  for (const place of places) opened.set(await fieldOf(place), place);
  const lay = (field: Field) => {
    if (field.problem !== undefined) throw field.problem;
    return opened.get(field)!.open();
  };
  const open = async (field: Field, width: number): Promise<NumberArray> => {
    // What is no number was refused by those who chose the field.
    const laid = (await lay(field)) as LaidArray<ElementType>;
    return (await openNumbers(laid, memoryBudget)).asRows(width);
  };
  return {
    ...file,
    fields: [...opened.keys()],
    async select({ numbers, texts }: Selection): Promise<RowReader> {
      const groups = [];
      for (const group of numbers) groups.push(await openGroup(group, open));
      const textArrays = [];
      for (const field of texts) textArrays.push(await openTexts(await lay(field), memoryBudget));
      return new ArrayRows(file.name, groups, textArrays);
    },
  };
}

async function fieldOf(place: ArrayPlace): Promise<Field> {
  const { name } = place;
  try {
    const { bytes, layout } = await place.open();
    await bytes.close();
    return { name, ...typeOf(layout), inner: layout.shape.slice(1), rows: layout.shape[0]! };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const nothing = { stored: 'unknown', dtype: 'f64', inner: [], rows: 0 } as const;
    return { name, content: 'text', ...nothing, problem: error };
  }
}

function typeOf({
  element,
}: ArrayLayout<ElementType | TextType>): Pick<Field, 'content' | 'stored' | 'dtype'> {
  if (!('descr' in element)) return { content: 'text', stored: 'text', dtype: 'f64' };
  const content = element.kind === 'float' ? 'real' : 'whole';
  return { content, stored: element.descr, dtype: dtypeOf(element) };
}

/** Number format in memory that holds the stored type without rounding. */
function dtypeOf({ kind, bytes, brain }: ElementType): Dtype {
  if (kind !== 'float' || bytes === 8) return 'f64';
  if (bytes === 4) return 'f32';
  return brain ? 'bf16' : 'f16';
}

/** The arrays of a group, each with its numbers per row. */
type OpenGroup = readonly NumberArray[];

async function openGroup(
  { fields, width }: NumberGroup,
  open: (field: Field, width: number) => Promise<NumberArray>,
): Promise<OpenGroup> {
  const arrays = [];
  for (const field of fields)
    arrays.push(await open(field, fields.length > 1 ? widthOf(field) : width));
  return arrays;
}

/** Rows of arrays side by side. */
class ArrayRows implements RowReader {
  texts: string[][];
  readonly selectRows: RowReader['selectRows'];
  readonly #arrays: readonly NumberArray[];
  #row = 0;
  #firstRow = 0;
  #scratch: Parameters<RowReader['read']>[0][number] = new Float64Array(0);

  constructor(
    private readonly name: string,
    private readonly groups: readonly OpenGroup[],
    private readonly textArrays: readonly TextArray[],
  ) {
    this.texts = textArrays.map(() => []);
    this.#arrays = groups.flat();
    const parts = [...this.#arrays, ...textArrays];
    if (parts.every((part) => part.selectRows !== undefined)) {
      this.selectRows = (first, count) => {
        for (const part of parts) part.selectRows!(first, count);
        this.#row = first;
      };
    }
  }

  async read(into: Parameters<RowReader['read']>[0], count: number): Promise<number> {
    let rows = count;
    for (const [i, group] of this.groups.entries()) {
      const got = await this.#readGroup(group, into[i]!, rows);
      if (i > 0 && got < rows) throw this.#shorter(group[0]!.name, got);
      rows = got;
    }
    for (const [i, array] of this.textArrays.entries()) {
      let texts: string[] = [];
      while (texts.length < rows) {
        const more = await array.readTexts(rows - texts.length);
        if (more.length === 0) break;
        texts = texts.concat(more);
      }
      if (texts.length < rows && (this.groups.length > 0 || i > 0)) {
        throw this.#shorter(this.name, texts.length);
      }
      rows = texts.length;
      this.texts[i] = texts;
    }
    this.#firstRow = this.#row;
    this.#row += rows;
    return rows;
  }

  async #readGroup(
    group: OpenGroup,
    into: Parameters<RowReader['read']>[0][number],
    count: number,
  ): Promise<number> {
    if (group.length === 1) return group[0]!.readRows(into, count);
    const width = group.reduce((sum, { columns }) => sum + columns, 0);
    let base = 0;
    let rows = count;
    for (const array of group) {
      const { columns } = array;
      // Bits of half precision stay bits.
      const Numbers = into instanceof Uint16Array ? Uint16Array : Float64Array;
      const isFit = this.#scratch instanceof Numbers && this.#scratch.length >= rows * columns;
      if (!isFit) this.#scratch = new Numbers(rows * columns);
      const got = await array.readRows(this.#scratch, rows);
      if (base > 0 && got < rows) throw this.#shorter(array.name, got);
      rows = got;
      for (let r = 0; r < rows; r++) {
        for (let k = 0; k < columns; k++) {
          into[r * width + base + k] = this.#scratch[r * columns + k]!;
        }
      }
      base += columns;
    }
    return rows;
  }

  #shorter(source: string, rows: number): InputError {
    return new InputError('shape-mismatch', {
      source,
      problem: 'the arrays have different numbers of rows',
      found: `${this.#row + rows} rows here`,
      expected: 'as many in each',
    });
  }

  place(index: number) {
    return { source: this.name, row: this.#firstRow + index };
  }

  progress() {
    const parts = [...this.#arrays, ...this.textArrays].map((array) => array.progress());
    return {
      done: parts.reduce((sum, part) => sum + part.done, 0),
      total: parts.length === 0 ? null : parts.reduce((sum, part) => sum + part.total, 0),
    };
  }

  async close(): Promise<void> {
    for (const array of this.#arrays) await array.close();
  }
}
