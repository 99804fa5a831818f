/** Labels, weights, or other text per row in a text file of their own. */

import type { ByteStream, ColumnSource } from '../types/dump.js';
import type { TextRole, TextSource } from '../types/row-texts.js';
import { openCsv } from './csv.js';
import { openJsonl } from './jsonl.js';
import type { TextTable } from './table.js';
import { type TableColumnOptions, tableColumn, tableTexts } from './table-dump.js';
import { DEFAULT_NAMES, TEXT_HEADERS } from './table-names.js';

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
  const { role, column } = options;
  const headers = column === undefined ? DEFAULT_NAMES[role] : [column];
  return tableColumn(await openTable(stream, options, headers), options);
}

/**
 * Opens a file with text for each row, as {@link openTextColumn} does.
 * @throws InputError as {@link openCsv}, {@link openJsonl} and {@link tableTexts}.
 */
export async function openTexts(
  stream: ByteStream,
  role: TextRole,
  format: TextColumnOptions['format'],
): Promise<TextSource> {
  return tableTexts(await openTable(stream, { format }, TEXT_HEADERS[role]), role);
}

async function openTable(
  stream: ByteStream,
  options: Pick<TextColumnOptions, 'format' | 'delimiter' | 'header'>,
  soleHeaders: readonly string[],
): Promise<TextTable> {
  const format = options.format ?? formatOf(stream.name);
  if (format === 'jsonl') return openJsonl(stream);
  const delimiter =
    format === 'txt' ? null : (options.delimiter ?? (format === 'tsv' ? 'tab' : undefined));
  return openCsv(stream, { delimiter, header: options.header, soleHeaders });
}

function formatOf(name: string): 'csv' | 'jsonl' | 'txt' {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'jsonl';
  return /\.(?:txt|text|labels)$/i.test(name) ? 'txt' : 'csv';
}
