/** Writers of arrays that lie one behind the other: npy, npz and safetensors. Each row goes to its place in each. */

import type { ByteSink } from '../types/score-output.js';
import type { ColumnValues, TableColumn, TableLayout, TableWriter } from '../types/table-output.js';
import { HOST_ORDER, npyHeader } from './write-npy-header.js';
import { arrayBytes, bytesPerValue, cannotHold, widthOfColumn } from './write-values.js';
import { directoryOf, localHeader, type ZipMember } from './write-zip.js';
import { crc32 } from './zip-crc.js';

/** A column, and where its first row stands. */
interface PlacedColumn {
  readonly column: TableColumn;
  readonly start: number;
}

const rowBytes = (column: TableColumn) => widthOfColumn(column) * bytesPerValue(column);

/** Puts rows to their places; `onBytes` sees the bytes of each column in order. */
class PlacedRows {
  constructor(
    private readonly layout: TableLayout,
    private readonly sink: ByteSink,
    private readonly places: readonly PlacedColumn[],
    private readonly onBytes: (bytes: Uint8Array, index: number) => void = () => {},
  ) {}

  write(values: readonly ColumnValues[], row: number, count: number): void {
    for (const [i, { column, start }] of this.places.entries()) {
      const bytes = arrayBytes(this.layout, column, values[i]!, row, count);
      this.sink.rewrite(bytes, start + row * rowBytes(column));
      this.onBytes(bytes, i);
    }
  }
}

/** NumPy's name for a type; there is none for bfloat16. */
function descrOf(column: TableColumn): string {
  if (column.type === 'text') return `${HOST_ORDER}U${bytesPerValue(column) / 4}`;
  return `${HOST_ORDER}${{ f16: 'f2', bf16: 'V2', f32: 'f4', f64: 'f8', i64: 'i8' }[column.type]}`;
}

const npyHead = (column: TableColumn, rows: number) =>
  npyHeader(descrOf(column), [rows, ...column.inner]);

/** An npy file of the only column. */
export function npyTable(layout: TableLayout, sink: ByteSink): TableWriter {
  const [column] = layout.columns as [TableColumn];
  const head = npyHead(column, layout.rows);
  sink.write(head);
  const rows = new PlacedRows(layout, sink, [{ column, start: head.length }]);
  return { write: (values, row, count) => rows.write(values, row, count), finish() {} };
}

/** An npz archive with a member for each column, as `np.savez` writes it. */
export function npzTable(layout: TableLayout, sink: ByteSink): TableWriter {
  let offset = 0;
  const members = layout.columns.map((column) => {
    const head = npyHead(column, layout.rows);
    const size = head.length + layout.rows * rowBytes(column);
    const name = new TextEncoder().encode(`${column.name}.npy`);
    const member: ZipMember = { name, method: 0, crc: 0, packed: size, size, offset };
    const begin = offset + localHeader(member).length;
    offset = begin + size;
    return { column, head, member, begin, start: begin + head.length };
  });
  const sums = members.map(({ head }) => crc32(head));
  for (const { head, begin } of members) sink.rewrite(head, begin);
  const rows = new PlacedRows(layout, sink, members, (bytes, i) => {
    sums[i] = crc32(bytes, sums[i]);
  });
  return {
    write: (values, row, count) => rows.write(values, row, count),
    finish() {
      const whole = members.map(({ member }, i) => ({ ...member, crc: sums[i]! }));
      for (const member of whole) sink.rewrite(localHeader(member), member.offset);
      let at = offset;
      for (const bytes of directoryOf(whole, offset)) {
        sink.rewrite(bytes, at);
        at += bytes.length;
      }
    },
  };
}

/** Tensors begin at multiples of this, so that files can be mapped into memory. */
const ALIGNMENT = 8;

/** A safetensors file with a tensor for each column; the widest numbers first, so that all are aligned. */
export function safetensorsTable(layout: TableLayout, sink: ByteSink): TableWriter {
  const text = layout.columns.find(({ type }) => type === 'text');
  if (text !== undefined) {
    throw cannotHold(
      layout,
      text.name,
      'the column is text, and safetensors holds numbers alone',
      'Leave it out with --fields, or convert to npz, Parquet, CSV or JSON Lines.',
    );
  }
  const order = layout.columns
    .map((column, index) => ({ column, index }))
    .sort((a, b) => bytesPerValue(b.column) - bytesPerValue(a.column));
  const tensors: Record<string, unknown> = {};
  const starts: number[] = [];
  let at = 0;
  for (const { column, index } of order) {
    const end = at + layout.rows * rowBytes(column);
    tensors[column.name] = {
      dtype: column.type.toUpperCase(),
      shape: [layout.rows, ...column.inner],
      data_offsets: [at, end],
    };
    starts[index] = at;
    at = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(tensors));
  const head = new Uint8Array(8 + Math.ceil(json.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  sink.write(head);
  const places = layout.columns.map((column, i) => ({ column, start: head.length + starts[i]! }));
  const rows = new PlacedRows(layout, sink, places);
  return { write: (values, row, count) => rows.write(values, row, count), finish() {} };
}
