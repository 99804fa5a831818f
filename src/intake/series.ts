/** Several files read as one, one after the other: shards of a dump, partitions of a data set. */

import { isByteSource } from '../formats/bytes.js';
import { openFields, recognise } from '../formats/formats.js';
import { shapeOf } from '../formats/npy-fields.js';
import type { BytePart, ByteSeries } from '../types/dump.js';
import { InputError, quote } from '../types/errors.js';
import type {
  Field,
  Fields,
  FormatName,
  FormatOptions,
  RowReader,
  Selection,
} from '../types/fields.js';
import { type KnownPart, SeriesRows } from './series-rows.js';

/** Opens a part again. */
export type OpenPart = (
  part: BytePart,
) => Promise<{ readonly fields: Fields; close(): Promise<void> }>;

/** Files that are open as one. */
export interface OpenSeries {
  readonly fields: Fields;
  readonly input: { readonly seeks: boolean; settle(): void };
  again(): Promise<Fields>;
}

/**
 * Opens files as one. Each is opened to see that all hold the same fields, and again when its rows are
 * read: no more than two are open at once.
 * @throws InputError `no-parts`, `parts-differ`, and where a part is refused
 */
export async function openSeries(
  series: ByteSeries,
  given: FormatName | undefined,
  optionsOf: (format: FormatName) => FormatOptions,
): Promise<OpenSeries> {
  let format = given;
  const open = async (part: BytePart) => {
    const bytes = part.open();
    try {
      const known = await recognise(bytes, given);
      format ??= known.format;
      if (known.format !== format) throw otherFormat(part.name, known.format, format, series);
      const fields = await openFields(known, optionsOf(format));
      return { bytes, fields, seeks: known.input.seeks && isByteSource(bytes) };
    } catch (error) {
      await bytes.close();
      throw error;
    }
  };
  const parts: KnownPart[] = [];
  let first: Fields | null = null;
  for (const part of series.parts) {
    const { bytes, fields, seeks } = await open(part);
    await bytes.close();
    first ??= fields;
    const own = first === fields ? fields.fields : sameFields(fields, first);
    parts.push({ part, size: bytes.size, seeks, fields: own });
  }
  if (first === null) throw noParts(series.name);
  const seeks = parts.every((part) => part.seeks);
  const openPart: OpenPart = async (part) => {
    const { bytes, fields } = await open(part);
    return { fields, close: async () => bytes.close() };
  };
  const merged = first.fields.map((_, i) => mergedField(parts.map(({ fields }) => fields[i]!)));
  const head = first;
  const again = async (): Promise<Fields> => ({
    name: series.name,
    format: head.format,
    unit: head.unit,
    named: head.named,
    fields: merged,
    select: (selection) => selectIn(parts, merged, openPart, selection),
  });
  const input = { seeks, settle() {} };
  return { fields: await again(), input, again };
}

/** The fields of a part in the order of the first. @throws InputError `parts-differ` */
function sameFields(fields: Fields, first: Fields): Field[] {
  const byName = new Map(fields.fields.map((field) => [field.name, field]));
  if (fields.fields.length !== first.fields.length) {
    const other = fields.fields.find(
      ({ name }) => !first.fields.some((field) => field.name === name),
    );
    const more = other ? `, ${quote(other.name ?? '')} among them` : '';
    throw differs(
      fields.name,
      `${fields.fields.length} ${fields.unit}s${more}`,
      `${first.fields.length} as in ${first.name}`,
    );
  }
  return first.fields.map((field) => {
    const own = byName.get(field.name);
    const what = field.name === null ? 'the array' : `${fields.unit} ${quote(field.name)}`;
    if (own === undefined) {
      throw differs(fields.name, `no ${what}`, `the ${fields.unit}s of ${first.name}`);
    }
    if (own.inner.join() !== field.inner.join()) {
      throw differs(
        fields.name,
        `${what} of shape ${shapeOf(own)}`,
        `rows as in ${first.name}, which has ${shapeOf(field)}`,
      );
    }
    if (own.content !== 'whole' && own.content !== 'text' && own.dtype !== field.dtype) {
      throw differs(fields.name, `${what} of ${own.stored}`, `${field.stored} as in ${first.name}`);
    }
    return own;
  });
}

/** What the same field of all parts is. */
function mergedField(fields: readonly Field[]): Field {
  const [first] = fields as [Field];
  const rows = fields.reduce<number | null>(
    (sum, field) => (sum === null || field.rows === null ? null : sum + field.rows),
    0,
  );
  const contents = new Set(fields.map(({ content }) => content));
  const problem = fields.find((field) => field.problem !== undefined)?.problem;
  return { ...first, rows, content: mergedContent(contents), ...(problem && { problem }) };
}

function mergedContent(contents: ReadonlySet<Field['content']>): Field['content'] {
  if (contents.size === 1) return [...contents][0]!;
  if ([...contents].every((content) => content === 'whole' || content === 'real')) return 'real';
  return 'written';
}

async function selectIn(
  parts: readonly KnownPart[],
  merged: readonly Field[],
  open: OpenPart,
  selection: Selection,
): Promise<RowReader> {
  const places = new Map(merged.map((field, i) => [field, i]));
  const select = async ({ part, fields }: KnownPart) => {
    const opened = await open(part);
    // Opened anew it has fields of its own, in the order that it has them in.
    const position = (field: Field) => {
      const { name } = fields[places.get(field)!]!;
      return opened.fields.fields.find((own) => own.name === name)!;
    };
    try {
      const reader = await opened.fields.select({
        ...selection,
        numbers: selection.numbers.map((group) => ({
          ...group,
          fields: group.fields.map(position),
        })),
        texts: selection.texts.map(position),
      });
      return { reader, close: () => reader.close().then(opened.close) };
    } catch (error) {
      await opened.close();
      throw error;
    }
  };
  return SeriesRows.open(parts, merged, selection, select);
}

function noParts(source: string): InputError {
  return new InputError('no-parts', {
    source,
    problem: 'there is no file in it',
    expected: 'files of predictions',
  });
}

function otherFormat(
  source: string,
  found: FormatName,
  expected: FormatName,
  { parts }: ByteSeries,
): InputError {
  return differs(source, found, `${expected} as ${parts[0]!.name}`);
}

function differs(source: string, found: string, expected: string): InputError {
  return new InputError('parts-differ', {
    source,
    problem: 'files that are read as one hold the same',
    found,
    expected,
    advice:
      'Leave it out with a narrower pattern, or score it by itself. Targets of their own are given with --labels.',
  });
}
