/** JSON as plain values, of records that are looked at as a whole. */

import { quote } from '../types/errors.js';
import type { JsonRecord, JsonRecords } from './json-records.js';
import type { JsonScanner } from './json-scan.js';
import { decodeText } from './text-window.js';

/** A value of JSON; NaN and the infinities, as Python writes them, are numbers. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** Deepest nesting of a value that is built. */
const DEPTH_LIMIT = 512;

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** What an object has under a name of its own; undefined where it has none. */
export function own(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The whole record. @throws what {@link JsonRecords.refuse} gives */
export function recordValue(records: JsonRecords, record: JsonRecord): JsonValue {
  const { window, scanner } = records;
  const text = decodeText(window.bytes, record.start, Math.min(record.end, window.end));
  if (text !== null) {
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      // NaN, or a fault that the scanner has words for.
    }
  }
  scanner.bytes = window.bytes;
  scanner.at = record.start;
  try {
    const value = builtValue(scanner, 0);
    scanner.expectEnd(record.end);
    return value;
  } catch (fault) {
    throw records.refuse(fault);
  }
}

/** The value that begins at the scanner, which then stands behind it. */
export function builtValue(scanner: JsonScanner, depth: number): JsonValue {
  const kind = depth > DEPTH_LIMIT ? 'nothing' : scanner.kind();
  if (kind === 'string') return scanner.string();
  if (kind === 'number') return scanner.number();
  if (kind === 'boolean') return scanner.flag();
  if (kind === 'array') {
    scanner.at++;
    const items: JsonValue[] = [];
    if (scanner.accept(0x5d)) return items;
    do items.push(builtValue(scanner, depth + 1));
    while (scanner.accept(0x2c));
    scanner.expect(0x5d, 'a comma or a closing bracket');
    return items;
  }
  if (kind === 'object') {
    scanner.at++;
    const entries: [string, JsonValue][] = [];
    if (scanner.accept(0x7d)) return {};
    do {
      scanner.peek();
      const name = scanner.string();
      scanner.expect(0x3a, 'a colon');
      entries.push([name, builtValue(scanner, depth + 1)]);
    } while (scanner.accept(0x2c));
    scanner.expect(0x7d, 'a comma or a closing brace');
    return Object.fromEntries(entries);
  }
  // Passes over null, and refuses what is no value.
  scanner.skip(depth);
  return null;
}

/** The value at a path of names and places; a name that holds dots comes before a path. */
export function valueAtPath(value: JsonValue, path: string): JsonValue | undefined {
  if (isList(value)) {
    const [, place = '', rest] = /^(0|[1-9]\d{0,8})(?:\.(.*))?$/s.exec(path) ?? [];
    const item = place === '' ? undefined : value[Number(place)];
    return item === undefined || rest === undefined ? item : valueAtPath(item, rest);
  }
  if (!isObject(value)) return undefined;
  const whole = own(value, path);
  if (whole !== undefined) return whole;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = own(value, path.slice(0, dot));
    const found = inner === undefined ? undefined : valueAtPath(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value in messages. */
export function shown(value: JsonValue | undefined): string {
  return quote(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'));
}

/** A scalar as text, as the readers of single fields have it: '' for null and NaN. */
export function scalarText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') return null;
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return '';
  return String(value === 0 ? 0 : value);
}
