/** Copies the rows of a file to another format, in the memory of a batch. */

import type { OpenFile } from '../intake/files.js';
import { isOneOf, KNOWN_NAMES } from '../intake/name-lists.js';
import { InputError } from '../types/errors.js';
import type { Notice } from '../types/notice.js';
import type { ColumnValues, TableColumn, TableLayout, TableWriter } from '../types/table-output.js';
import {
  type ConvertColumn,
  type ConvertFields,
  chooseColumns,
  prefixOf,
  type TargetForm,
  typeOf,
} from './convert-columns.js';
import { openColumns } from './convert-rows.js';
import { needsScan, type ScanTerms, scanRows } from './convert-scan.js';
import type { Progress } from './dump-options.js';
import { inputChanged } from './input-changed.js';

/** How a file is converted. */
export interface ConvertTerms extends ScanTerms {
  readonly chosen: ConvertFields;
  readonly form: TargetForm;
  /** Made when it is known what there is to write. */
  readonly open: (layout: TableLayout) => Promise<TableWriter>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What was written. */
export interface ConvertedRows {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  readonly notices: readonly Notice[];
}

/**
 * @throws InputError `several-fields`, `no-fields`, `cannot-hold`, `input-changed`, and what the reader throws
 */
export async function convertDump(
  file: OpenFile,
  { chosen, form, open, pause, decimals, onProgress }: ConvertTerms,
): Promise<ConvertedRows> {
  const { columns, notices } = await chooseColumns(file, chosen, form);
  if (columns.length === 0) throw noFields(file);
  requireEqualRows(file, columns);
  const known = columns[0]!.fields[0]!.rows;
  const rows = needsScan(columns, form)
    ? await scanRows(file, columns, form, { pause, decimals })
    : (known ?? 0);
  // Columns of numbered classes would not be those that the targets name.
  const keepsArrays = columns.some(
    ({ readAs, name }) => readAs === 'text' && isOneOf(name, KNOWN_NAMES.target),
  );
  const named: TableNames = { keepsArrays, prefixes: new Set() };
  const slots = columns.flatMap((column) => outputsOf(file, column, form, named));
  const layout: TableLayout = {
    source: file.fields.name,
    columns: slots.map(({ column }) => column),
    rows,
    hasHeader: file.fields.named || file.fields.unit === 'array',
  };
  const writer = await open(layout);
  const reader = await openColumns(file, columns, decimals);
  let row = 0;
  try {
    for (;;) {
      const count = await reader.read(reader.capacity);
      if (count === 0) break;
      if (row + count > rows) throw inputChanged(file.fields.name);
      const values = slots.map(({ from, of }) => of(reader.values[from(columns)]!, count));
      await writer.write(values, row, count);
      row += count;
      onProgress?.({ rows: row, ...reader.progress() });
      await pause();
    }
  } finally {
    await reader.close();
  }
  if (row < rows) throw inputChanged(file.fields.name);
  await writer.finish();
  return { rows, columns: layout.columns, notices };
}

/** How arrays become columns of a table. */
interface TableNames {
  readonly keepsArrays: boolean;
  /** Those that are taken. */
  readonly prefixes: Set<string>;
}

/** A column of the output, and how its values come from those that were read. */
interface Output {
  readonly column: TableColumn;
  readonly from: (columns: readonly ConvertColumn[]) => number;
  readonly of: (values: ColumnValues, count: number) => ColumnValues;
}

/**
 * The columns that a column becomes: itself, or where the output has no arrays of scores, or no
 * names for the numbers of an array, one for each of its values.
 */
function outputsOf(
  file: OpenFile,
  column: ConvertColumn,
  form: TargetForm,
  { keepsArrays, prefixes }: TableNames,
): Output[] {
  const { name, keys, longest, isScores } = column;
  // In a table a list of one is what is in it.
  const isOne = !form.hasArrays && column.inner.every((size) => size === 1);
  const inner = isOne ? [] : column.inner;
  const type = typeOf(column, form);
  const widens = type === 'f32' && column.dtype === 'bf16';
  const from = (columns: readonly ConvertColumn[]) => columns.indexOf(column);
  const plain = (values: ColumnValues) => (widens ? widened(values as Uint16Array) : values);
  const isList =
    form.hasArrays || inner.length === 0 || (inner.length === 1 && (!isScores || keepsArrays));
  if (isList && (keys === undefined || form.hasKeys || form.isOneArray)) {
    return [{ column: { name, type, inner, keys, longest }, from, of: plain }];
  }
  const [width, ...further] = inner as [number];
  if (further.length > 0) {
    throw new InputError('cannot-hold', {
      source: file.fields.name,
      column: name,
      problem:
        'a row of the field is an array of several axes, and a table has one value per column',
      found: `shape (rows, ${inner.join(', ')})`,
      advice: 'Convert to npy, npz, safetensors or JSON Lines.',
    });
  }
  const own = isScores || keys !== undefined ? prefixOf(name) : `${name}_`;
  const prefix = prefixes.has(own) ? `${name}_` : own;
  prefixes.add(prefix);
  return Array.from({ length: width }, (_, k) => ({
    column: { name: `${prefix}${keys?.[k] ?? k}`, type, inner: [] },
    from,
    of: (values, count) => every(plain(values), k, width, count),
  }));
}

/** Every `width`-th value from the k-th on. */
function every(values: ColumnValues, k: number, width: number, count: number): ColumnValues {
  if (Array.isArray(values)) return values;
  const all = values as Float64Array;
  const some = new (all.constructor as Float64ArrayConstructor)(count);
  for (let r = 0; r < count; r++) some[r] = all[r * width + k]!;
  return some;
}

/** bfloat16 as f32, bit for bit. */
function widened(brains: Uint16Array): Float32Array {
  const words = Uint32Array.from(brains, (bits) => bits << 16);
  return new Float32Array(words.buffer);
}

/** @throws InputError `shape-mismatch` */
function requireEqualRows({ fields: file }: OpenFile, columns: readonly ConvertColumn[]): void {
  const [first, ...others] = columns.flatMap(({ fields }) => fields);
  const other = others.find(({ rows }) => rows !== null && rows !== first!.rows);
  if (other === undefined) return;
  throw new InputError('shape-mismatch', {
    source: file.name,
    column: other.name ?? 0,
    problem: 'the fields have different numbers of rows',
    found: `${other.rows} here, and ${first!.rows} in ${JSON.stringify(first!.name)}`,
    expected: 'as many in each',
    advice: 'Choose those that belong together with --fields.',
  });
}

function noFields({ fields }: OpenFile): InputError {
  return new InputError('no-fields', {
    source: fields.name,
    problem: 'there is nothing to convert',
    expected: `one ${fields.unit} or more`,
  });
}
