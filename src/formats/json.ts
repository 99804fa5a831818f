/** JSON: Lines of one object per row, or one array of them; rows without names are one field. */

import { InputError } from '../types/errors.js';
import type { Field, Fields, FormatOptions } from '../types/fields.js';
import { isByteSource, streamOf } from './bytes.js';
import type { Input } from './input.js';
import { NestedFields } from './json-nested.js';
import { type JsonRecord, JsonRecords, valueAt } from './json-records.js';
import { JsonRows } from './json-rows.js';
import type { JsonKind, JsonScanner } from './json-scan.js';
import { recordValue } from './json-value.js';
import { parseDecimal } from './number-scan.js';
import { ByteWindow } from './text-window.js';

/**
 * Opens JSON Lines or a JSON array. Blank lines are passed over; NaN, Infinity and -Infinity are
 * read as Python writes them, null as a number that is missing. The fields are those of
 * the first row.
 * @throws InputError `empty-file`, `not-utf8`, `not-text`, `bad-json`, `line-too-long`
 */
export async function openJson(input: Input, options: FormatOptions = {}): Promise<Fields> {
  const bytes = input.open();
  const window = new ByteWindow(isByteSource(bytes) ? streamOf(bytes) : bytes);
  await window.open();
  const head = new TextDecoder('latin1').decode(
    window.bytes.subarray(window.start, window.start + 64),
  );
  if (/^\s*\{\s*"version"/.test(head)) {
    const { beginsLog, openLogDocument } = await import('./inspect-log.js');
    if (beginsLog(head)) return openLogDocument(input, options);
  }
  const records = new JsonRecords(window, beginsArray(window));
  const first = await records.next();
  if (first === null) {
    throw new InputError('empty-file', { source: input.name, problem: 'the file holds no rows' });
  }
  const fields = firstFields(records, first);
  if (fields.some(({ name }) => name === 'filtered_resps' || name === 'resps')) {
    const found = await openEvaluation(input, records, first, options);
    if (found !== null) return found;
  }
  const rest = window.bytes.subarray(first.end, window.end);
  const isAlone = !records.isArray && rest.every((byte) => byte <= 0x20);
  if (isAlone) refuseByColumn(fields, input.name);
  // Before anything moves in the window.
  const row = fields.some(holdsOthers) ? recordValue(records, first) : undefined;
  const nested = new NestedFields(() => row);
  return {
    name: input.name,
    format: records.isArray ? 'json' : 'jsonl',
    unit: 'field',
    named: fields[0]?.name !== null,
    fields,
    ...(row !== undefined && { nested: nested.at }),
    select: async (selection) => new JsonRows(records, first, fields, selection, nested),
  };
}

/** Whether a field may hold single values of its own. */
function holdsOthers({ keys, problem }: Field): boolean {
  return keys !== undefined || problem !== undefined;
}

/** Records of an evaluation; null where they are none that can be scored. */
async function openEvaluation(
  input: Input,
  records: JsonRecords,
  first: JsonRecord,
  options: FormatOptions,
): Promise<Fields | null> {
  const { isChoiceRecord, openChoices } = await import('./choice-records.js');
  const isFound = isChoiceRecord(recordValue(records, first));
  return isFound ? openChoices(input, records.isArray, options) : null;
}

/** pandas writes a frame by column unless it is told otherwise: one object, each column one of row numbers. */
function refuseByColumn(fields: readonly Field[], source: string): void {
  const names = fields.map(({ name }) => name);
  const isCounted = (keys: readonly string[] = []) =>
    keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
  const areColumns = fields.length > 1 && fields.every(({ keys }) => isCounted(keys));
  const isFrame = names.includes('data') && (names.includes('columns') || names.includes('schema'));
  if (!areColumns && !isFrame) return;
  throw new InputError('by-column', {
    source,
    problem: 'the file is one object that holds a whole table, not one object per row',
    found: areColumns ? 'columns with a value for each row number' : `fields ${names.join(', ')}`,
    expected: 'an object for each row',
    advice: "Write it with df.to_json(path, orient='records'), and lines=True if you like.",
  });
}

/** Whether a bracket at the beginning opens one array of all rows, or the first row of many lines. */
function beginsArray({ bytes, start, end, name }: ByteWindow): boolean {
  let at = start;
  while (at < end && bytes[at]! <= 0x20) at++;
  if (bytes[at] !== 0x5b) return false;
  const text = new TextDecoder('latin1').decode(bytes.subarray(at, at + 64));
  // One line alone: of a file of lines it is a row, unless it holds rows.
  const isRow = /\.(?:jsonl|ndjson)(?:\.gz)?$/i.test(name) && /^\[\s*[^[{\s]/.test(text);
  const value = valueAt(bytes, at, end);
  if (value === null) return !isRow;
  const rest = new TextDecoder('latin1').decode(
    bytes.subarray(value.end, Math.min(end, value.end + 64)),
  );
  if (/^\s*\n\s*\S/.test(rest)) return false;
  return !isRow;
}

/** Axes of more than one value: a list of one is what is in it. */
const axesOf = ({ dims }: Pick<Shape, 'dims'>) => dims.filter((size) => size !== 1);

/** What a value of the first row is made of. */
interface Shape {
  readonly kind: JsonKind;
  /** Whether all that it holds can be read as numbers. */
  readonly numeric: boolean;
  readonly dims: readonly number[];
  readonly keys?: readonly string[];
}

function firstFields(records: JsonRecords, record: JsonRecord): Field[] {
  const { scanner } = records;
  const fields = new Map<string | null, Field>();
  scanner.bytes = records.window.bytes;
  scanner.at = record.start;
  const source = records.window.name;
  try {
    if (scanner.kind() === 'object') {
      scanner.expect(0x7b, 'an object');
      if (!scanner.accept(0x7d)) {
        do {
          scanner.peek();
          const name = scanner.string();
          scanner.expect(0x3a, 'a colon');
          fields.set(name, fieldOf(name, shapeAt(scanner), source));
        } while (scanner.accept(0x2c));
        scanner.expect(0x7d, 'a comma or a closing brace');
      }
    } else fields.set(null, fieldOf(null, shapeAt(scanner), source));
    scanner.expectEnd(record.end);
  } catch (fault) {
    throw records.refuse(fault);
  }
  return [...fields.values()];
}

/** Reads over a value. */
function shapeAt(scanner: JsonScanner, depth = 0): Shape {
  const kind = scanner.kind();
  if (kind === 'string') {
    return { kind, numeric: parseDecimal(scanner.string()) !== null, dims: [] };
  }
  if (kind === 'array' && depth < 3) {
    scanner.at++;
    const items: Shape[] = [];
    let alike = true;
    if (!scanner.accept(0x5d)) {
      do {
        const item = shapeAt(scanner, depth + 1);
        const first = items[0] ?? item;
        alike &&=
          item.numeric && axesOf(item).join() === axesOf(first).join() && item.keys === undefined;
        items.push(item);
      } while (scanner.accept(0x2c));
      scanner.expect(0x5d, 'a comma or a closing bracket');
    }
    return {
      kind,
      numeric: alike && items.length > 0,
      dims: [items.length, ...(items[0] ? axesOf(items[0]) : [])],
    };
  }
  if (kind === 'object' && depth === 0) {
    scanner.at++;
    const keys: string[] = [];
    let numeric = true;
    if (!scanner.accept(0x7d)) {
      do {
        scanner.peek();
        keys.push(scanner.string());
        scanner.expect(0x3a, 'a colon');
        const item = shapeAt(scanner, 1);
        numeric &&= item.numeric && item.dims.every((size) => size === 1);
      } while (scanner.accept(0x2c));
      scanner.expect(0x7d, 'a comma or a closing brace');
    }
    const isByClass = numeric && keys.length > 1 && new Set(keys).size === keys.length;
    return { kind, numeric: isByClass, dims: [keys.length], keys };
  }
  scanner.skip();
  return { kind, numeric: kind === 'number' || kind === 'null' || kind === 'boolean', dims: [] };
}

function fieldOf(name: string | null, { kind, numeric, dims, keys }: Shape, source: string): Field {
  // A batch of one row is that row.
  const axes = axesOf({ dims });
  const isSingle = axes.length === 0 && kind !== 'object';
  const common = { name, stored: 'text', dtype: 'f64', rows: null } as const;
  if (isSingle && (numeric || kind === 'string')) {
    return { ...common, content: kind === 'number' ? 'number' : 'written', inner: [] };
  }
  if (numeric) return { ...common, content: 'number', inner: axes, ...(keys && { keys }) };
  const problem = new InputError('bad-scores', {
    source,
    row: 0,
    ...(name !== null && { column: name }),
    problem: 'the field holds neither a value nor an array of numbers',
    found: kind === 'object' ? 'an object of other values' : 'an array of other values',
    expected: 'an array of numbers, one per class, or an object with a number for each class',
    advice: 'Write one object per row, with its scores in one flat array.',
  });
  return { ...common, content: 'text', inner: dims, problem, ...(keys && { keys }) };
}
