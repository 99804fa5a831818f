/** NumPy arrays as fields: one of an npy file, one for each member of an archive. */

import type { ByteSource, ByteStream } from '../types/dump.js';
import type { Field, Fields, FormatOptions } from '../types/fields.js';
import { type ArrayPlace, openArrays } from './array-fields.js';
import { type LaidArray, shapeText } from './array-layout.js';
import type { Input } from './input.js';
import { layNpy, singleNumber } from './npy.js';
import { type ElementType, parseElementType, parseTextType, type TextType } from './numpy-dtype.js';

/** Opens an npy file of version 1 to 3. @throws InputError as `openNpy` and `openNpyTexts` */
export async function openNpyFile(input: Input, options: FormatOptions): Promise<Fields> {
  const place = npyPlace(null, async () => input.open(), options);
  const file = { name: input.name, format: 'npy', unit: 'array', named: false } as const;
  const fields = await openArrays(file, [place], options);
  const [{ problem }] = fields.fields as [Field];
  if (problem !== undefined) throw problem;
  return fields;
}

/**
 * An npy file, or a member of an archive.
 * @param name null for an array without a name
 * @param open gives its bytes from the first one
 */
export function npyPlace(
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
  const laid = await layNpy(input, (source, descr): ElementType | TextType =>
    bfloat16 && descr !== '<u2'
      ? parseElementType(source, descr, true)
      : parseTextType(source, descr),
  );
  const { element, shape } = laid.layout;
  if (shape.length === 0) throw singleNumber('npy-shape', input.name);
  // Bits of bfloat16 in integers: of a member without axes they are rather targets.
  const isBits = bfloat16 && 'descr' in element && element.descr === '<u2';
  if (!isBits || (!isLone && shape.length === 1)) return laid;
  return { ...laid, layout: { ...laid.layout, element: parseElementType('', '<u2', true) } };
}

/** Shape of a field with its rows, as NumPy prints it. */
export function shapeOf({ rows, inner }: Field): string {
  return shapeText([rows ?? Number.NaN, ...inner]);
}
