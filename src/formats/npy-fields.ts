/** NumPy arrays as fields: one of an npy file, one for each member of an archive. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import type { Field, Fields, FormatOptions } from '../types/fields.js';
import { type ArrayPlace, openArrays } from './array-fields.js';
import { type LaidArray, type Sized, shapeText } from './array-layout.js';
import type { Input } from './input.js';
import { layNpy, singleNumber } from './npy.js';
import { recordPlaces } from './npy-records.js';
import { type ElementType, parseElementType, parseTextType, type TextType } from './numpy-dtype.js';

/** Opens an npy file of version 1 to 3. @throws InputError as `openNpy` and `openNpyTexts` */
export async function openNpyFile(input: Input, options: FormatOptions): Promise<Fields> {
  const { name } = input;
  const open = async () => input.open();
  const records = await recordPlaces(open, (field) => field, options.memoryBudget);
  if (records !== null) {
    const file = { name, format: 'npy', unit: 'field', named: true } as const;
    return openArrays(file, records, options);
  }
  const place = npyPlace(null, open, options);
  const file = { name, format: 'npy', unit: 'array', named: false } as const;
  const fields = await openArrays(file, [place], options);
  const [{ problem }] = fields.fields as [Field];
  if (problem !== undefined) throw problem;
  return fields;
}

/** A member of an archive. */
export interface NpyMember {
  readonly name: string;
  /** Gives its bytes from the first one. */
  open(): Promise<ByteSource | ByteStream>;
}

/** The arrays of the members of an archive; of arrays of records their fields. */
export async function npyPlaces(
  members: readonly NpyMember[],
  options: FormatOptions,
): Promise<ArrayPlace[]> {
  const places: ArrayPlace[] = [];
  for (const { name, open } of members) {
    const nameOf = (field: string) => (members.length === 1 ? field : `${name}.${field}`);
    const records = await recordPlaces(open, nameOf, options.memoryBudget);
    places.push(...(records ?? [npyPlace(name, open, options)]));
  }
  return places;
}

/** An npy file, or a member of an archive. @param name null for an array without a name */
function npyPlace(
  name: string | null,
  open: () => Promise<ByteSource | ByteStream>,
  options: FormatOptions,
): ArrayPlace {
  return { name, open: async () => layArray(await open(), name === null, options) };
}

async function layArray(
  input: ByteSource | ByteStream,
  isLone: boolean,
  { bfloat16 = false }: FormatOptions,
): Promise<LaidArray<ElementType | TextType>> {
  const laid = await layNpy(input, (source, descr): ElementType | TextType | RawPair =>
    bfloat16 && descr !== '<u2'
      ? parseElementType(source, descr, true)
      : descr === '|V2' || descr === '<V2'
        ? { raw: descr, bytes: 2 }
        : parseTextType(source, descr),
  );
  const { element, shape } = laid.layout;
  if (shape.length === 0) throw singleNumber('npy-shape', input.name);
  if ('raw' in element) {
    // Rows of two raw bytes each are scores as ml_dtypes saves bfloat16; a single column may be anything.
    return withElement(laid, parseElementType(input.name, element.raw, shape.length > 1));
  }
  // Bits of bfloat16 in integers: of a member without axes they are rather targets.
  const isBits = bfloat16 && 'descr' in element && element.descr === '<u2';
  const isBrain = isBits && (isLone || shape.length > 1);
  return withElement(laid, isBrain ? parseElementType('', '<u2', true) : element);
}

/** Two raw bytes, whose meaning their shape tells. */
interface RawPair {
  readonly raw: string;
  readonly bytes: 2;
}

function withElement(
  laid: LaidArray<Sized>,
  element: ElementType | TextType,
): LaidArray<ElementType | TextType> {
  return { ...laid, layout: { ...laid.layout, element } };
}

/** Shape of a field with its rows, as NumPy prints it. */
export function shapeOf({ rows, inner }: Field): string {
  return shapeText([rows ?? Number.NaN, ...inner]);
}
