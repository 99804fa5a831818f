/** NumPy arrays as fields: one of an npy file, one for each member of an archive. */

import type { ByteSource, ByteStream } from '../types/dump.js';
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
import { isByteSource, streamOf } from './bytes.js';
import type { Input } from './input.js';
import { type NumberArray, openNpy, shapeText } from './npy.js';
import { openNpyTexts, type TextArray } from './npy-texts.js';
import { type ElementType, parseElementType, parseTextType } from './numpy-dtype.js';
import { readNpyHeader } from './numpy-header.js';

/** An npy file, or a member of an archive. */
export interface ArrayPlace {
  /** Null for an array without a name. */
  readonly name: string | null;
  /** The bytes of the npy file from the first one; several readers may be open at once. */
  open(): Promise<ByteSource | ByteStream>;
}

/** Opens an npy file of version 1 to 3. @throws InputError as `openNpy` and `openNpyTexts` */
export async function openNpyFile(input: Input, options: FormatOptions): Promise<Fields> {
  const place: ArrayPlace = { name: null, open: async () => input.open() };
  const fields = await openArrays(input.name, 'npy', [place], options);
  const [{ problem }] = fields.fields as [Field];
  if (problem !== undefined) throw problem;
  return fields;
}

/** The arrays of a file. What is wrong with one of them is thrown when it is chosen. */
export async function openArrays(
  name: string,
  format: 'npy' | 'npz',
  places: readonly ArrayPlace[],
  options: FormatOptions,
): Promise<Fields> {
  const opened = new Map<Field, { readonly place: ArrayPlace; readonly isBrain: boolean }>();
  for (const place of places) {
    const isLone = place.name === null;
    const { field, isBrain } = await fieldOf(place, isLone, options.bfloat16 ?? false);
    opened.set(field, { place, isBrain });
  }
  const open = async (field: Field, width: number): Promise<NumberArray> => {
    if (field.problem !== undefined) throw field.problem;
    const { place, isBrain } = opened.get(field)!;
    const { memoryBudget } = options;
    const budget = memoryBudget === undefined ? {} : { memoryBudget };
    return (await openNpy(await place.open(), { ...budget, bfloat16: isBrain })).asRows(width);
  };
  return {
    name,
    format,
    unit: format === 'npy' ? 'array' : 'member',
    named: format === 'npz',
    fields: [...opened.keys()],
    async select({ numbers, texts }: Selection): Promise<RowReader> {
      const groups = [];
      for (const group of numbers) groups.push(await openGroup(group, open));
      const textArrays = [];
      for (const field of texts) {
        if (field.problem !== undefined) throw field.problem;
        textArrays.push(await openNpyTexts(await opened.get(field)!.place.open()));
      }
      return new ArrayRows(name, groups, textArrays);
    },
  };
}

async function fieldOf(
  place: ArrayPlace,
  isLone: boolean,
  bfloat16: boolean,
): Promise<{ readonly field: Field; readonly isBrain: boolean }> {
  const { name } = place;
  try {
    const bytes = await place.open();
    const stream = isByteSource(bytes) ? streamOf(bytes) : bytes;
    const header = await readNpyHeader(stream, (source, descr) =>
      bfloat16 && descr !== '<u2'
        ? parseElementType(source, descr, true)
        : parseTextType(source, descr),
    );
    await stream.close();
    const { shape } = header;
    if (shape.length === 0) throw singleNumber(stream.name);
    let { element } = header;
    // Bits of bfloat16 in integers: of a member without axes they are rather targets.
    const isBits = bfloat16 && 'descr' in element && element.descr === '<u2';
    if (isBits && (isLone || shape.length > 1)) element = parseElementType('', '<u2', true);
    const isText = !('descr' in element);
    const field: Field = {
      name,
      content: isText ? 'text' : (element as ElementType).kind === 'float' ? 'real' : 'whole',
      stored: isText ? 'text' : (element as ElementType).descr,
      dtype: isText ? 'f64' : dtypeOf(element as ElementType),
      inner: shape.slice(1),
      rows: shape[0]!,
    };
    return { field, isBrain: 'brain' in element && element.brain === true };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const nothing = {
      content: 'text',
      stored: 'unknown',
      dtype: 'f64',
      inner: [],
      rows: 0,
    } as const;
    return { field: { name, ...nothing, problem: error }, isBrain: false };
  }
}

function singleNumber(source: string): InputError {
  return new InputError('npy-shape', {
    source,
    problem: 'the array is a single number',
    found: 'shape ()',
    expected: 'one axis or more',
    advice: 'Save the whole array.',
  });
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

/** Shape of a field with its rows, as NumPy prints it. */
export function shapeOf({ rows, inner }: Field): string {
  return shapeText([rows ?? Number.NaN, ...inner]);
}
