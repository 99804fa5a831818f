/** Arrow's schema: types, what of a batch belongs to each column, and columns as fields. */

import { InputError } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { Dtype } from '../types/scores.js';
import type { FlatTable } from './arrow-flatbuffer.js';
import { Damage } from './damage.js';

/** How the values of a column are made numbers or texts. */
export type ValueKind =
  | { readonly is: 'int'; readonly bits: number; readonly isSigned: boolean }
  | { readonly is: 'float'; readonly bits: number }
  | { readonly is: 'bool' }
  | { readonly is: 'decimal'; readonly bits: number; readonly scale: number }
  | { readonly is: 'text'; readonly layout: 'offsets' | 'long offsets' | 'views' };

/** A column's lists: of the length that the schema says, or of the first. */
export interface Lists {
  readonly layout: 'fixed' | 'offsets' | 'long offsets';
  /** Elements of a list; 0 where the schema does not say. */
  readonly length: number;
}

/** What of a record batch belongs to a column. */
export interface Layout {
  /** Index of its first node, buffer, and count of further buffers. */
  readonly node: number;
  readonly buffer: number;
  readonly views: number;
}

/** A column that is read. */
export interface ArrowColumn {
  readonly name: string;
  readonly value: ValueKind;
  readonly lists: Lists | null;
  readonly layout: Layout;
  /** Whose entries the values choose from, by its id; null for plain values. */
  readonly dictionary: { readonly id: number; readonly value: ValueKind } | null;
}

/** A column of the schema: null where it cannot be read, and its field has a problem. */
export interface SchemaColumn {
  readonly field: Field;
  readonly column: ArrowColumn | null;
}

/** Types by their numbers. */
const NAMES =
  'none null int float binary utf8 bool decimal date time timestamp interval list struct union fixed_size_binary fixed_size_list map duration large_binary large_utf8 large_list run_end_encoded binary_view utf8_view list_view large_list_view'.split(
    ' ',
  );

const DEEPEST = 64;

/** A type with what it is made of. */
interface Node {
  readonly type: string;
  readonly table: FlatTable | null;
  readonly children: readonly Node[];
  readonly dictionary: FlatTable | null;
}

/**
 * The columns of a schema.
 * @throws Damage; InputError `arrow-endian`
 */
export function readSchema(
  schema: FlatTable,
  version: number,
  source: string,
  rows: number | null,
): SchemaColumn[] {
  if (schema.short(0) !== 0) {
    throw new InputError('arrow-endian', {
      source,
      problem: 'the numbers have their highest byte first',
      expected: 'the lowest first, as nearly all machines write them',
      advice: 'Write the file on another machine, or as npy.',
    });
  }
  const next = { node: 0, buffer: 0, views: 0 };
  return schema.tables(1).map((table) => {
    const name = table.text(0);
    const layout = { ...next };
    const node = nodeOf(table, 0);
    advance(node, next, version);
    const found = columnOf(name, node, layout);
    if (typeof found !== 'string') return { field: fieldOf(found, rows), column: found };
    const problem = new InputError('unsupported-type', {
      source,
      column: name,
      problem: 'the column holds what is neither numbers nor text',
      found,
      expected: 'numbers, booleans, strings, or lists of numbers, all of one length',
      advice: 'Write it as one of these.',
    });
    const nothing = { content: 'text', dtype: 'f64', inner: [] } as const;
    return { field: { name, ...nothing, stored: found, rows, problem }, column: null };
  });
}

function nodeOf(table: FlatTable, depth: number): Node {
  if (depth > DEEPEST) throw new Damage('is nested too deeply', table.at);
  const type = NAMES[table.byte(2)];
  if (type === undefined || type === 'none') {
    throw new Damage(`has type ${table.byte(2)}, which is not known`, table.at);
  }
  const children = table.tables(5).map((child) => nodeOf(child, depth + 1));
  return { type, table: table.table(3), children, dictionary: table.table(4) };
}

/** Nodes and buffers that a type takes, its children's behind its own. */
function advance(
  { type, table, children, dictionary }: Node,
  next: { node: number; buffer: number; views: number },
  version: number,
): void {
  next.node++;
  if (dictionary !== null) {
    next.buffer += 2;
    return;
  }
  if (type === 'utf8_view' || type === 'binary_view') next.views++;
  if (type === 'union') {
    const isDense = table?.short(0) === 1;
    next.buffer += (isDense ? 2 : 1) + (version < 4 ? 1 : 0);
  } else next.buffer += BUFFERS[type] ?? 2;
  for (const child of children) advance(child, next, version);
}

