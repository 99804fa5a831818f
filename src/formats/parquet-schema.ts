/** Columns of a Parquet file as fields. */

import { InputError } from '../types/errors.js';
import type { Field } from '../types/fields.js';
import type { Dtype } from '../types/scores.js';
import {
  damagedFooter,
  type Logical,
  type Physical,
  type SchemaElement,
} from './parquet-metadata.js';

/** How the values of a column are made numbers or texts. */
export type LeafKind =
  | 'boolean'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float'
  | 'double'
  | 'float16'
  | 'decimal'
  | 'string'
  | 'uuid';

/** A column that is read. */
export interface Leaf {
  readonly name: string;
  readonly kind: LeafKind;
  readonly physical: Physical;
  /** Bytes of a value; 0 where they differ. */
  readonly bytes: number;
  readonly scale: number;
  /** Definition level of a value that is there; 0 where all are. */
  readonly maxDefinition: number;
  /** Of lists, the definition level from which on an element is there; null for plain columns. */
  readonly listDefinition: number | null;
}

/** A column of the table. */
export interface ParquetField {
  readonly field: Field;
  /** Null where it cannot be read: the field has a problem. */
  readonly leaf: Leaf | null;
  /** Its place among the columns of a row group. */
  readonly position: number;
}

/** The columns, and how many the row groups have. */
export interface ParquetColumns {
  readonly columns: readonly ParquetField[];
  readonly leaves: number;
}

interface Node {
  readonly element: SchemaElement;
  readonly children: readonly Node[];
}

/** Groups in groups. */
const DEEPEST = 64;

/**
 * The fields of a schema. Lists get their length later.
 * @throws InputError `parquet-metadata`
 */
export function columnsOf(
  schema: readonly SchemaElement[],
  rows: number,
  source: string,
): ParquetColumns {
  let next = 0;
  const build = (depth: number): Node => {
    const element = schema[next++];
    if (element === undefined || depth > DEEPEST || element.children < 0) {
      throw damagedFooter(source, 'the schema is no tree');
    }
    const children: Node[] = [];
    for (let i = 0; i < element.children; i++) children.push(build(depth + 1));
    return { element, children };
  };
  const root = build(0);
  if (next !== schema.length) throw damagedFooter(source, 'the schema is no tree');
  let position = 0;
  const columns = root.children.map((node): ParquetField => {
    const at = position;
    position += countLeaves(node);
    const found = leafOf(node);
    const { name } = node.element;
    if (typeof found === 'string') {
      const problem = new InputError('unsupported-type', {
        source,
        column: name,
        problem: 'the column holds what is neither numbers nor text',
        found,
        expected: 'numbers, booleans, strings, or lists of numbers, all of one length',
        advice: 'Write it as one of these.',
      });
      const nothing = { content: 'text', dtype: 'f64', inner: [] } as const;
      return {
        field: { name, ...nothing, stored: found, rows, problem },
        leaf: null,
        position: at,
      };
    }
    const { leaf, stored } = found;
    const field: Field = {
      name,
      content: contentOf(leaf),
      stored,
      dtype: dtypeOf(leaf.kind),
      inner: [],
      rows,
    };
    return { field, leaf, position: at };
  });
  return { columns, leaves: position };
}

function countLeaves({ element, children }: Node): number {
  if (element.physical !== null && children.length === 0) return 1;
  return children.reduce((sum, child) => sum + countLeaves(child), 0);
}

/** The column of a node, or what it is instead. */
function leafOf(top: Node): { readonly leaf: Leaf; readonly stored: string } | string {
  let definition = 0;
  let listDefinition: number | null = null;
  let node = top;
  for (;;) {
    const { repetition, logical, physical } = node.element;
    if (repetition !== 'required') definition++;
    if (repetition === 'repeated') {
      if (listDefinition !== null) return 'a list of lists';
      listDefinition = definition;
    }
    if (node.children.length === 0) {
      if (physical === null) return 'an empty struct';
      break;
    }
    if (logical?.name === 'MAP' || logical?.name === 'MAP_KEY_VALUE') return 'a map';
    if (listDefinition === null && logical?.name !== 'LIST') return 'a struct';
    // The repeated group holds the element and nothing else.
    if (node.children.length > 1 || (listDefinition !== null && repetition !== 'repeated')) {
      const isList = node.element.logical?.name === 'LIST';
      return isList ? 'a list of lists' : 'a list of structs';
    }
    node = node.children[0]!;
  }
  const { element } = node;
  const kind = kindOf(element.physical!, element.length, element.logical);
  const stored = storedName(element.physical!, element.logical);
  if (kind === null) return stored;
  if (listDefinition !== null && (kind === 'string' || kind === 'uuid')) return 'a list of text';
  const leaf: Leaf = {
    name: top.element.name,
    kind,
    physical: element.physical!,
    bytes: bytesOf(element),
    scale: element.logical?.scale ?? 0,
    maxDefinition: definition,
    listDefinition,
  };
  return { leaf, stored: kind === 'string' ? 'text' : stored };
}

function storedName(physical: Physical, logical: Logical | null): string {
  if (logical === null) return physical;
  const { name, precision, scale } = logical;
  return name === 'DECIMAL' ? `DECIMAL(${precision},${scale})` : name;
}

const BYTES: Readonly<Record<Physical, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 0,
  FIXED_LEN_BYTE_ARRAY: 0,
};

function bytesOf({ physical, length }: SchemaElement): number {
  return physical === 'FIXED_LEN_BYTE_ARRAY' ? length : BYTES[physical!];
}

/** Longest decimal: 76 digits. */
const LONGEST_DECIMAL = 32;

/** How values are read; null where they are nothing that is scored. */
function kindOf(physical: Physical, length: number, logical: Logical | null): LeafKind | null {
  const name = logical?.name ?? '';
  if (name === 'DECIMAL') {
    const { scale } = logical!;
    if (scale < 0 || scale > 76) return null;
    if (physical === 'FIXED_LEN_BYTE_ARRAY') {
      return length > 0 && length <= LONGEST_DECIMAL ? 'decimal' : null;
    }
    return ['INT32', 'INT64', 'BYTE_ARRAY'].includes(physical) ? 'decimal' : null;
  }
  switch (physical) {
    case 'BOOLEAN':
      return name === '' ? 'boolean' : null;
    case 'INT32':
      if (name === '' || /^INT(?:8|16|32)$/.test(name)) return 'int32';
      return /^UINT(?:8|16|32)$/.test(name) ? 'uint32' : null;
    case 'INT64':
      if (name === '' || name === 'INT64') return 'int64';
      return name === 'UINT64' ? 'uint64' : null;
    case 'FLOAT':
      return name === '' ? 'float' : null;
    case 'DOUBLE':
      return name === '' ? 'double' : null;
    case 'BYTE_ARRAY':
      return ['', 'STRING', 'ENUM', 'JSON'].includes(name) ? 'string' : null;
    case 'FIXED_LEN_BYTE_ARRAY':
      if (name === 'FLOAT16' && length === 2) return 'float16';
      return name === 'UUID' && length === 16 ? 'uuid' : null;
    default:
      return null;
  }
}

function contentOf({ kind, scale }: Leaf): Field['content'] {
  if (kind === 'string' || kind === 'uuid') return 'text';
  if (kind === 'decimal') return scale === 0 ? 'whole' : 'real';
  return kind === 'float' || kind === 'double' || kind === 'float16' ? 'real' : 'whole';
}

function dtypeOf(kind: LeafKind): Dtype {
  if (kind === 'float') return 'f32';
  return kind === 'float16' ? 'f16' : 'f64';
}
