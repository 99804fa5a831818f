/** The footer of a Parquet file: its schema, and where the columns of each row group lie. */

import type { ByteSource } from '../types/dump.js';
import { InputError } from '../types/errors.js';
import { readExactly, truncated } from './bytes.js';
import { Damage } from './damage.js';
import { ThriftReader } from './parquet-thrift.js';

/** Physical types, by their numbers in the file. */
export const PHYSICAL = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const;
export type Physical = (typeof PHYSICAL)[number];

/** What the annotations say a value stands for; null where there is none that is known. */
export interface Logical {
  readonly name: string;
  /** Of DECIMAL. */
  readonly scale: number;
  readonly precision: number;
}

/** An element of the schema, a group or a column. */
export interface SchemaElement {
  readonly name: string;
  readonly physical: Physical | null;
  readonly length: number;
  readonly repetition: 'required' | 'optional' | 'repeated';
  readonly children: number;
  readonly logical: Logical | null;
}

/** A column of a row group. */
export interface Chunk {
  readonly codec: number;
  readonly physical: Physical | null;
  readonly values: number;
  /** Bytes from the first page to the end of the last. */
  readonly start: number;
  readonly end: number;
  readonly isEncrypted: boolean;
  /** Whether it lies in another file. */
  readonly isElsewhere: boolean;
}