/** Buffers of a type where they are not two: what is there, and the values. */
const BUFFERS: Readonly<Record<string, number>> = {
  null: 0,
  utf8: 3,
  binary: 3,
  large_utf8: 3,
  large_binary: 3,
  list_view: 3,
  large_list_view: 3,
  fixed_size_list: 1,
  struct: 1,
  run_end_encoded: 0,
};

const LISTS: Readonly<Record<string, Lists['layout']>> = {
  list: 'offsets',
  large_list: 'long offsets',
  fixed_size_list: 'fixed',
};

/** A column, or what it is instead. */
function columnOf(name: string, node: Node, layout: Layout): ArrowColumn | string {
  const { type, table, children, dictionary } = node;
  if (dictionary !== null) {
    const index = dictionary.table(1);
    const bits = index?.int(0) ?? 32;
    const isSigned = index === null || index.byte(1) === 1;
    const value = valueKind(type, table);
    if (value === null || ![8, 16, 32].includes(bits)) return `a dictionary of ${type}`;
    const entries = { is: 'int', bits, isSigned } as const;
    const id = dictionary.long(0);
    return { name, value: entries, lists: null, layout, dictionary: { id, value } };
  }
  const lists = LISTS[type];
  if (lists === undefined) {
    const value = valueKind(type, table);
    return value === null
      ? storedName(type, table)
      : { name, value, lists: null, layout, dictionary };
  }
  const [child] = children;
  if (child === undefined || children.length > 1) throw new Damage('has a list of nothing', 0);
  if (child.dictionary !== null) return 'a list of dictionary entries';
  const value = valueKind(child.type, child.table);
  if (value === null || value.is === 'text')
    return `a list of ${storedName(child.type, child.table)}`;
  const length = lists === 'fixed' ? (table?.int(0) ?? 0) : 0;
  if (lists === 'fixed' && length <= 0) return 'lists without elements';
  return { name, value, lists: { layout: lists, length }, layout, dictionary: null };
}

/** How values of a type are read; null where they are nothing that is scored. */
function valueKind(type: string, table: FlatTable | null): ValueKind | null {
  switch (type) {
    case 'int': {
      const bits = table?.int(0) ?? 0;
      if (![8, 16, 32, 64].includes(bits)) return null;
      return { is: 'int', bits, isSigned: table!.byte(1) === 1 };
    }
    case 'float': {
      const bits = [16, 32, 64][table?.short(0) ?? 0];
      return bits === undefined ? null : { is: 'float', bits };
    }
    case 'bool':
      return { is: 'bool' };
    case 'decimal': {
      const bits = table?.int(2, 128) ?? 128;
      const scale = table?.int(1) ?? 0;
      const isKnown = [32, 64, 128, 256].includes(bits) && scale >= 0 && scale <= 76;
      return isKnown ? { is: 'decimal', bits, scale } : null;
    }
    case 'utf8':
      return { is: 'text', layout: 'offsets' };
    case 'large_utf8':
      return { is: 'text', layout: 'long offsets' };
    case 'utf8_view':
      return { is: 'text', layout: 'views' };
    default:
      return null;
  }
}

function storedName(type: string, table: FlatTable | null): string {
  const value = valueKind(type, table);
  return value === null ? type : nameOf(value);
}

function nameOf(value: ValueKind): string {
  switch (value.is) {
    case 'int':
      return `${value.isSigned ? '' : 'u'}int${value.bits}`;
    case 'float':
      return `float${value.bits}`;
    case 'decimal':
      return `decimal${value.bits}`;
    case 'text':
      return 'text';
    case 'bool':
      return 'bool';
  }
}

function fieldOf({ name, value, lists, dictionary }: ArrowColumn, rows: number | null): Field {
  const of = dictionary?.value ?? value;
  return {
    name,
    content: contentOf(of),
    stored: nameOf(of),
    dtype: dtypeOf(of),
    inner: lists === null ? [] : [lists.length],
    rows,
  };
}

function contentOf(value: ValueKind): Field['content'] {
  if (value.is === 'text') return 'text';
  if (value.is === 'decimal') return value.scale === 0 ? 'whole' : 'real';
  return value.is === 'float' ? 'real' : 'whole';
}

function dtypeOf(value: ValueKind): Dtype {
  if (value.is !== 'float' || value.bits === 64) return 'f64';
  return value.bits === 32 ? 'f32' : 'f16';
}
