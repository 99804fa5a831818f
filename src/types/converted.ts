/** What a conversion wrote, as plain values. */

import type { Notice } from './notice.js';
import type { ColumnType } from './table-output.js';

/** Formats that are written. */
export type OutFormat = 'npy' | 'npz' | 'safetensors' | 'parquet' | 'csv' | 'jsonl';

/** A column, array or field of the output. */
export interface ConvertedField {
  readonly name: string;
  readonly type: ColumnType;
  /** Its axes, the rows' first. */
  readonly shape: readonly number[];
}

/** Everything `convert` has to say. */
export interface Converted {
  readonly schema: 'logitscope.converted/1';
  readonly source: string;
  readonly out: string;
  readonly format: OutFormat;
  readonly rows: number;
  readonly fields: readonly ConvertedField[];
  readonly notices: readonly Notice[];
}