export interface RowGroup {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

export interface ParquetFooter {
  readonly schema: readonly SchemaElement[];
  readonly groups: readonly RowGroup[];
  readonly rows: number;
}

const MAGIC = 0x31524150; // PAR1
const ENCRYPTED_MAGIC = 0x45524150; // PARE
/** Objects made of a footer take no more than so many times its bytes. */
const GROWTH = 16;

/**
 * Reads the footer.
 * @throws InputError `empty-input`, `not-parquet`, `truncated`, `parquet-encrypted`, `memory-budget`,
 *   `parquet-metadata`
 */
export async function readFooter(source: ByteSource, memoryBudget: number): Promise<ParquetFooter> {
  const { name, size } = source;
  if (size === 0) {
    throw new InputError('empty-input', { source: name, problem: 'the file is empty' });
  }
  const head = new Uint8Array(4);
  const tail = new Uint8Array(8);
  if (size >= 12) {
    await readExactly(source, head, 0, 'the file');
    await readExactly(source, tail, size - 8, 'the footer');
  }
  const first = new DataView(head.buffer).getUint32(0, true);
  const last = new DataView(tail.buffer).getUint32(4, true);
  if (first === ENCRYPTED_MAGIC || last === ENCRYPTED_MAGIC) throw encrypted(name);
  if (first !== MAGIC) {
    throw new InputError('not-parquet', {
      source: name,
      offset: 0,
      problem: 'the file does not begin as Parquet does',
      expected: 'PAR1',
      advice: 'Is it another format? Its ending, or --format, says which.',
    });
  }
  if (last !== MAGIC) {
    throw new InputError('truncated', {
      source: name,
      offset: size,
      problem: 'the file does not end as Parquet does',
      expected: 'PAR1',
      advice: 'It was cut off while it was written or copied, or its writer was not closed.',
    });
  }
  const length = new DataView(tail.buffer).getUint32(0, true);
  if (length > size - 12) throw truncated(name, size, 'the footer', size - 12, length);
  if (length * GROWTH > memoryBudget) {
    throw new InputError('memory-budget', {
      source: name,
      problem: 'the footer takes too much memory',
      found: `${length} bytes`,
      expected: `at most ${Math.floor(memoryBudget / GROWTH)}`,
      advice: 'Write fewer, larger row groups.',
    });
  }
  const bytes = new Uint8Array(length);
  const start = size - 8 - length;
  await readExactly(source, bytes, start, 'the footer');
  try {
    return parseFooter(new ThriftReader(bytes), name);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw damagedFooter(name, `the footer ${error.what}`, start + error.at);
  }
}

/** @throws InputError */
export function damagedFooter(source: string, problem: string, offset?: number): InputError {
  return new InputError('parquet-metadata', {
    source,
    ...(offset !== undefined && { offset }),
    problem,
    expected: 'a footer as Parquet describes it',
    advice: 'The file is damaged; write it again.',
  });
}

export function encrypted(source: string): InputError {
  return new InputError('parquet-encrypted', {
    source,
    problem: 'the file is encrypted',
    advice: 'Write the columns without encryption.',
  });
}

function parseFooter(reader: ThriftReader, source: string): ParquetFooter {
  let schema: SchemaElement[] = [];
  let groups: RowGroup[] = [];
  let rows = -1;
  reader.struct((id, type) => {
    if (id === 2) schema = reader.structs(type, () => parseElement(reader));
    else if (id === 3 && isInteger(type)) rows = reader.int();
    else if (id === 4) groups = reader.structs(type, () => parseGroup(reader));
    // A footer in the open, with columns that are not.
    else if (id === 8) throw encrypted(source);
    else return false;
    return true;
  });
  if (schema.length === 0) throw damagedFooter(source, 'the footer has no schema');
  const sum = groups.reduce((total, group) => total + group.rows, 0);
  if (!Number.isSafeInteger(rows) || rows !== sum || groups.some((group) => group.rows < 0)) {
    throw damagedFooter(source, `the row groups hold ${sum} rows, the file ${rows}`);
  }
  return { schema, groups, rows };
}

const isInteger = (type: number) => type >= 4 && type <= 6;

const REPETITIONS = ['required', 'optional', 'repeated'] as const;

function parseElement(reader: ThriftReader): SchemaElement {
  let name = '';
  let physical: Physical | null = null;
  let length = 0;
  let repetition: SchemaElement['repetition'] = 'required';
  let children = 0;
  let converted: string | null = null;
  let scale = 0;
  let precision = 0;
  let logical: Logical | null = null;
  reader.struct((id, type) => {
    if (id === 4 && type === 8) name = reader.text();
    else if (id === 10 && type === 12) logical = parseLogical(reader);
    else if (id === 10 || !isInteger(type)) return false;
    else if (id === 1) physical = PHYSICAL[reader.int()] ?? null;
    else if (id === 2) length = reader.int();
    else if (id === 3) repetition = REPETITIONS[reader.int()] ?? 'repeated';
    else if (id === 5) children = reader.int();
    else if (id === 6) converted = CONVERTED[reader.int()] ?? 'an unknown type';
    else if (id === 7) scale = reader.int();
    else if (id === 8) precision = reader.int();
    else return false;
    return true;
  });
  if (logical === null && converted !== null) logical = { name: converted, scale, precision };
  return { name, physical, length, repetition, children, logical };
}

/** Annotations of older files, by their numbers. */
const CONVERTED = [
  'STRING',
  'MAP',
  'MAP_KEY_VALUE',
  'LIST',
  'ENUM',
  'DECIMAL',
  'DATE',
  'TIME',
  'TIME',
  'TIMESTAMP',
  'TIMESTAMP',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'JSON',
  'BSON',
  'INTERVAL',
] as const;

/** Annotations of newer files, by the field of the union. */
const LOGICAL: Readonly<Record<number, string>> = {
  1: 'STRING',
  2: 'MAP',
  3: 'LIST',
  4: 'ENUM',
  5: 'DECIMAL',
  6: 'DATE',
  7: 'TIME',
  8: 'TIMESTAMP',
  10: 'INTEGER',
  11: 'UNKNOWN',
  12: 'JSON',
  13: 'BSON',
  14: 'UUID',
  15: 'FLOAT16',
  16: 'VARIANT',
  17: 'GEOMETRY',
  18: 'GEOGRAPHY',
};

function parseLogical(reader: ThriftReader): Logical | null {
  let found: Logical | null = null;
  reader.struct((union, unionType) => {
    if (unionType !== 12) return false;
    let name = LOGICAL[union] ?? 'an unknown type';
    let scale = 0;
    let precision = 0;
    let bits = 0;
    let isSigned = true;
    reader.struct((id, type) => {
      if (name === 'DECIMAL' && isInteger(type)) {
        if (id === 1) scale = reader.int();
        else precision = reader.int();
        return true;
      }
      if (name !== 'INTEGER') return false;
      if (id === 2) isSigned = type === 1;
      if (id !== 1 || type !== 3) return false;
      bits = reader.byte();
      return true;
    });
    if (name === 'INTEGER') name = `${isSigned ? '' : 'U'}INT${bits}`;
    found = { name, scale, precision };
    return true;
  });
  return found;
}

function parseGroup(reader: ThriftReader): RowGroup {
  let chunks: Chunk[] = [];
  let rows = -1;
  reader.struct((id, type) => {
    if (id === 1) chunks = reader.structs(type, () => parseChunk(reader));
    else if (id === 3 && isInteger(type)) rows = reader.int();
    else return false;
    return true;
  });
  return { rows, chunks };
}

function parseChunk(reader: ThriftReader): Chunk {
  let codec = -1;
  let physical: Physical | null = null;
  let values = -1;
  let size = -1;
  let data = -1;
  let dictionary = -1;
  let isEncrypted = false;
  let isElsewhere = false;
  let isWhole = false;
  reader.struct((chunkId, chunkType) => {
    if (chunkId === 1 && chunkType === 8) isElsewhere = reader.binary().length > 0;
    else if (chunkId === 8 || chunkId === 9) {
      isEncrypted = true;
      return false;
    } else if (chunkId !== 3 || chunkType !== 12) return false;
    else {
      isWhole = true;
      reader.struct((id, type) => {
        if (!isInteger(type)) return false;
        if (id === 1) physical = PHYSICAL[reader.int()] ?? null;
        else if (id === 4) codec = reader.int();
        else if (id === 5) values = reader.int();
        else if (id === 7) size = reader.int();
        else if (id === 9) data = reader.int();
        else if (id === 11) dictionary = reader.int();
        else return false;
        return true;
      });
    }
    return true;
  });
  if (!isWhole && !isEncrypted) throw new Damage('has a column without a place', reader.at);
  // Some writers say 0 where there is no dictionary.
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  return { codec, physical, values, start, end: start + size, isEncrypted, isElsewhere };
}
