/** Labels or weights in a text file of their own. */

import type { ByteStream, ColumnSource } from '../types/dump.js';
import { openCsv } from './csv.js';
import { openJsonl } from './jsonl.js';
import { type TableColumnOptions, tableColumn } from './table-dump.js';
import { DEFAULT_NAMES } from './table-names.js';

/** How to read a file of labels or weights. */
export interface TextColumnOptions extends TableColumnOptions {
  /** Left out: by the file's name; CSV where that says nothing. */
  readonly format?: 'csv' | 'tsv' | 'jsonl' | 'txt' | undefined;
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
}

/**
 * Opens a file with one label or weight per row: CSV or TSV with such a column,
 * JSON Lines with such a field, or plain text (`.txt`) with one per line.
 *
 * In a file with a single column the first line is a header only if it is the
 * name given by `column` or a default name of the role (`label`, `y_true`, …;
 * `weight`, …): labels are words, too. `header` says otherwise.
 * @throws InputError as {@link openCsv}, {@link openJsonl} and {@link tableColumn}.
 */
export async function openTextColumn(
  stream: ByteStream,
  options: TextColumnOptions,
): Promise<ColumnSource> {
  const format = options.format ?? formatOf(stream.name);
  if (format === 'jsonl') return tableColumn(await openJsonl(stream), options);
  const delimiter =
    format === 'txt' ? null : (options.delimiter ?? (format === 'tsv' ? 'tab' : undefined));
  const table = await openCsv(stream, {
    delimiter,
    header: options.header,
    soleHeaders: options.column === undefined ? DEFAULT_NAMES[options.role] : [options.column],
  });
  return tableColumn(table, options);
}

function formatOf(name: string): 'csv' | 'jsonl' | 'txt' {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'jsonl';
  return /\.(?:txt|text|labels)$/i.test(name) ? 'txt' : 'csv';
}
